//! The table of images that `runner apply` writes.

use super::{expect, open, stroke, trained};
use crate::place::{Place, column, files, set};
use image::{GrayImage, imageops};
use runner::{data, spec};
use std::fs;

/// Returns the numbers in a column of the table.
fn numbers(table: &str, name: &str) -> Vec<f64> {
    column(table, name).iter().map(|cell| cell.parse().expect("a number")).collect()
}

/// Saves the first test images of the place's run below `in`, and returns them.
fn test_images(place: &Place, count: usize) -> data::Dataset {
    let resolved = place.only_run("runs").join("resolved.toml");
    let experiment = spec::load(&resolved, &spec::Overrides::default()).expect("valid").base;
    let dataset = data::load(&experiment.data, None).expect("drawn images");
    for index in 0..count {
        let image = GrayImage::from_raw(28, 28, dataset.test.get(index).to_vec());
        place.save(&format!("in/{index:02}.png"), image.expect("28x28"));
    }
    dataset
}

#[test]
fn test_images_have_the_same_errors_as_in_evaluate() {
    let place = trained(&[]);
    let dataset = test_images(&place, 60);
    // With the run's own noise, and without noise.
    let none = set(&["task.noise.mean=0", "task.noise.sigma=0"]);
    for (corrupt, noise) in [(&["--corrupt"][..], &[][..]), (&[], &none[..])] {
        place.succeed(&[&["apply", "small", "in", "-o", "out"][..], corrupt].concat());
        let table = place.text("out/_images.csv");
        assert_eq!(column(&table, "output")[7], "out/07.png");
        let whole = place.succeed(&[&["evaluate", "small", "--csv"][..], noise].concat()).stdout;
        for name in ["mse", "mae", "psnr", "ssim"] {
            let each = numbers(&table, &format!("{name}_to_image"));
            assert_eq!(each.len(), 60);
            let mean = each.iter().sum::<f64>() / 60.0;
            let told = numbers(&whole, name)[0];
            assert!((mean - told).abs() <= 1e-9 * told.abs(), "{name}: {mean} {told}");
        }
    }
    // The saved image is the output, rounded to 8 bits.
    let saved = open(&place, "out/03.png").to_luma8();
    let pairs = saved.as_raw().iter().zip(dataset.test.get(3));
    let squares = pairs.map(|(a, b)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2));
    let apart = squares.sum::<f64>() / 784.0;
    let told = numbers(&place.text("out/_images.csv"), "mse_to_image")[3];
    assert!((apart - told).abs() < 0.02 * told, "{apart} {told}");
}

#[test]
fn names_with_commas_and_quotes_are_escaped_and_codes_equal_those_of_json() {
    let place = trained(&[]);
    let names = ["a, b.png", "say \"c\".png"];
    for (number, name) in names.iter().enumerate() {
        place.save(&format!("in/{name}"), stroke(number as u32));
    }
    place.write("in/broken.png", "this is text");
    let ended = place.fails(1, &["apply", "small", "in", "-o", "out", "--codes", "--json"]);
    let table = place.text("out/_images.csv");
    let header = "image,output,mse_to_image,mae_to_image,psnr_to_image,ssim_to_image,\
                  z0,z1,z2,z3,z4,z5\n";
    assert!(table.starts_with(header), "{table}");
    assert_eq!(column(&table, "image"), names.map(|name| format!("in/{name}")));
    let result = ended.json();
    for index in 0..2 {
        let image = &result["images"][index];
        assert_eq!(image["ssim_to_image"], numbers(&table, "ssim_to_image")[index]);
        let code = image["code"].as_array().expect("a code");
        assert_eq!(code.len(), 6);
        let (json, csv) = (code[5].as_f64().expect("a number"), numbers(&table, "z5")[index]);
        assert!((json - csv).abs() <= 1e-6 * csv.abs(), "{json} {csv}");
    }
    place.succeed(&["apply", "small", "in/a, b.png", "-o", "plain"]);
    assert!(!place.text("plain/_images.csv").contains("z0"));
}

#[test]
fn codes_equal_those_of_the_run() {
    let place = trained(&["task={kind=\"reconstruct\"}", "evaluate.codes=true"]);
    test_images(&place, 3);
    place.succeed(&["apply", "small", "in", "-o", "out", "--codes"]);
    let own = place.text(place.only_run("runs").join("codes.csv"));
    let table = place.text("out/_images.csv");
    for name in ["z0", "z5"] {
        assert_eq!(column(&table, name), column(&own, name)[..3], "{name}");
    }
}

#[test]
fn images_that_are_inverted_for_the_network_are_compared_as_they_were_given() {
    let place = trained(&[]);
    let mut image = stroke(1);
    place.save("light.png", image.clone());
    imageops::invert(&mut image);
    place.save("dark.png", image);
    place.succeed(&["apply", "small", "light.png", "-o", "light"]);
    place.succeed(&["apply", "small", "dark.png", "-o", "dark", "--invert"]);
    let [light, dark] = ["light", "dark"].map(|out| place.text(format!("{out}/_images.csv")));
    let mse = |table: &str| numbers(table, "mse_to_image")[0];
    assert!((mse(&light) - mse(&dark)).abs() < 1e-5 * mse(&light), "{light}{dark}");
}

#[test]
fn the_largest_errors_come_first_if_asked_for_in_the_table_and_on_the_sheet() {
    let place = trained(&[]);
    let count = 40;
    for number in 0..count {
        place.save(&format!("in/{number:02}.png"), stroke(number));
    }
    let noise = GrayImage::from_fn(16, 16, |x, y| image::Luma([((x + y) % 2 * 255) as u8]));
    place.save("in/99.png", noise);
    let ended = place.succeed(&["apply", "small", "in", "-o", "out", "--sort", "error"]);
    ended.prints("those with the largest error side by side");
    let table = place.text("out/_images.csv");
    let errors = numbers(&table, "mse_to_image");
    assert!(errors.len() == 41 && errors.is_sorted_by(|one, next| one >= next), "{table}");
    place.succeed(&["apply", "small", "in", "-o", "first"]);
    let first = place.text("first/_images.csv");
    assert!(numbers(&first, "mse_to_image").len() == 41 && first.contains("\nin/00.png,"));
    assert!(!first.lines().nth(1).expect("a row").contains("99.png"), "{first}");
    assert_ne!(place.read("out/_sheet.png"), place.read("first/_sheet.png"));
}

#[test]
fn the_table_never_replaces_a_image() {
    let place = trained(&[]);
    place.save("one.png", stroke(1));
    fs::rename(place.path().join("one.png"), place.path().join("_images.csv")).expect("it");
    let ended = place.run(&["apply", "small", "_images.csv", "-o", "."]);
    expect(&ended, 2, &["_images.csv is an image to read"]);
}

#[test]
fn images_of_earlier_calls_are_kept_and_reported() {
    let place = trained(&[]);
    place.save("in/one.png", stroke(1));
    place.save("in/deep/two.png", stroke(2));
    let apply = |more: &[&str]| place.succeed(&[&["apply", "small", "-o", "out"], more].concat());
    for again in [&["in"][..], &["in"]] {
        let ended = apply(again);
        assert_eq!(ended.stderr, "");
    }
    let ended = apply(&["in/one.png"]);
    let told = "note: out also has 1 image from before this call, such as out/deep/two.png; \
                out/_images.csv lists those of this call\n";
    assert_eq!(ended.stderr, told);
    assert_eq!(apply(&["in/one.png", "--quiet"]).stderr, "");
    assert_eq!(
        files(&place.path().join("out")),
        ["_images.csv", "_sheet.png", "deep/two.png", "one.png"]
    );
    assert_eq!(column(&place.text("out/_images.csv"), "image"), ["in/one.png"]);
}

#[test]
fn p_values_are_shares_of_the_test_images_with_errors_at_least_as_large() {
    let place = trained(&[]);
    test_images(&place, 60);
    // The test images with the run's own noise, as a user would have them.
    place.succeed(&["apply", "small", "in", "-o", "corrupted", "--corrupt"]);
    for index in 0..60 {
        let noisy = open(&place, &format!("corrupted/{index:02}_corrupted.png"));
        place.save(&format!("noisy/{index:02}.png"), noisy);
    }
    let checks = GrayImage::from_fn(28, 28, |x, y| image::Luma([((x + y) % 2 * 255) as u8]));
    for (folder, corrupt, one) in
        [("noisy", &[][..], "noisy test image"), ("in", &["--corrupt"], "test image")]
    {
        place.save(&format!("{folder}/99.png"), checks.clone());
        let args = ["apply", "small", folder, "-o", "out", "--sort", "error", "--p-values"];
        let ended = place.succeed(&[&args[..], corrupt].concat());
        let table = place.text("out/_images.csv");
        let values = numbers(&table, "p_value");
        assert!(column(&table, "image")[0].ends_with("99.png"), "{table}");
        assert!((values[0] - 1.0 / 61.0).abs() < 1e-12, "no test image is as far off: {table}");
        // The test images themselves take all ranks, as far as their errors differ.
        let ranks = (1..=60).map(|rank| f64::from(rank + 1) / 61.0);
        assert!(
            values[1..].iter().zip(ranks).all(|(value, rank)| (value - rank).abs() < 1e-12),
            "{table}"
        );
        let rows = ended.stdout.lines().filter(|line| line.starts_with(&format!("{folder}/")));
        let listed = rows.count();
        assert!(listed == 10 && ended.stdout.contains("\nlargest error"), "{}", ended.stdout);
        let told = format!(
            "\n3 of 61 images have a p_value of 0.05 or less; of images like the run's 60 {one}s, 5 % would\n"
        );
        ended.prints(&told);
    }
}

#[test]
fn p_values_need_the_test_images_of_the_run() {
    let place = Place::small();
    for name in ["a", "b", "c", "d"] {
        place.save(&format!("own/{name}.png"), stroke(name.as_bytes()[0].into()));
    }
    let own = ["data={dataset=\"image_folder\", root=\"own\", image_size=[28, 28], channels=1}"];
    place.succeed(&[&["small.toml", "--quiet"][..], &set(&own)].concat());
    fs::rename(place.path().join("own"), place.path().join("elsewhere")).expect("it");
    let args = ["apply", "small", "elsewhere", "-o", "out"];
    let ended = place.run(&[&args[..], &["--p-values"]].concat());
    let advice = "--p-values compares with the run's own test images, which cannot be read: ";
    expect(&ended, 1, &[advice, "own"]);
    assert!(!place.path().join("out").exists(), "nothing is written");
    place.succeed(&args);
    assert!(!place.text("out/_images.csv").contains("p_value"));
}
