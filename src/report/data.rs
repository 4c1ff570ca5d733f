//! The data of the page's script, as JSON. Numbers have the fewest digits that read back exactly, except for
//! those of curves ([`curves`]); missing values are `null`.

use super::{
    REFRESH, Report, apart::incomparable, compare::quantity::Quantity, images::Images,
    noises::Noise, reference::FromReference, run::Run,
};
use crate::{
    spec::{FinalMetric, Metric, Mode, value},
    words::duration,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Significant digits of curves, as many as the 32-bit numbers of the training have.
const DIGITS: usize = 7;

impl Report {
    /// Returns the data of the page, where `differences` are those from the best experiment or the baseline: each
    /// experiment minus that one.
    pub(super) fn data(
        &self,
        images: &Images,
        differences: &BTreeMap<usize, FromReference>,
    ) -> Value {
        let all: Vec<&Run> = self.runs.iter().collect();
        let metrics: Vec<Value> = self
            .metrics
            .iter()
            .map(|metric| {
                json!({
                    "name": metric.name(), "more": metric.mode() == Mode::Max,
                    "comparable": self.comparable(*metric), "repeats": self.repeats_another(*metric),
                    "apart": incomparable(&all, *metric), "aside": self.is_aside(Quantity::Metric(*metric)),
                })
            })
            .collect();
        let keys: Vec<Value> = self
            .keys
            .iter()
            .map(|key| {
                let usual = key.usual.as_ref().map(toml_to_json);
                // As the script receives them: a number sent as text has no position on an axis.
                let sent = || key.values.iter().map(toml_to_json).all(|value| value.is_number());
                let numeric = key.numeric && sent();
                json!({ "path": key.path, "label": key.label, "numeric": numeric, "usual": usual })
            })
            .collect();
        let groups: Vec<Value> = self
            .groups
            .iter()
            .enumerate()
            .map(|(place, group)| {
                let thinned = group.is_thinned(&self.runs);
                let difference = differences.get(&place).map(|it| {
                    let FromReference { mean, text, beside, details, .. } = it;
                    json!({ "mean": mean, "text": text, "beside": beside, "details": details })
                });
                json!({
                    "label": group.heading, "runs": group.runs, "once": group.once, "thinned": thinned,
                    "waiting": group.waiting,
                    "difference": difference,
                })
            })
            .collect();
        let (noises, noise_of) = self.noises();
        let noises: Vec<Value> = noises
            .iter()
            .map(|Noise { label, comparable, losses }| {
                json!({ "label": label, "comparable": comparable, "losses": losses })
            })
            .collect();
        let runs: Vec<Value> = self
            .runs
            .iter()
            .zip(&images.of)
            .zip(noise_of)
            .map(|((run, shown), noise)| {
                let mut value = self.run_data(run);
                value["noise"] = noise.into();
                if let Some(shown) = shown {
                    value["images"] = json!({ "target": shown.target, "levels": shown.levels });
                }
                value
            })
            .collect();
        let strips: Vec<Value> = images
            .strips
            .iter()
            .map(|strip| json!([strip.tile.0, strip.tile.1, strip.count]))
            .collect();
        let finals = self.finals.iter().map(|metric| {
            json!({
                "name": metric.name(), "more": metric.mode() == Mode::Max,
                "shown": metric.is_shown_with(self.metric), "apart": metric.incomparable(&all),
                "aside": self.is_aside(Quantity::Final(*metric)),
            })
        });
        let columns = self.chosen.as_ref().map(|keys| -> Vec<Value> {
            keys.iter().map(|key| json!({ "path": key.path, "label": key.label })).collect()
        });
        let [front, _] = self.in_front();
        let front = front.iter().map(|quantity| quantity.name()).collect::<Vec<_>>();
        json!({
            "metric": self.metric.name(), "metrics": metrics, "columns": columns,
            "front": front, "onlyFront": self.chosen_metrics.is_some(),
            "leading": self.leading().name(), "reference": self.reference(),
            "results": finals.collect::<Vec<_>>(), "keys": keys, "groups": groups,
            "runs": runs, "strips": strips, "noises": noises,
            "refresh": self.is_training().then_some(REFRESH),
        })
    }

    fn run_data(&self, run: &Run) -> Value {
        let column = self.at_levels().level_column();
        let value = |path: &str| run.values.get(path).map_or(Value::Null, toml_to_json);
        let levels: Vec<Value> = run
            .levels
            .iter()
            .map(|level| {
                let values =
                    level.values().map(|(name, value)| (name.to_owned(), Value::from(value)));
                let values = Map::from_iter(values);
                json!({ "level": level.level, "values": values, "input": level.input_value(column) })
            })
            .collect();
        let value_of = |metric: &FinalMetric| {
            Some((metric.name().to_owned(), run.info.final_value(*metric)?.into()))
        };
        let finals: Map<String, Value> = self.finals.iter().filter_map(value_of).collect();
        let mut data = json!({
            "id": run.id, "name": run.name, "folder": run.folder(), "status": run.info.status.name(),
            "values": self.keys.iter().map(|key| value(&key.path)).collect::<Vec<_>>(),
            "seed": whole(run.info.seed.into()), "epochs": run.epochs(), "planned": run.planned_epochs(),
            "parameters": run.info.parameters, "seconds": run.seconds(),
            "took": duration(run.seconds()), "best": run.best,
            "at": epochs(run), "curves": curves(run, &self.metrics), "results": finals, "levels": levels,
        });
        if let Some(keys) = &self.chosen {
            data["columns"] = keys.iter().map(|key| value(&key.path)).collect();
        }
        data
    }
}

/// Encodes the epochs of a run's rows: as their number if they are 1, 2, 3 and so on.
fn epochs(run: &Run) -> Value {
    let numbered = run.rows.iter().enumerate().all(|(place, row)| row.epoch == place + 1);
    if numbered {
        return run.rows.len().into();
    }
    run.rows.iter().map(|row| row.epoch).collect()
}

/// Encodes the values of metrics and learning rate in all epochs: as one value if all are the same, as the name of
/// another curve with the same values, or as a list. In a list, numbers are rounded to what a chart can show, but
/// not those of the best and the last epoch, which tables show, too.
fn curves(run: &Run, metrics: &[Metric]) -> Map<String, Value> {
    let columns = metrics.iter().map(|metric| {
        let values = run.rows.iter().map(|row| row.value(*metric));
        (metric.name(), values.collect::<Vec<Option<f64>>>())
    });
    let rates = run.rows.iter().map(|row| row.learning_rate).collect();
    let columns: Vec<_> = columns.chain([("learning_rate", rates)]).collect();
    let encoded = |(name, values): &(&str, Vec<Option<f64>>)| {
        if let [first, rest @ ..] = &values[..]
            && rest.iter().all(|value| value == first)
        {
            return Value::from(*first);
        }
        let same = columns.iter().find(|(_, others)| others == values);
        if let Some((same, _)) = same.filter(|(same, _)| same != name) {
            return Value::from(*same);
        }
        let exact = |epoch| Some(epoch) == run.best || epoch + 1 == values.len();
        let kept = |epoch, value| if exact(epoch) { value } else { rounded(value) };
        values
            .iter()
            .enumerate()
            .map(|(epoch, value)| value.map(|value| kept(epoch, value)))
            .collect()
    };
    columns.iter().map(|column| (column.0.to_owned(), encoded(column))).collect()
}

/// Rounds a number to the digits of curves.
fn rounded(value: f64) -> f64 {
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

fn toml_to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Integer(value) => whole((*value).into()),
        toml::Value::Float(value) => (*value).into(),
        toml::Value::Boolean(value) => (*value).into(),
        other => value::shown(other).into(),
    }
}

/// Encodes an integer as a number if the script, whose numbers are all floats, can represent it exactly;
/// otherwise as text.
fn whole(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(value) if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => value.into(),
        _ => value.to_string().into(),
    }
}

/// Encodes JSON for a `<script>` element: nothing in it can end that element or open another.
pub(super) fn for_script(value: &Value) -> String {
    // `<` occurs only inside strings, where its escape means the same.
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        found::Found,
        tests::{complete, data, size},
    };
    use crate::train::EpochMetrics;

    #[test]
    fn integers_that_the_script_would_round_are_sent_as_text() {
        let mut run = complete("a", &[size((1 << 53) + 1)], 0.1);
        run.info.seed = (1 << 53) + 1;
        let report = Found::of(vec![run, complete("b", &[size(2)], 0.2)], Vec::new()).report(&[]);
        let data = data(&report);
        let [rounded, short] = [&data["runs"][0], &data["runs"][1]];
        assert_eq!(rounded["seed"], "9007199254740993");
        assert_eq!(rounded["values"], json!(["9007199254740993"]));
        assert_eq!(short["values"], json!([2]));
        assert_eq!(data["keys"][0]["numeric"], false, "text has no position on an axis");
        let (most, least) = (1_i128 << 53, -(1_i128 << 53));
        assert_eq!([whole(most), whole(least)], [json!(1_i64 << 53), json!(-(1_i64 << 53))]);
    }

    #[test]
    fn a_curve_is_short_and_has_all_digits_where_a_table_shows_them() {
        let mut run = complete("a", &[], 0.0);
        let values = [0.123_456_789, 0.023_456_789_1, 12.345_678_91, 0.987_654_321_9];
        run.rows = (1..5).map(|epoch| EpochMetrics { epoch, ..run.rows[0].clone() }).collect();
        for (row, value) in run.rows.iter_mut().zip(values) {
            row.values = [(Metric::ValLoss, value), (Metric::ValMse, value)].into();
            row.learning_rate = Some(0.001);
        }
        run.rows[0].values.insert(Metric::ValMae, 0.5);
        run.best = Some(1);
        let of = |run: Run| data(&Found::of(vec![run], Vec::new()).report(&[]))["runs"][0].clone();
        let data = of(run.clone());
        let curves = json!({
            "val_loss": [0.123_456_8, 0.023_456_789_1, 12.345_68, 0.987_654_321_9], "val_mse": "val_loss",
            "val_mae": [0.5, null, null, null], "learning_rate": 0.001,
        });
        assert_eq!((&data["curves"], &data["at"]), (&curves, &json!(4)));
        run.rows.remove(0);
        assert_eq!(of(run)["at"], json!([2, 3, 4]));
    }

    #[test]
    fn no_string_ends_the_script_that_contains_it() {
        let value = json!({ "name": "</script><!--<script>" });
        let text = for_script(&value);
        assert!(!text.contains('<'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
