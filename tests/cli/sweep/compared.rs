//! Which runs of a sweep are compared, and which of them is the best.

use super::*;

/// Returns the lines that name the best combination: from the end of a finished sweep, and from `show`.
fn best(place: &Place) -> [Vec<String>; 2] {
    let [ended, shown] = [place.succeed(&["sweep.toml"]), place.succeed(&["show", "sweep"])];
    [ended, shown].map(|ended| {
        let lines = ended.stdout.lines().map(str::trim);
        lines.filter(|line| line.starts_with("best val_loss 0")).map(str::to_owned).collect()
    })
}

#[test]
fn no_run_is_the_best_if_each_is_measured_on_other_images() {
    let limits = |key: &str, split: &str| {
        format!(
            "extends = \"small.toml\"\n[data]\nvalidation_split = {split}\n[train]\nepochs = 1\n[sweep]\n\"data.{key}\" = [16, 24]\n"
        )
    };
    let place = place(&limits("test_limit", "0.0"));
    assert_eq!(best(&place), [[""; 0]; 2]);
    place.write("sweep.toml", limits("train_limit", "0.25"));
    assert_eq!(best(&place), [[""; 0]; 2], "validation images are some of the training images");
    for (key, split) in [("train_limit", "0.0"), ("test_limit", "0.25")] {
        place.write("sweep.toml", limits(key, split));
        let [ended, shown] = best(&place);
        assert!(ended.len() == 1 && ended == shown, "{key}: {ended:?} and {shown:?}");
    }
}

#[test]
fn no_run_is_the_best_for_its_noise_and_networks_are_compared_at_the_same_levels() {
    let sweep = "extends = \"small.toml\"\n[train]\nepochs = 1\n[sweep]\n\"task.noise.sigma\" = [0.25, 1.0]\n";
    let place = place(sweep);
    assert_eq!(best(&place), [[""; 0]; 2]);
    let shown = || place.succeed(&["show", "sweep"]).stdout;
    let said = shown();
    assert_has(&said, "Each validates at its own noise (they differ in task.noise.sigma)");
    assert_has(&said, "add `evaluate.noise_sigmas = [0.25, 1.0]` and run");
    // As earlier versions wrote it.
    let plan = place.text("runs/sweep/sweep.json");
    assert_has(&plan, "\"comparable\": false");
    place.write(
        "runs/sweep/sweep.json",
        plan.replace("\"comparable\": false", "\"comparable\": true"),
    );
    assert_eq!(shown(), said);

    let metrics = trained(&place);
    place.write("sweep.toml", format!("{sweep}[evaluate]\nnoise_sigmas = [0.25, 1.0]\n"));
    let ended = place.succeed(&["sweep.toml"]).stdout;
    assert_eq!(trained(&place), metrics, "nothing is trained again");
    for line in [
        "trained at  tested at 0.25",
        "Each validates at its own noise (they differ in task.noise.sigma)",
        "On average over tests at 0.25 and 1, the network trained at",
    ] {
        assert!(ended.contains(line) && shown().contains(line), "{line} in {ended}");
    }
    let sentences = ended.lines().filter(|line| line.ends_with('.')).count();
    assert!(sentences <= 3 && !ended.contains("Tested at 1, the "), "{ended}");
    let table = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert_has(&table, "| trained at | tested at 0.25 | tested at 1 | on average |");
    assert!(place.text("runs/sweep/report.html").contains("<section id=\"levels\">"));

    let runs = place.runs("runs/sweep");
    let runs = [&runs[0], &runs[1]].map(|run| run.to_str().expect("text"));
    let compared = place.succeed(&["compare", runs[0], runs[1]]).stdout;
    for line in compared.lines().filter(|line| line.contains(" *")) {
        let tested = ["loss", "mse", "mae", "psnr", "ssim"]
            .iter()
            .any(|name| line.starts_with(&format!("{name} at ")));
        assert!(tested || line == "* the better one", "{line} in {compared}");
    }
    assert!(
        compared.contains("none is called better")
            && compared.contains("\nmse at 0.25 ")
            && !compared.contains("\nloss at "),
        "{compared}"
    );
    let json = place.succeed(&["compare", runs[0], runs[1], "--json"]).json();
    assert!(json["metrics"].as_array().expect("them").iter().all(|pair| pair["better"].is_null()));
    let levels = json["levels"].as_array().expect("them");
    assert!(levels.len() == 10 && levels.iter().all(|pair| !pair["better"].is_null()), "{json}");
}

#[test]
fn networks_for_amounts_of_noise_are_compared_at_common_amounts() {
    let place = place(
        "extends = \"small.toml\"\n[task.noise]\nkind = \"salt_and_pepper\"\n[train]\nepochs = 1\n[sweep]\n\"task.noise.amount\" = [0.1, 0.4]\n",
    );
    let said = place.succeed(&["sweep.toml"]).stdout;
    assert_has(&said, "(they differ in task.noise.amount)");
    assert_has(&said, "add `evaluate.noise_amounts = [0.1, 0.4]` and run");
    let metrics = trained(&place);
    let sigmas = ["sweep.toml", "--set", "evaluate.noise_sigmas=[0.1, 0.4]"];
    place
        .fails(2, &sigmas)
        .tells("`salt_and_pepper` noise has an amount")
        .tells("give `evaluate.noise_amounts` instead");
    let tested = ["sweep.toml", "--set", "evaluate.noise_amounts=[0.1, 0.4]"];
    let ended = place.succeed(&tested).stdout;
    assert_eq!(trained(&place), metrics, "nothing is trained again");
    let shown = place.succeed(&["show", "sweep"]).stdout;
    for line in [
        "trained at  tested at 0.1",
        "On average over tests at 0.1 and 0.4, the network trained at 0.",
    ] {
        assert!(ended.contains(line) && shown.contains(line), "{line} in {ended}");
    }
    let table = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert_has(&table, "| trained at | tested at 0.1 | tested at 0.4 | on average |");
    assert!(place.text("runs/sweep/report.html").contains("<section id=\"levels\">"));
    for run in place.runs("runs/sweep") {
        let levels = place.text(run.join("noise_levels.csv"));
        assert!(levels.starts_with("amount,loss,mse,"), "{levels}");
        assert_eq!(column(&levels, "amount"), ["0.1", "0.4"]);
        assert!(run.join("figures/psnr_over_amount.png").exists());
        assert!(!run.join("figures/psnr_over_sigma.png").exists());
    }
    let planned = place.succeed(&[&["check"][..], &tested].concat()).stdout;
    assert_eq!(planned.matches(" complete").count(), 2, "{planned}");
    let compared = place.succeed(&["compare", "sweep/amount=0.1", "sweep/amount=0.4"]).stdout;
    assert_has(&compared, "\nmse at 0.4 ");
    // Other noise is refused for these levels, and amounts for other noise.
    let with = |noise| [&tested[..], &["--set", noise]].concat();
    place.fails(2, &with("task.noise.kind=speckle")).tells("noise with an amount");
    let masked = place.succeed(&with("task.noise.kind=masking")).stdout;
    assert_has(&masked, "On average over tests at 0.1 and 0.4, the network trained at 0.");
}

/// Returns the metrics of the sweep's runs, and when they were written.
fn trained(place: &Place) -> Vec<(Vec<u8>, std::time::SystemTime)> {
    let files = place.runs("runs/sweep").into_iter().map(|run| run.join("metrics.csv"));
    let moment = |file: &Path| fs::metadata(file).and_then(|meta| meta.modified());
    files.map(|file| (place.read(&file), moment(&file).expect("a moment"))).collect()
}

#[test]
fn a_run_that_stopped_early_only_needs_its_results_rebuilt() {
    let place = place(
        "extends = \"small.toml\"\n[train]\nepochs = 5000\nearly_stopping = { patience = 1, min_delta = 9.0 }\n[sweep]\n\"model.latent_dim\" = [2, 3]\n",
    );
    place.succeed(&["sweep.toml"]);
    let scaled = ["sweep.toml", "--set", "figures.scale=3"];
    let plan = place.succeed(&[&["check"][..], &scaled].concat()).stdout;
    assert_eq!(plan.matches("results to be rebuilt").count(), 2, "{plan}");
    assert_has(&plan, "2 runs, nothing to train, results of 2 runs to be made");
    let trials = place.text("runs/sweep/trials.csv");
    place.succeed(&scaled);
    assert_eq!(place.text("runs/sweep/trials.csv"), trials);
    let plan = place.succeed(&[&["check"][..], &scaled].concat()).stdout;
    assert_eq!(plan.matches(" complete").count(), 2, "{plan}");
}

#[test]
fn no_run_is_pruned_for_its_noise() {
    let place = place(
        "extends = \"small.toml\"\n[sweep]\n\"task.noise.sigma\" = [0.1, 0.2, 2.0]\nprune = { kind = \"median\", min_runs = 2 }\n",
    );
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 3]);
}
