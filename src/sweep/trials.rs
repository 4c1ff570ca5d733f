//! The tables of a sweep: `trials.csv`, `trial_groups.csv` and `trial_timings.csv`.

use super::{
    Results, Row,
    groups::{best_values, final_values, groups},
};
use crate::{
    record::{csv_table, table::cell},
    spec::{Metric, value},
    statistics::summarize,
};
use std::iter;

/// Name of the table with one row per run.
pub const TRIALS: &str = "trials.csv";
/// Name of the table with one row per combination of values.
pub const GROUPS: &str = "trial_groups.csv";
/// Name of the table of facts that depend on the machine.
pub const TIMINGS: &str = "trial_timings.csv";

/// Returns the table of runs, in the order of the plan: swept keys, status, best epoch, folder, its
/// metrics, and any final metrics. It contains no wall-clock times. Runs that have not started have
/// empty cells.
pub fn trials(results: &Results) -> Vec<u8> {
    let metrics = Metric::ALL.map(Metric::name);
    let fixed = ["run", "seed"];
    let found = ["status", "epochs", "best_metric", "best_value", "best_epoch", "folder"];
    let keys: Vec<&str> = results.keys.iter().map(String::as_str).collect();
    let finals = results.finals();
    let names: Vec<&str> = finals.iter().map(|metric| metric.name()).collect();
    let header = fixed.iter().chain(&keys).chain(&found).chain(&metrics).chain(&names);
    csv_table::bytes(
        header,
        results.rows.iter().map(|row| {
            let mut cells = vec![row.run.clone(), row.seed.to_string()];
            cells.extend(values(row));
            cells.push(text(row.standing()));
            cells.push(text(row.status().map(|_| row.info.as_ref().map_or(0, |info| info.epochs))));
            cells.push(text(row.best.map(|_| results.metric.name())));
            cells.push(cell(row.best.map(|(_, value)| value)));
            cells.push(text(row.best.map(|(epoch, _)| epoch)));
            cells.push(row.folder.clone());
            cells.extend(Metric::ALL.map(|metric| cell(row.value(metric))));
            cells.extend(finals.iter().map(|metric| cell(row.final_value(*metric))));
            cells
        }),
    )
}

/// Returns the table of combinations: the name of the experiment, swept keys, the number of complete runs, then mean
/// and deviation over these of the best value, of all metrics of the best epoch, and of any final metrics. A single run
/// has no deviation.
pub fn groups_table(results: &Results) -> Vec<u8> {
    let mut header = vec!["experiment".to_owned()];
    header.extend(results.keys.iter().cloned());
    header.push("count".to_owned());
    let best = format!("best_{}", results.metric.name());
    let finals = results.finals();
    let names = iter::once(best.as_str()).chain(Metric::ALL.map(Metric::name));
    let names = names.chain(finals.iter().map(|metric| metric.name()));
    header.extend(names.flat_map(|name| [format!("{name}_mean"), format!("{name}_deviation")]));
    csv_table::bytes(
        header,
        groups(&results.rows).into_iter().map(|group| {
            let complete: Vec<&&Row> = group.iter().filter(|row| row.is_complete()).collect();
            let mut cells = vec![results.experiment(group[0]).to_owned()];
            cells.extend(values(group[0]));
            cells.push(complete.len().to_string());
            let metric =
                |metric: Metric| summarize(complete.iter().filter_map(|row| row.value(metric)));
            let finals = finals.iter().map(|metric| final_values(&group, *metric));
            let best = iter::once(best_values(&group));
            for summary in best.chain(Metric::ALL.map(metric)).chain(finals) {
                cells.push(cell(summary.map(|summary| summary.mean)));
                cells.push(cell(summary.and_then(|summary| summary.deviation)));
            }
            cells
        }),
    )
}

/// Returns the table of facts that depend on the machine and the day, one row per run.
pub fn timings(results: &Results) -> Vec<u8> {
    let header = ["run", "seconds", "resumes", "threads", "started", "finished"];
    csv_table::bytes(
        header,
        results.rows.iter().map(|row| {
            let info = row.info.as_ref();
            vec![
                row.run.clone(),
                text(info.map(|info| format!("{:.3}", info.seconds))),
                text(info.map(|info| info.resumes)),
                text(info.map(|info| info.threads)),
                text(info.map(|info| info.started)),
                text(info.and_then(|info| info.finished)),
            ]
        }),
    )
}

fn values(row: &Row) -> impl Iterator<Item = String> {
    row.values.iter().map(|value| value.as_ref().map(value::exact).unwrap_or_default())
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{BestEpoch, RunInfo, Status},
        spec::FinalMetric,
        train::EpochMetrics,
    };

    fn row(run: &str, group: usize, best: Option<f64>) -> Row {
        let metric = Metric::ValLoss;
        let info = |value| RunInfo {
            status: Status::Completed,
            epochs: 3,
            best: Some(BestEpoch { metric, epoch: 2, value }),
            ..RunInfo::default()
        };
        // The last epoch has another value.
        let epoch = |epoch, value| EpochMetrics {
            epoch,
            step: epoch as u64,
            values: [(metric, value)].into(),
            learning_rate: None,
        };
        let epochs = |value| [(1, 9.0), (2, value), (3, 9.0)].map(|(at, value)| epoch(at, value));
        Row {
            run: run.to_owned(),
            seed: 1,
            group,
            values: vec![Some(toml::Value::from(0.5)), Some(toml::Value::from("a,b")), None],
            folder: best.map_or(String::new(), |_| format!("{run}-0a")),
            info: best.map(info),
            epochs: best.map(epochs).into_iter().flatten().collect(),
            best: best.map(|value| (2, value)),
            ..Row::default()
        }
    }

    fn results() -> Results {
        let rows = vec![row("a", 0, Some(0.25)), row("b", 0, Some(0.75)), row("c", 1, None)];
        let keys = ["task.noise.sigma", "data.root", "model.hidden"].map(str::to_owned).into();
        Results { keys, rows, comparable: true, ..Results::default() }
    }

    #[test]
    fn a_run_that_has_not_started_has_empty_cells() {
        let text = String::from_utf8(trials(&results())).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "run,seed,task.noise.sigma,data.root,model.hidden,status,epochs,best_metric,best_value,best_epoch,folder,loss,val_loss,val_mse,val_mae,val_psnr,val_ssim",
                "a,1,0.5,\"a,b\",,completed,3,val_loss,0.25,2,a-0a,,0.25,,,,",
                "b,1,0.5,\"a,b\",,completed,3,val_loss,0.75,2,b-0a,,0.75,,,,",
                "c,1,0.5,\"a,b\",,,,,,,,,,,,,",
            ]
        );
    }

    #[test]
    fn groups_have_mean_deviation_and_count_of_complete_runs() {
        let text = String::from_utf8(groups_table(&results())).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("experiment,task.noise.sigma,data.root,model.hidden,count,best_val_loss_mean,best_val_loss_deviation,loss_mean,"));
        assert!(lines[1].starts_with("a,0.5,\"a,b\",,2,0.5,0.3535533905932738,"), "{}", lines[1]);
        assert!(lines[2].starts_with("c,0.5,\"a,b\",,0,,,"), "{}", lines[2]);
    }

    #[test]
    fn final_metrics_have_columns_if_any_run_has_them() {
        let tables = |results: &Results| {
            [trials(results), groups_table(results)].map(|table| String::from_utf8(table).unwrap())
        };
        let mut results = results();
        let without = tables(&results);
        let measured = [(FinalMetric::LinearAccuracy, 0.5), (FinalMetric::TestPsnr, 20.0)];
        let finals = [measured.into(), [(FinalMetric::TestPsnr, 21.0)].into()];
        for (row, finals) in results.rows.iter_mut().zip(finals) {
            row.info.as_mut().expect("a complete run").finals = finals;
        }
        let more = [
            [",test_psnr,linear_accuracy", ",20.0,0.5", ",21.0,", ",,"],
            [
                ",test_psnr_mean,test_psnr_deviation,linear_accuracy_mean,linear_accuracy_deviation",
                ",20.5,0.7071067811865476,0.5,",
                ",,,,",
                "",
            ],
        ];
        for ((with, without), more) in tables(&results).iter().zip(&without).zip(more) {
            for ((with, without), more) in with.lines().zip(without.lines()).zip(more) {
                assert_eq!(with, format!("{without}{more}"));
            }
        }
    }

    #[test]
    fn groups_within_the_deviation_over_seeds_are_near_the_best() {
        let mut results = results();
        // The mean of b is 0.5 and its deviation 0.35.
        let pairs = [("d", 2, 0.5), ("d", 2, 0.7), ("e", 3, 0.9), ("f", 4, 0.8), ("f", 4, 1.0)];
        results.rows.extend(pairs.map(|(run, group, best)| row(run, group, Some(best))));
        let near = |results: &Results| -> Vec<String> {
            let best = results.best_group().unwrap().0;
            let near = results.within_deviation(&best);
            near.iter().map(|group| group[0].run.clone()).collect()
        };
        assert_eq!(near(&results), ["d"]);
        results.rows.swap_remove(0);
        assert_eq!(near(&results), [""; 0], "now d is the best, with a deviation of 0.14");
        results.rows.push(Row::made_up(9, Some(Status::Pruned), None));
        results.rows.push(row("g", 9, Some(0.65)));
        assert_eq!(near(&results), [""; 0], "lucky seeds are not compared");
    }

    #[test]
    fn the_best_group_is_that_of_the_best_mean() {
        let mut results = results();
        results.rows.push(row("d", 2, Some(0.4)));
        let (group, summary) = results.best_group().unwrap();
        assert_eq!((group[0].run.as_str(), summary.count), ("d", 1));
        results.metric = Metric::ValPsnr;
        assert_eq!(results.best_group().unwrap().0[0].run, "a");
        let pruned = Row::made_up(3, Some(Status::Pruned), Some(40.0));
        results.rows.push(Row { run: "e".to_owned(), ..pruned });
        results.rows.push(row("f", 3, Some(40.0)));
        let best = results.best_group().unwrap().0[0];
        assert_eq!(best.run, "a", "a lucky seed is not compared with complete means");
        results.rows.drain(..4);
        assert_eq!(results.best_group().unwrap().0[0].run, "e", "there is no other");
        results.comparable = false;
        assert!(results.best_group().is_none(), "on other images nothing is better");
    }
}
