//! Compares two sweeps, in text.

use super::{
    super::{
        exit::{Exit, Failure, Result},
        output,
        text::columns,
    },
    pairs::{ADVICE, apart, explained, interval, left_out, means, paired},
    side::Several,
    tables,
    verdict::verdict,
};
use crate::{
    report::{
        NONE,
        compare::{
            KeyPair,
            pairs::Paired,
            shown,
            sweeps::{Point, Sweeps},
        },
        keys::label,
        run::Run,
    },
    spec::value::spelled,
    words::{counted, listed, shortlist},
};
use indexmap::IndexMap;
use std::iter;

/// At most this many points, experiments or remarks are listed.
const LISTED: usize = 8;

/// Prints the keys in which two sweeps differ, and the differences between their matched experiments.
pub fn compare(sides: [&Several; 2], as_json: bool) -> Result {
    let sweeps = Sweeps::of(sides.map(|side| &side.experiments));
    let [a, b] = sides.map(|side| &side.name);
    if sweeps.points.is_empty() {
        return Err(unmatched(sides));
    }
    if sweeps.is_same() {
        return Err(Failure::usage(format!(
            "{a:?} and {b:?} are the same runs: name two sweeps, or two parts of one by what the names of their \
             runs begin with, as in SWEEP/latent_dim=8"
        )));
    }
    if as_json {
        let mut value = sweeps.json();
        (value["a"], value["b"]) = (a.as_str().into(), b.as_str().into());
        output::json(&value)?;
    } else {
        output::result(Text { sides, sweeps: &sweeps }.paragraphs().join("\n\n"))?;
    }
    Ok(Exit::Done)
}

/// Says that no experiments match, and what to do.
fn unmatched(sides: [&Several; 2]) -> Failure {
    let about = sides.map(|side| {
        let (name, varied) = (&side.name, side.experiments.varied());
        let varied = listed(&varied);
        format!("{name:?} varies {varied}: {}", side.experiments.names())
    });
    let [a, b] = sides.map(|side| &side.name);
    Failure::usage(format!(
        "no experiment of {a:?} can be matched with one of {b:?} by the values of the keys that they vary\n  {}\n  \
         {}\nname one experiment of each, as SWEEP/NAME, or let both vary the same keys over \
         common values",
        about[0], about[1]
    ))
}

/// The comparison of two sweeps as text.
struct Text<'s> {
    sides: [&'s Several; 2],
    sweeps: &'s Sweeps<'s>,
}

impl Text<'_> {
    fn paragraphs(&self) -> Vec<String> {
        let [a, b] = self.sides.map(Several::about);
        let mut parts = vec![format!("A  {a}\nB  {b}"), self.keys(), self.matched(), self.table()];
        parts.extend(self.remarks());
        if self.has_interval() {
            let all = "\nall points: for each seed, the mean over the points";
            let all = self.sweeps.over_points().map_or("", |_| all);
            parts.push(explained() + all);
        } else if self.sweeps.points.iter().all(|point| point.pairs.runs.len() < 2) {
            parts.push(ADVICE.to_owned());
        }
        let compared: Vec<_> = self.sweeps.compared().collect();
        let (matched, mode) = (self.sweeps.points.len(), self.sweeps.measure.metric().mode());
        let average = self.sweeps.over_points();
        parts.extend(verdict(&compared, average.as_ref(), matched, mode));
        parts
    }

    fn has_interval(&self) -> bool {
        self.sweeps.compared().any(|paired| paired.is_open().is_some())
    }

    /// Formats the keys in which experiments of points differ.
    fn keys(&self) -> String {
        let all = self.sweeps.points.len();
        let is_alike = |(_, places): &&(KeyPair, Vec<usize>)| places.len() == all;
        let (alike, others): (Vec<_>, Vec<_>) = self.sweeps.keys.iter().partition(is_alike);
        if others.is_empty() {
            let pairs: Vec<KeyPair> = alike.into_iter().map(|(pair, _)| pair.clone()).collect();
            return tables::keys(&pairs);
        }
        let row = |(pair, places): &(KeyPair, Vec<usize>)| {
            let [a, b] = pair.values.each_ref().map(|value| shown(value.as_ref()));
            [pair.key.clone(), a, b, self.at(places)]
        };
        let rows: Vec<[String; 4]> = self.sweeps.keys.iter().map(row).collect();
        format!(
            "{}\n\nA and B do not differ in the same way at each point, so the points compare different changes.",
            columns(&["key", "A", "B", "at"], &rows)
        )
    }

    /// Says how experiments are matched, and which are left over.
    fn matched(&self) -> String {
        let Sweeps { by, points, left_over, .. } = self.sweeps;
        let by = listed(by);
        let matched =
            format!("{} at which A and B have the same {by}", counted(points.len(), "point"));
        let sides = [("A", "B"), ("B", "A")].into_iter().zip(left_over);
        let left = sides.filter(|(_, all)| !all.is_empty()).map(|((own, other), all)| {
            let names = shortlist(all.iter().map(|one| self.name(one.example())), LISTED);
            format!(
                "{} of {own} left over, as {other} has none with the same values: {}",
                counted(all.len(), "experiment"),
                names.join("; ")
            )
        });
        iter::once(matched).chain(left).collect::<Vec<_>>().join("\n")
    }

    /// Formats the differences as a table, below what they are of.
    fn table(&self) -> String {
        let Sweeps { by, points, measure, instead, .. } = self.sweeps;
        let (name, arrow) = (measure.name(), measure.metric().mode().arrow());
        let why = instead
            .as_ref()
            .map_or_else(String::new, |why| format!("{why}; the table is of {name}.\n\n"));
        let same = self.by_text(|point| {
            let every = |paired: &Paired| paired.difference.count == point.pairs.runs.len();
            point.paired.filter(every).map(|_| paired(&point.pairs))
        });
        let same = match &same[..] {
            [(text, places)] if places.len() == points.len() => Some(text.as_str()),
            _ => None,
        };
        let pairs = same.unwrap_or("pairs of completed runs with the same seed");
        let interval = interval();
        let mut titles: Vec<&str> = by.iter().map(|key| label(key, by)).collect();
        titles.extend(same.is_none().then_some("pairs"));
        titles.extend(["A", "B", "B - A"]);
        titles.extend(self.has_interval().then_some(interval.as_str()));
        titles.push("better in");
        let rows = points.iter().map(|point| self.row(point, same.is_none()));
        let rows = rows.chain(self.mean_row(same.is_none()));
        format!(
            "{why}{name} {arrow}, mean over {pairs}\n\n{}",
            columns(&titles, &rows.collect::<Vec<_>>())
        )
    }

    /// Formats the row of the means over points.
    fn mean_row(&self, with_pairs: bool) -> Option<Vec<String>> {
        let paired = self.sweeps.over_points()?;
        let mut cells = vec!["all points".to_owned()];
        cells.resize(self.sweeps.by.len(), String::new());
        cells.extend(with_pairs.then(|| paired.difference.count.to_string()));
        cells.extend(means(&paired));
        let [difference, interval, better] =
            apart(&paired, self.sweeps.measure.metric().difference());
        cells.push(difference);
        cells.extend(self.has_interval().then_some(interval));
        cells.push(better);
        Some(cells)
    }

    /// Formats the row of a point, with its number of pairs if these differ.
    fn row(&self, point: &Point<'_>, with_pairs: bool) -> Vec<String> {
        let Sweeps { by, measure, .. } = self.sweeps;
        let mut cells: Vec<String> =
            by.iter().map(|key| shown(point.runs[0].values.get(*key))).collect();
        let count = point.paired.map_or(0, |paired| paired.difference.count);
        cells.extend(with_pairs.then(|| count.to_string()));
        cells.extend(point.paired.as_ref().map_or_else(|| [NONE; 2].map(str::to_owned), means));
        let expressed = measure.metric().difference();
        let [difference, interval, better] =
            point.compared().map_or_else(Default::default, |paired| apart(paired, expressed));
        cells.push(difference);
        cells.extend(self.has_interval().then_some(interval));
        cells.push(better);
        cells
    }

    /// Says at which points nothing can be compared, and why, and which seeds are left out.
    fn remarks(&self) -> Vec<String> {
        let without = |point: &Point<'_>| {
            let none = point.paired.is_none() && point.different.is_none();
            none.then(|| match point.pairs.runs[..] {
                [] => "no pair of completed runs with the same seed".to_owned(),
                _ => format!("no pair in which both have {}", self.sweeps.measure.name()),
            })
        };
        let remarks = [
            self.remark(|point| point.different.clone()),
            self.remark(without),
            self.remark(|point| left_out(&point.pairs)),
        ];
        let none = self.sweeps.points.iter().all(|point| point.different.is_some());
        let advice = none.then(|| {
            "`runner evaluate` measures the networks of both on the same images and noise"
                .to_owned()
        });
        remarks.into_iter().flatten().chain(advice).collect()
    }

    /// Says something about points, each remark once, with the points that it is about.
    fn remark(&self, of: impl Fn(&Point<'_>) -> Option<String>) -> Option<String> {
        let remarks = self.by_text(of);
        let lines = remarks.iter().map(|(text, places)| format!("at {}: {text}", self.at(places)));
        let lines = shortlist(lines, LISTED);
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Returns the texts about points, each once, with the indices of the points.
    fn by_text(&self, of: impl Fn(&Point<'_>) -> Option<String>) -> Vec<(String, Vec<usize>)> {
        let mut texts: IndexMap<String, Vec<usize>> = IndexMap::new();
        for (place, point) in self.sweeps.points.iter().enumerate() {
            if let Some(text) = of(point) {
                texts.entry(text).or_default().push(place);
            }
        }
        texts.into_iter().collect()
    }

    /// Names points.
    fn at(&self, places: &[usize]) -> String {
        let names = places.iter().map(|place| self.name(self.sweeps.points[*place].runs[0]));
        if places.len() == self.sweeps.points.len() {
            return "each point".into();
        }
        shortlist(names, LISTED).join("; ")
    }

    /// Names the experiment of a run by its values of the keys by which it is matched.
    fn name(&self, run: &Run) -> String {
        let by = &self.sweeps.by;
        let value = |key: &&str| match run.values.get(*key) {
            Some(value) => spelled(label(key, by), value),
            None => format!("{}={NONE}", label(key, by)),
        };
        by.iter().map(value).collect::<Vec<_>>().join(",")
    }
}
