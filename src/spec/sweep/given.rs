//! Detects values of environment variables and arguments that a sweep overrides.

use crate::spec::{diagnostics::Diagnostic, node::Key, source::Origin, stack::Stack};

/// The values set by environment variables and arguments, compared with the points of a sweep.
pub(super) struct Given {
    values: Vec<Value>,
    /// Number of points seen so far.
    points: usize,
}

struct Value {
    path: String,
    key: Key,
    /// The value in TOML.
    text: String,
    /// Number of points that set it themselves.
    changed: usize,
}

impl Given {
    /// Collects the values set in the layers below the sweep.
    pub fn below(stack: &Stack) -> Self {
        let values = stack.given().into_iter().filter_map(|path| {
            let (key, node) = stack.find(&path)?;
            Some(Value { key: key.clone(), text: node.to_string(), path, changed: 0 })
        });
        Self { values: values.collect(), points: 0 }
    }

    /// Records a point, whose own layer is on top of `stack`, and reports values that are lost in it because
    /// it replaces the table around them.
    pub fn lost(&mut self, stack: &Stack) -> Vec<Diagnostic> {
        self.points += 1;
        let mut lost = Vec::new();
        for value in &mut self.values {
            if stack.is_on_top(&value.path) {
                value.changed += 1;
            } else if !stack.is_given(&value.path) {
                let message =
                    format!("`{}` is lost: the sweep replaces the table around it", value.path);
                let note = format!(
                    "sweep it too, {}, or give it in each table that is swept",
                    value.swept()
                );
                lost.push(Diagnostic::new(message, value.key.place.as_ref()).note(note));
            }
        }
        lost
    }

    /// Reports values that every point sets itself.
    pub fn useless(&self) -> Vec<Diagnostic> {
        let everywhere = |value: &&Value| value.changed > 0 && value.changed == self.points;
        let useless = self.values.iter().filter(everywhere);
        let problems = useless.map(|value| {
            let message = format!("`{}` is swept, so setting it has no effect", value.path);
            let place = value.key.place.as_ref();
            let unset = match place.map(|place| &place.source.origin) {
                Some(Origin::Variable(name)) => format!("unset `{name}`; "),
                _ => String::new(),
            };
            let note = format!("{unset}to sweep other values, write {}", value.swept());
            Diagnostic::new(message, place).note(note)
        });
        problems.collect()
    }
}

impl Value {
    /// Returns the argument that sweeps the value.
    fn swept(&self) -> String {
        format!("`--set 'sweep.\"{}\"=[{}]'`", self.path, self.text)
    }
}
