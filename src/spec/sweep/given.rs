//! What variables and arguments set, and the sweep undoes.

use crate::spec::{diagnostics::Diagnostic, node::Key, source::Origin, stack::Stack};

/// What variables and arguments set, held against the points of a sweep.
pub(super) struct Given {
    values: Vec<Value>,
    /// Points seen so far.
    points: usize,
}

struct Value {
    path: String,
    key: Key,
    /// The value in TOML.
    text: String,
    /// How many points set it to something else.
    changed: usize,
}

impl Given {
    /// What is set in the layers below the sweep.
    pub fn below(stack: &Stack) -> Self {
        let values = stack.given().into_iter().filter_map(|path| {
            let (key, node) = stack.find(&path)?;
            Some(Value { key: key.clone(), text: node.to_string(), path, changed: 0 })
        });
        Self { values: values.collect(), points: 0 }
    }

    /// Sees a point, whose own layer lies on top of `stack`, and tells what is lost there: the point
    /// puts another table in the place of the one that it was set in.
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

    /// What every point sets to a value of its own.
    pub fn useless(&self) -> Vec<Diagnostic> {
        let everywhere = |value: &&Value| value.changed > 0 && value.changed == self.points;
        let useless = self.values.iter().filter(everywhere);
        let told = useless.map(|value| {
            let message = format!("`{}` is swept, so that setting it changes nothing", value.path);
            let place = value.key.place.as_ref();
            let unset = match place.map(|place| &place.source.origin) {
                Some(Origin::Variable(name)) => format!("unset `{name}`; "),
                _ => String::new(),
            };
            let note = format!("{unset}to sweep other values, write {}", value.swept());
            Diagnostic::new(message, place).note(note)
        });
        told.collect()
    }
}

impl Value {
    /// The argument that sweeps the value.
    fn swept(&self) -> String {
        format!("`--set 'sweep.\"{}\"=[{}]'`", self.path, self.text)
    }
}
