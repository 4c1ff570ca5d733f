//! Queries about existing runs: by name, by settings, and while they train.

use crate::place::{Place, assert_has, column, send, wait};
use serde_json::Value;
use std::{fs, process::Stdio};

/// Two sizes of the code, two seeds each.
const SIZES: &str = "extends = \"small.toml\"\n[train]\nepochs = 2\n[sweep]\n\"model.latent_dim\" = [2, 3]\nrepeats = 2\n";

fn place() -> Place {
    let place = Place::small();
    place.write("sizes.toml", SIZES);
    place.succeed(&["sizes.toml", "--quiet"]);
    place
}

#[test]
fn a_sweep_and_its_best_run_have_names() {
    let place = place();
    let trials = place.text("runs/sizes/trials.csv");
    let values: Vec<f64> =
        column(&trials, "best_value").iter().map(|cell| cell.parse().expect("a loss")).collect();
    let first = usize::from(values[0] + values[1] > values[2] + values[3]) * 2;
    let best = first + usize::from(values[first] > values[first + 1]);
    let best = format!("runs/sizes/{}", column(&trials, "folder")[best]);

    let shown = place.succeed(&["show", "sizes@best"]).stdout;
    assert_eq!(shown.lines().next(), Some(best.as_str()));
    let settings = shown.lines().find(|line| line.starts_with("  settings ")).expect("a line");
    assert!(settings.contains("train_limit=300") && !settings.contains("task"), "{shown}");
    assert_has(&shown, "\n  task        denoise, gaussian noise, mean 0.5, sigma 0.5\n");
    place.succeed(&["compare", "sizes@best", &best]).prints("No key of the experiment differs");
    place.succeed(&["apply", "runs/sizes@best", &format!("{best}/samples.png"), "-o", "out"]);
    let told = place.refused(2, &["apply", "sizes", "x.png", "-o", "out"]);
    assert_has(&told, "name one of them, or sizes@best");

    let listed = place.succeed(&["list", "sizes"]).stdout;
    assert_eq!(listed.matches("completed").count(), 4, "{listed}");
    assert_eq!(listed, place.succeed(&["list", "runs/sizes"]).stdout);
    let listed = place.succeed(&["list", &best]).stdout;
    assert!(listed.lines().count() == 2 && listed.contains(&best), "{listed}");
    for (wanted, told) in [("sizse", "did you mean sizes?"), ("night", "`runner list` shows")] {
        for verb in ["list", "report"] {
            let said = place.refused(2, &[verb, wanted]);
            assert!(said.contains(told), "{verb}: {said}");
        }
    }
}

#[test]
fn experiment_files_are_compared_by_their_keys() {
    let place = place();
    let out = place.succeed(&["compare", "small.toml", "sizes.toml"]);
    assert_eq!(out.stderr, "sizes.toml: compared without its [sweep]\n");
    let cells = |out: &str| -> Vec<Vec<String>> {
        let lines = out.lines().skip(4).map(str::split_whitespace);
        lines.map(|line| line.map(str::to_owned).collect()).collect()
    };
    assert_eq!(
        cells(&out.stdout),
        [["experiment.name", "small", "sizes"], ["train.epochs", "3", "2"]]
    );
    let out = place.succeed(&["compare", "small.toml", "sizes@best", "--json"]).json();
    let keys = out["keys"].as_array().expect("keys").iter().map(|pair| &pair["key"]);
    assert!(keys.clone().any(|key| key == "model.latent_dim"), "{out}");
    assert!(place.refused(2, &["compare", "small.toml", "none.toml"]).contains("none.toml"));
    place.write("wrong.toml", "[train]\nepocs = 3\n");
    let said = place.refused(2, &["compare", "wrong.toml", "small.toml"]);
    assert!(said.contains("wrong.toml:2:1") && said.contains("did you mean `epochs`?"), "{said}");
}

/// Returns the names of the listed runs, in order.
fn listed(place: &Place, more: &[&str]) -> Vec<String> {
    let shown = place.succeed(&[&["list", "sizes"], more].concat()).stdout;
    let names = shown.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    names.map(|name| name.rsplit_once('-').expect("a hash").0.to_owned()).collect()
}

#[test]
fn runs_are_filtered_and_sorted_by_keys_and_metrics() {
    let place = place();
    let all = ["latent_dim=2,r1", "latent_dim=2,r2", "latent_dim=3,r1", "latent_dim=3,r2"];
    let is = |wheres: &[&str], of: &[usize]| {
        let more: Vec<&str> = wheres.iter().flat_map(|text| ["--where", text]).collect();
        let expected: Vec<&str> = of.iter().map(|index| all[*index]).collect();
        assert_eq!(listed(&place, &more), expected, "{wheres:?}");
    };
    is(&[], &[0, 1, 2, 3]);
    is(&["latent_dim>2"], &[2, 3]);
    is(&["model.latent_dim=2.0"], &[0, 1]);
    is(&["latent_dim!=2", "seed<=1337"], &[2]);
    is(&["filters=[4, 8]"], &[0, 1, 2, 3]);
    is(&["filters=[8, 4]"], &[]);
    is(&["status!=completed"], &[]);
    is(&["started>2020-01-01", "started<2020-01-02"], &[]);
    is(&["started>=2020-01-01", "dataset=synthetic_digits"], &[0, 1, 2, 3]);
    is(&["val_loss<0"], &[]);

    let json = |more: &[&str]| -> Vec<Value> {
        let listed = place.succeed(&[&["list", "sizes", "--json"], more].concat()).json();
        listed.as_array().expect("a list").clone()
    };
    let best = json(&["--sort", "val_psnr", "--keys", "latent_dim,val_psnr"]);
    let ratios: Vec<f64> =
        best.iter().map(|run| run["settings"]["val_psnr"].as_f64().expect("a ratio")).collect();
    assert!(
        ratios.len() == 4 && ratios.is_sorted_by(|a, b| a >= b),
        "the better first: {ratios:?}"
    );
    let first = &best[0]["settings"]["model.latent_dim"];
    assert!(best[0]["name"].as_str().expect("a name").starts_with(&format!("latent_dim={first},")));
    let times = json(&["--sort", "time"]);
    let times: Vec<f64> = times.iter().map(|run| run["seconds"].as_f64().expect("s")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let seeds = json(&["--sort", "seed", "--top", "2"]);
    assert!(seeds.len() == 2 && seeds.iter().all(|run| run["seed"] == 1337), "{seeds:?}");
    assert!(seeds[0].get("settings").is_none());

    let table =
        place.succeed(&["list", "sizes", "--keys", "latent_dim", "--sort", "val_psnr"]).stdout;
    let heads: Vec<&str> = table.lines().next().expect("a line").split_whitespace().collect();
    assert_eq!(heads, ["run", "status", "epochs", "best", "time", "latent_dim", "val_psnr"]);
    place.write("sizes.toml", SIZES.replace("[2, 3]", "[3, 2]"));
    place.succeed(&["sizes.toml", "--quiet"]);
    assert_eq!(listed(&place, &[]), [2, 3, 0, 1].map(|index| all[index]), "as in the plan");
    let none = place.succeed(&["list", "sizes", "--where", "latent_dim>9"]);
    assert_eq!(
        (none.stdout.as_str(), none.stderr.as_str()),
        ("", "none of 4 runs in runs/sizes matches\n")
    );
}

#[test]
fn lists_are_sorted_by_tests_at_noise_levels_and_the_other_way_around() {
    let place = place();
    place.succeed(&["sizes.toml", "--quiet", "--set", "evaluate.noise_sigmas=[0.5, 1.0]"]);
    let runs = |more: &[&str]| -> Vec<Value> {
        let args = ["list", "sizes", "--json", "--keys", "psnr at 0.5"];
        place.succeed(&[&args[..], more].concat()).json().as_array().expect("a list").clone()
    };
    let ratios = |runs: &[Value]| -> Vec<f64> {
        let ratios = runs.iter().map(|run| run["settings"]["psnr at 0.5"].as_f64());
        ratios.map(|ratio| ratio.expect("a ratio")).collect()
    };
    let best = runs(&["--sort", "psnr at 0.5"]);
    assert!(ratios(&best).is_sorted_by(|a, b| a >= b), "{best:?}");
    let table = place.text(format!("{}/noise_levels.csv", best[0]["folder"].as_str().expect("it")));
    assert_eq!(column(&table, "psnr")[0].parse(), Ok(ratios(&best)[0]));
    let mut worst = runs(&["--sort", "psnr at 0.5", "--reverse"]);
    worst.reverse();
    assert_eq!(ratios(&worst), ratios(&best));
    let mut backwards = runs(&["--reverse"]);
    backwards.reverse();
    assert_eq!(backwards, runs(&[]));
    for (sort, told) in [
        ("psnr at 0.3", "no run was tested at \"0.3\", but at 0.5 and 1"),
        ("val_psnr at 0.5", "have no \"val_psnr\", but loss, mse, mae, psnr and ssim"),
    ] {
        assert_has(&place.refused(2, &["list", "sizes", "--sort", sort]), told);
    }
}

#[test]
fn unknown_keys_and_values_are_refused_with_a_suggestion() {
    let place = place();
    for (args, told) in [
        (["--where", "latent_dmi=2"], "did you mean latent_dim?"),
        (["--sort", "val_pnsr"], "did you mean val_psnr?"),
        (["--keys", "model.latentdim"], "did you mean model.latent_dim?"),
        (["--where", "status=complete"], "did you mean completed?"),
        (["--where", "status<completed"], "use = or !="),
        (["--where", "val_loss=low"], "val_loss is a number"),
        (["--where", "latent_dim>=2,latent_dim<=4"], "latent_dim is a number"),
        (["--where", "filters<[1]"], "use = or !="),
        (["--where", "started>soon"], "expected a day"),
        (["--where", "latent_dim"], "--where 'sigma>=0.5'"),
        (["--keys", "kind"], "\"kind\" is ambiguous between model.kind, task.kind"),
    ] {
        let said = place.refused(2, &[&["list", "sizes"][..], &args].concat());
        assert!(said.contains(told), "{args:?}: {said}");
    }
}

#[test]
fn a_misspelt_sweep_gets_a_suggestion_and_an_unreadable_run_is_reported_below_the_list() {
    let place = place();
    let told = place.refused(2, &["show", "szies"]);
    assert_has(&told, "no run or sweep \"szies\" in runs; did you mean sizes?");
    let broken = place.runs("runs/sizes").remove(0).join("run.json");
    fs::write(&broken, "{").expect("a file");
    let list = place.succeed(&["list", "sizes"]);
    let line = list.stdout.lines().find(|line| line.contains(" broken"));
    assert!(line.is_some_and(|line| line.ends_with("broken")), "{}", list.stdout);
    list.tells("run.json: is not a run description");
}

#[test]
fn progress_is_shown_from_another_terminal() {
    let place = Place::small();
    place.write("sizes.toml", SIZES.replace("epochs = 2", "epochs = 5000"));
    let mut sweep = place.command(&["sizes.toml", "--quiet", "--jobs", "1"]);
    let mut sweep = sweep.stdout(Stdio::null()).spawn().expect("it starts");
    let shown = || -> Option<Value> {
        let ended = place.run(&["show", "sizes", "--json"]);
        serde_json::from_str(&ended.stdout).ok()
    };
    let under_way = wait(|| {
        let shown = shown()?;
        shown["points"][0]["progress"]["seconds_left"].is_number().then_some(shown)
    });
    let progress = &under_way["points"][0]["progress"];
    assert_eq!((&under_way["over"], &progress["planned_epochs"]), (&0.into(), &5000.into()));
    assert!(
        progress["epoch"].as_u64().is_some_and(|epoch| (2..=5000).contains(&epoch)),
        "{progress}"
    );
    let done = progress["epochs_done"].as_u64().zip(progress["epoch"].as_u64());
    assert!(done.is_some_and(|(done, epoch)| done + 1 == epoch), "{progress}");
    assert!(progress["loss"].is_number() && progress["heard"].is_string(), "{progress}");
    let [one, all] = [&progress["seconds_left"], &under_way["seconds_left"]].map(Value::as_f64);
    assert!(one.zip(all).is_some_and(|(one, all)| 0.0 < one && 3.0 * one < all), "{under_way}");
    assert!(under_way["points"][1].get("progress").is_none());

    let text = place.succeed(&["show", "sizes"]).stdout;
    assert_has(&text, "4 runs: 1 running, 3 not begun; about ");
    assert_has(&text, "/5000 ");
    let run = place.runs("runs/sizes").remove(0);
    let run = run.to_str().expect("text");
    let one = place.succeed(&["show", run]).stdout;
    assert!(one.contains("/5000 (") && one.contains("\n  left "), "{one}");
    place.succeed(&["list", "sizes", "--where", "status=running"]).prints("/5000 ");
    let page = || place.succeed(&["report", "sizes", "-o", "-"]).stdout;
    let refreshes = "<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>";
    let text = "updates itself every minute while runs train";
    let training = page();
    assert!(training.contains(refreshes) && training.contains(text));

    send("-INT", sweep.id());
    assert_eq!(sweep.wait().expect("it ends").code(), Some(130));
    let over = shown().expect("JSON");
    assert!(over.get("seconds_left").is_none() && over["points"][0].get("progress").is_none());
    let ended = page();
    assert!(!ended.contains("http-equiv=\"refresh\"") && !ended.contains(text));
}
