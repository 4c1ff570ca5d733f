//! Conditions on runs, such as `--where 'sigma>=0.5'`.

use super::{
    Listed,
    column::{Column, Columns, Field},
    moment::Span,
};
use crate::{
    cli::exit::{Failure, Result},
    record::Readback,
    spec::{
        argument_value, nearest,
        value::{in_names, number, shown},
    },
};
use std::cmp::Ordering;
use toml::Value;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The operators as they are written. A prefix of another comes after it.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::More),
];

/// A parsed condition.
#[derive(Debug)]
pub struct Condition {
    text: String,
    name: String,
    operator: Operator,
    /// The right-hand side as written.
    wanted: String,
    value: Value,
}

/// A condition bound to a column.
#[derive(Debug)]
pub struct Filter {
    column: Column,
    condition: Condition,
    /// The day, minute or second that the start of a run is compared with.
    moment: Option<Span>,
}

impl Condition {
    /// Parses a condition.
    pub fn read(text: &str) -> Result<Self> {
        let malformed = |what: &str| {
            Failure::usage(format!(
                "--where {text:?}: {what}; write a key, one of = != < <= > >= and a value, in quotes for the \
                 shell, as in --where 'sigma>=0.5' or --where status=failed"
            ))
        };
        let at = text.find(['=', '!', '<', '>']).ok_or_else(|| malformed("it has no operator"))?;
        let (name, rest) = text.split_at(at);
        let known = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign));
        let (sign, operator) = known.ok_or_else(|| malformed("! is not an operator"))?;
        let (name, wanted) = (name.trim(), rest[sign.len()..].trim());
        if name.is_empty() {
            return Err(malformed("it has no key"));
        }
        if wanted.is_empty() {
            return Err(malformed("it has no value (an empty text is '')"));
        }
        if wanted.starts_with(['=', '<', '>', '!']) {
            return Err(malformed("it has one operator too many"));
        }
        let value = argument_value(wanted).map_err(|why| malformed(&why))?;
        // `.5` is not a number in TOML.
        let number = wanted.parse().ok().filter(|number: &f64| number.is_finite());
        let value = match (value, number) {
            (Value::String(text), Some(number)) if text == wanted => Value::Float(number),
            (value, _) => value,
        };
        let (text, name, wanted) = (text.to_owned(), name.to_owned(), wanted.to_owned());
        Ok(Self { text, name, operator, wanted, value })
    }

    /// Binds the condition to the column of `runs` that it names.
    pub fn bind(self, columns: &Columns, runs: &[Listed]) -> Result<Filter> {
        let wrong = |what: String| Failure::usage(format!("--where {:?}: {what}", self.text));
        let column = columns.find(&self.name).map_err(wrong)?;
        let hint = if matches!(column.field, Field::Key(_)) {
            String::new()
        } else {
            columns.hint(&self.name)
        };
        self.check(&column, runs).map_err(|what| wrong(what + &hint))?;
        let moment = match column.field {
            Field::Started => Some(Span::read(&self.wanted).map_err(Failure::usage)?),
            _ => None,
        };
        Ok(Filter { column, condition: self, moment })
    }

    /// Refuses a condition that no run can meet.
    fn check(&self, column: &Column, runs: &[Listed]) -> std::result::Result<(), String> {
        let Self { name, operator, wanted, value, .. } = self;
        let orders = !matches!(operator, Operator::Equal | Operator::Unequal);
        match column.field {
            Field::Status => {
                let known = Readback::words().any(|status| status == wanted);
                if orders {
                    return Err("statuses have no order: use = or !=".into());
                }
                let near = || match nearest(wanted, Readback::words()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => {
                        format!("it is one of {}", Readback::words().collect::<Vec<_>>().join(", "))
                    }
                };
                if known {
                    Ok(())
                } else {
                    Err(format!("no run has the status {wanted:?}; {}", near()))
                }
            }
            _ if number(value).is_none() && column.is_number(runs) => {
                Err(format!("{name} is a number, but {wanted:?} is not"))
            }
            _ if orders && !(value.is_str() || number(value).is_some()) => {
                Err(format!("{wanted} has no order relative to other values: use = or !="))
            }
            _ => Ok(()),
        }
    }
}

impl Filter {
    /// Whether a run meets the condition; a run without a value never does.
    pub fn matches(&self, listed: &Listed) -> bool {
        let Condition { operator, wanted, value, .. } = &self.condition;
        if self.column.field == Field::Status {
            return (listed.summary.state.word() == wanted) == (*operator == Operator::Equal);
        }
        let Some(run) = &listed.run else { return false };
        if let Some(span) = &self.moment {
            return operator.accepts(Some(span.order(run.info.started)));
        }
        let own = self.column.value(run);
        own.is_some_and(|own| operator.accepts(compare_whole(&own, value, wanted)))
    }
}

impl Operator {
    /// Whether the operator accepts values in this order. Values without an order are not equal.
    fn accepts(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Unequal => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::More => order == Some(Ordering::Greater),
            Self::AtMost => order.is_some_and(Ordering::is_le),
            Self::AtLeast => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// Compares a value with the wanted one, see [`compare`], which may also be written as lists and tables are in names of
/// runs, `16-32`, and in reports, `mse=1, ssim=0.1`.
fn compare_whole(value: &Value, wanted: &Value, word: &str) -> Option<Ordering> {
    let inner = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(word);
    let is_so_written = || in_names(value) == word || shown(value) == inner;
    match value {
        Value::Array(_) | Value::Table(_) if value == wanted || is_so_written() => {
            Some(Ordering::Equal)
        }
        _ => compare(value, wanted, word),
    }
}

/// Compares a value with the wanted one, which was written as `word`: numbers by value, strings
/// lexicographically, lists item by item. `None` for values of different kinds and for unequal lists.
fn compare(value: &Value, wanted: &Value, word: &str) -> Option<Ordering> {
    let equal = |are: bool| are.then_some(Ordering::Equal);
    match (value, wanted) {
        (Value::Integer(value), Value::Integer(wanted)) => Some(value.cmp(wanted)),
        (Value::String(value), Value::String(wanted)) => Some(value.as_str().cmp(wanted)),
        // A name may look like a number.
        (Value::String(value), _) => equal(value == word),
        (Value::Boolean(value), Value::Boolean(wanted)) => equal(value == wanted),
        (Value::Array(values), Value::Array(wanted)) => {
            let same = |(value, wanted)| compare(value, wanted, "") == Some(Ordering::Equal);
            equal(values.len() == wanted.len() && values.iter().zip(wanted).all(same))
        }
        _ => number(value)?.partial_cmp(&number(wanted)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Condition, String> {
        Condition::read(text).map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn a_condition_is_a_key_an_operator_and_a_value() {
        for (text, name, operator, value) in [
            ("sigma>=0.5", "sigma", Operator::AtLeast, Value::from(0.5)),
            ("a.b != [1, 2]", "a.b", Operator::Unequal, vec![1, 2].into()),
            ("kind==conv", "kind", Operator::Equal, "conv".into()),
            ("root='a=b'", "root", Operator::Equal, "a=b".into()),
            ("x<3", "x", Operator::Less, 3.into()),
            ("started>2026-11-30", "started", Operator::More, "2026-11-30".into()),
        ] {
            let read = read(text).unwrap();
            assert_eq!((read.name.as_str(), read.operator, read.value), (name, operator, value));
        }
        for (text, what) in [
            ("sigma", "no operator"),
            (">=3", "no key"),
            ("sigma=", "no value"),
            ("sigma!3", "! is not an operator"),
            ("sigma=>3", "operator too many"),
            ("filters=[1,", "not a TOML value"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(what) && why.contains("--where 'sigma>=0.5'"), "{why}");
        }
    }

    #[test]
    fn values_are_compared_by_kind() {
        let holds = |value: Value, operator: &str, word: &str| {
            let condition = read(&format!("x{operator}{word}")).unwrap();
            condition.operator.accepts(compare_whole(&value, &condition.value, word))
        };
        for word in ["0.50", "5e-1", "0.5"] {
            assert!(holds(0.5.into(), "=", word), "{word}");
        }
        assert!(holds(16.into(), "=", "16.0") && holds(16.into(), ">=", "15.5"));
        assert!(!holds(i64::MAX.into(), "=", "9223372036854775806"), "not as floats");
        assert!(holds(vec![32, 64].into(), "=", "[32, 64]"));
        assert!(holds(vec![32, 64].into(), "=", "32-64"), "as in names of runs");
        assert!(
            !holds(vec![32, 64].into(), "!=", "32-64") && !holds(vec![64].into(), "=", "32-64")
        );
        assert!(!holds(vec![32, 64].into(), "=", "[64, 32]"));
        let loss: Value = toml::from_str("mse = 1.0\nssim = 0.1").unwrap();
        for word in ["{ mse = 1.0, ssim = 0.1 }", "mse=1, ssim=0.1", "(mse=1, ssim=0.1)", "1-0.1"] {
            assert!(holds(loss.clone(), "=", word), "{word}");
        }
        assert!(holds(loss, "!=", "mae"), "a sum is another loss");
        assert!(holds(vec![32, 64].into(), "!=", "[32]"));
        assert!(!holds(vec![32].into(), "<", "64"), "a list has no order");
        assert!(holds("conv".into(), "=", "conv") && holds("conv".into(), "=", "'conv'"));
        assert!(holds("2024".into(), "=", "2024") && !holds("2024".into(), "=", "2025"));
        assert!(holds(true.into(), "=", "true") && holds(true.into(), "!=", "false"));
        assert!(!holds(true.into(), "=", "1") && holds(true.into(), "!=", "1"));
    }
}
