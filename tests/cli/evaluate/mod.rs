//! `runner evaluate` measures trained runs without changing them.

mod repeats;

use crate::place::{self, Place, assert_has, column, edit, info, set};
use runner::{data, spec, train::Samples};
use std::{fs, path::Path};

/// A place with a small denoising run in `runs`: three epochs, several noise levels, a validation split.
fn trained(settings: &[&str]) -> Place {
    let place = Place::small();
    let tested = ["data.validation_split=0.2", "evaluate.noise_sigmas=[0.25, 0.5, 1]"];
    place.succeed(&[&["small.toml", "--quiet"][..], &set(&tested), &set(settings)].concat());
    place
}

/// A place with a run that reconstructs.
fn autoencoder(name: &str, settings: &[&str]) -> Place {
    let place = Place::small();
    add(&place, name, settings);
    place
}

/// Adds a run that reconstructs.
fn add(place: &Place, name: &str, settings: &[&str]) {
    let name = format!("experiment.name={name}");
    let task = ["task={kind=\"reconstruct\"}", "train.epochs=1", &name];
    place.succeed(&[&["small.toml", "--quiet"][..], &set(&task), &set(settings)].concat());
}

fn csv(place: &Place, args: &[&str]) -> String {
    place.succeed(&[&["evaluate", "--csv"][..], args].concat()).stdout
}

fn refused(place: &Place, args: &[&str], code: i32) -> String {
    place.refused(code, &[&["evaluate"][..], args].concat())
}

/// Every file of a run with its bytes and when it was written.
fn contents(run: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let files = place::files(run).into_iter().map(|name| {
        let path = run.join(&name);
        let written = fs::metadata(&path).and_then(|meta| meta.modified()).expect("a time");
        (name, fs::read(&path).expect("a file"), written)
    });
    files.collect()
}

#[test]
fn validation_images_give_the_row_of_the_best_epoch_to_the_bit() {
    // Four epochs that train well, and two at 300 times the rate, which ruin the weights.
    let schedule = "train.schedule={kind=\"multi_step\", epochs=[4], gamma=300.0}";
    let place = trained(&["train.epochs=6", "train.batch_size=8", schedule]);
    let run = place.only_run("runs");
    let before = contents(&run);
    let table = csv(&place, &["small", "--part", "validation"]);
    let best = info(&run)["best"]["epoch"].as_u64().expect("an epoch") as usize;
    let rows = place.text(run.join("metrics.csv"));
    for name in ["loss", "mse", "mae", "psnr", "ssim"] {
        let epochs = column(&rows, &format!("val_{name}"));
        assert_eq!(column(&table, name), [epochs[best - 1].clone()], "{name}");
    }
    assert_eq!(column(&table, "images"), ["60"]);
    let last = csv(&place, &["small", "--part", "validation", "--last"]);
    let epochs = column(&rows, "val_mse");
    assert_eq!(column(&last, "mse"), epochs[5..6]);
    assert_ne!(column(&last, "mse"), column(&table, "mse"));
    assert_eq!(column(&last, "weights"), ["last"]);
    assert_eq!(contents(&run), before, "the run is not changed");

    // With other parts, images that were trained on are among those for validation.
    for (setting, key) in
        [("data.validation_split=0.5", "validation_split"), ("data.train_limit=200", "train_limit")]
    {
        let ended = place.succeed(&["evaluate", "small", "--part", "validation", "--set", setting]);
        ended.tells(&format!("was trained with another data.{key}: it may have been trained on"));
    }
}

#[test]
fn levels_give_the_run_s_own_results_on_any_number_of_threads() {
    let place = trained(&[]);
    let levels = ["small", "--levels", "0.25,0.5,1"];
    let table = csv(&place, &levels);
    let own = place.text(place.only_run("runs").join("noise_levels.csv"));
    for name in ["loss", "mse", "mae", "psnr", "ssim"] {
        assert_eq!(column(&table, name), column(&own, name), "{name}");
    }
    assert_eq!(column(&table, "level"), ["0.25", "0.5", "1.0"]);
    assert_eq!(column(&table, "noise"), ["gaussian"; 3]);
    let one = csv(&place, &[&levels[..], &["--threads", "1"]].concat());
    let three = csv(&place, &[&levels[..], &["--threads", "3"]].concat());
    assert_eq!([&one, &three], [&table; 2]);

    // Without levels, its own noise is used, and variables for experiments have no effect.
    let own = place.run_with("RUNNER_TASK__NOISE__SIGMA", "9", &["evaluate", "small", "--csv"]);
    let own = own.stdout;
    assert_eq!(column(&own, "mse"), column(&table, "mse")[1..2]);
}

#[test]
fn input_metrics_are_those_of_the_corrupted_images() {
    let place = trained(&["train.epochs=1"]);
    let noise = ["task.noise.kind=masking", "task.noise.amount=0.3"];
    let table = csv(&place, &[&["small"][..], &set(&noise)].concat());
    assert_eq!(column(&table, "noise"), ["masking"]);
    let run = place.only_run("runs");
    let resolved = run.join("resolved.toml");
    let overrides = spec::Overrides {
        set: noise.iter().chain(&["evaluate.noise_sigmas=[]"]).map(ToString::to_string).collect(),
        ..spec::Overrides::default()
    };
    let experiment = spec::load(&resolved, &overrides).expect("valid").base;
    let test = data::load(&experiment.data, None).expect("drawn images").test;
    let samples = Samples::for_testing(&test, &experiment.task, experiment.meta.seed);
    let (mut mse, mut psnr) = (0.0, 0.0);
    for index in 0..samples.len() {
        let (input, target) = samples.range(index..index + 1);
        let squares =
            input.iter().zip(&target).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
        let own = squares.sum::<f64>() / target.len() as f64;
        mse += own / samples.len() as f64;
        psnr -= 10.0 * own.log10() / samples.len() as f64;
    }
    let told = |name: &str| column(&table, name)[0].parse::<f64>().expect("a number");
    assert!((told("input_mse") - mse).abs() < 1e-9 && mse > 0.01, "{mse}\n{table}");
    assert!((told("input_psnr") - psnr).abs() < 1e-6, "{psnr}\n{table}");
}

#[test]
fn levels_of_masking_are_fractions_and_more_is_harder() {
    let place = trained(&["task.noise={kind=\"masking\"}", "evaluate.noise_sigmas=[]"]);
    let table = csv(&place, &["small", "--levels", "0,0.5,1"]);
    let mse: Vec<f64> = column(&table, "mse").iter().map(|v| v.parse().expect("it")).collect();
    assert!(mse[0] < mse[1] && mse[1] < mse[2], "{table}");
    let input = column(&table, "input_mse");
    assert_eq!(input[0], "0.0");
    let set = ["small", "--levels", "0.5", "--set", "task.noise={kind=\"gaussian\", sigma=0.3}"];
    let told = refused(&place, &set, 2);
    assert_has(&told, "--levels says at which task.noise.sigma");
    let told = refused(&place, &["small", "--levels", "0.5,1.5"], 2);
    assert_has(&told, "--levels has 1.5, but `masking` needs an amount from 0 to 1");
    for wrong in ["-0.5", "nan"] {
        let told = refused(&place, &["small", "--levels", wrong], 2);
        assert_has(&told, "needs an amount");
    }
}

#[test]
fn runs_and_sweeps_give_one_table_in_every_format() {
    let place = Place::small();
    place.write(
        "sigmas.toml",
        "extends = \"small.toml\"\n[train]\nepochs = 1\n[sweep]\n\"task.noise.sigma\" = [0.5, 1.0]\n",
    );
    place.succeed(&["sigmas.toml", "--quiet"]);
    add(&place, "ae", &[]);
    let table = csv(&place, &["sigmas", "ae"]);
    let runs = column(&table, "run");
    assert_eq!(runs.len(), 3);
    assert!(runs[0].starts_with("sigmas/sigma=0.5-") && runs[1].starts_with("sigmas/sigma=1-"));
    assert_eq!(column(&table, "level"), ["0.5", "1.0", ""]);
    assert_eq!(column(&table, "input_mse")[2], "");
    let ae = csv(&place, &["ae"]);
    assert!(table.contains(ae.lines().nth(1).expect("a row")), "{table}\n{ae}");

    let named = [runs[1].as_str(), "sigmas"];
    let rows = place.succeed(&["evaluate", "--json", named[0], named[1]]).json_lines();
    assert_eq!(rows.len(), 2, "each run once");
    assert_eq!(rows[0]["run"], runs[1].as_str());
    assert_eq!(rows[0]["folder"], format!("runs/{}", runs[1]));
    for name in ["mse", "input_psnr", "level"] {
        let cell: f64 = column(&table, name)[1].parse().expect("a number");
        assert_eq!(rows[0][name], cell, "{name}");
    }
    let text = place.succeed(&["evaluate", "sigmas"]).stdout;
    assert!(text.starts_with("run  ") && text.contains("input psnr\n"), "{text}");
    assert_has(&text, "\n\ntest images of synthetic_digits, best weights; psnr in dB; input is");
    let text = place.succeed(&["evaluate", "ae"]).stdout;
    assert!(!text.contains("input") && !text.contains("noise"), "{text}");

    // An incomplete run of a sweep is left out; one with damaged weights or none is counted.
    let weights = place.path().join("runs").join(&runs[0]).join("checkpoints/best.safetensors");
    let kept = fs::read(&weights).expect("weights");
    fs::write(&weights, "damaged").expect("a file");
    for told in ["not a complete safetensors file", "is gone"] {
        let ended = place.fails(1, &["evaluate", "sigmas", "--csv"]);
        assert_eq!(column(&ended.stdout, "run"), runs[1..2]);
        let tells = |text: &str| ended.stderr.contains(text);
        assert!(tells(told) && tells("1 of 2 runs could not be measured"), "{}", ended.stderr);
        let _ = fs::remove_file(&weights);
    }
    fs::write(&weights, kept).expect("a file");
    edit(&place.path().join("runs").join(&runs[0]), "status", "pruned".into());
    let ended = place.succeed(&["evaluate", "sigmas", "--csv"]);
    assert_eq!(column(&ended.stdout, "run"), runs[1..2]);
    ended.tells("1 of 2 runs of runs/sigmas are complete");
}

#[test]
fn images_of_other_data_sets_and_folders_are_accepted_if_their_size_fits() {
    let place = autoencoder("ae", &[]);
    for index in 0..20_u8 {
        let shade = |x, y| image::Luma([index * 10 + (x * y) as u8 % 13]);
        place.save(&format!("pics/{index:02}.png"), image::GrayImage::from_fn(40, 30, shade));
    }
    let folder = ["ae", "--set", "data.dataset=image_folder", "--set", "data.root=pics"];
    // All images, not just the tenth that a training would test on.
    let table = csv(&place, &folder);
    assert_eq!(column(&table, "dataset"), ["image_folder"]);
    assert_eq!([column(&table, "part"), column(&table, "images")], [["all"], ["20"]]);
    let number =
        |table: &str, name: &str| -> f64 { column(table, name)[0].parse().expect("a number") };
    let part = |name: &str| csv(&place, &[&folder[..], &["--part", name]].concat());
    let parts = [part("train"), part("test")];
    assert!(number(&parts[0], "images") >= 15.0, "{parts:?}");
    let sums = parts.each_ref().map(|part| number(part, "images") * number(part, "mse"));
    let apart = (sums[0] + sums[1]) / 20.0 - number(&table, "mse");
    assert!(apart.abs() < 1e-9, "{parts:?} {table}");
    let few =
        csv(&place, &[&folder[..], &["--set", "data.test_limit=1", "--part", "test"]].concat());
    assert_eq!(column(&few, "images"), ["1"]);
    let text = place.succeed(&[&["evaluate"], &folder[..]].concat()).stdout;
    assert_has(&text, "\n\nall images of image_folder, ");

    // Of a copy of the run's own images, those that it was trained on do not count.
    let own = ["task={kind=\"reconstruct\"}", "experiment.name=pics", "data.dataset=image_folder"];
    let own =
        [&own[..], &["data.root=pics", "data.image_size=[28, 28]", "data.channels=1"]].concat();
    place.succeed(&[&["small.toml", "--quiet"][..], &set(&own)].concat());
    fs::rename(place.path().join("pics"), place.path().join("moved")).expect("it is there");
    let moved = csv(&place, &["pics-", "--set", "data.root=moved"]);
    assert_eq!(column(&moved, "part"), ["test"]);
    fs::rename(place.path().join("moved"), place.path().join("pics")).expect("it is there");

    let told = refused(&place, &[&folder[..], &["--set", "data.channels=3"]].concat(), 2);
    assert_has(&told, "takes 28x28x1, these images are 28x28x3; leave out data.image_size");
    let told = refused(&place, &["ae", "--set", "data.dataset=synthetic_scenes"], 2);
    assert_has(&told, "takes 28x28x1, these images are 32x32x3");
    let told = refused(&place, &["ae", "--set", "data.dataset=mnist"], 2);
    assert_has(&told, "data/mnist");
}

#[test]
fn changed_images_are_reported() {
    let place = Place::small();
    for index in 0..12_u8 {
        let image = image::GrayImage::from_pixel(28, 28, image::Luma([index * 20]));
        place.save(&format!("pics/{index:02}.png"), image);
    }
    add(
        &place,
        "own",
        &["data={dataset=\"image_folder\", root=\"pics\", image_size=[28, 28], channels=1}"],
    );
    assert_eq!(place.succeed(&["evaluate", "own"]).stderr, "");
    fs::remove_file(place.path().join("pics/05.png")).expect("a file");
    place.succeed(&["evaluate", "own"]).tells("not the images that runs/own-");
}

#[test]
fn runs_that_cannot_be_measured_are_refused() {
    let place = autoencoder("ae", &[]);
    for (args, parts) in [
        (&["ae", "--levels", "0.5"][..], &["--levels are noise levels", "`reconstruct`"][..]),
        (&["ae", "--set", "task.noise.sigma=1"], &["for a run of kind `denoise`"]),
        (&["ae", "--set", "train.epochs=3"], &["cannot be changed without training again"]),
        (
            &["ae", "--set", "data.root=pics"],
            &["are synthetic", "add --set data.dataset=image_folder"],
        ),
        (&["ae", "--set", "data.test_limt=3"], &["did you mean `test_limit`?"]),
        (&["ea"], &["there is no run or sweep \"ea\""]),
        (&["ae", "--json", "--csv"], &["cannot be used with"]),
    ] {
        let told = refused(&place, args, 2);
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    let run = place.only_run("runs");
    fs::remove_file(run.join("checkpoints/best.safetensors")).expect("a file");
    assert!(refused(&place, &["ae"], 1).contains("best.safetensors: is gone"));
    fs::remove_file(run.join("checkpoints/last.safetensors")).expect("a file");
    assert!(refused(&place, &["ae", "--last"], 1).contains("is not trained yet"));
}
