//! The figures and tables that a run leaves.

use crate::place::{Place, files, set};
use std::path::{Path, PathBuf};

/// Trains a small autoencoder, changed by `settings`, and returns its folder's name.
pub fn train(place: &Place, settings: &[&str]) -> PathBuf {
    place.write(
        "ae.toml",
        "[data]\ndataset = \"synthetic_digits\"\ntrain_limit = 64\ntest_limit = 40\n\
         [model]\nfilters = [2, 4]\n[train]\nepochs = 1\n",
    );
    place.succeed(&[&["ae.toml"][..], &set(settings)].concat());
    place.only_run("runs")
}

/// The names of a run's figures, sorted.
fn figures(run: &Path) -> Vec<String> {
    files(&run.join("figures"))
}

fn size(run: &Path, name: &str) -> (u32, u32) {
    let file = run.join("figures").join(name);
    image::image_dimensions(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Returns the figures of every reconstruction and the additional ones expected.
fn expected<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let always = [
        "learning_rate.png",
        "loss.png",
        "model.png",
        "model.svg",
        "quality.png",
        "reconstruction.png",
    ];
    let mut names = [&always[..], more].concat();
    names.sort_unstable();
    names
}

#[test]
fn a_code_of_two_numbers_gets_a_plot_and_a_manifold() {
    let place = Place::new();
    let run = train(&place, &["model.latent_dim=2", "figures.manifold=6"]);
    assert_eq!(figures(&run), expected(&["codes.png", "manifold.png"]));
    let (width, height) = size(&run, "manifold.png");
    assert!(width >= 6 * 28 && height >= 6 * 28, "{width} x {height}");
    let svg = place.text(run.join("figures/model.svg"));
    assert!(svg.starts_with("<svg") && svg.contains("latent"), "{svg}");
}

#[test]
fn the_axes_of_the_plane_follow_the_code_range() {
    let drawn = |range: &str| {
        let place = Place::new();
        let run = train(&place, &["model.latent_dim=2", "figures.manifold=2", range]);
        ["codes.png", "manifold.png"].map(|name| place.read(run.join("figures").join(name)))
    };
    let [codes, manifold] = drawn("figures.code_range=[-4, 4]");
    let [near_codes, near_manifold] = drawn("figures.code_range=[-1, 1]");
    let [fitted_codes, fitted_manifold] = drawn("figures.code_range=\"fit\"");
    assert!(codes != near_codes && codes != fitted_codes && near_codes != fitted_codes);
    assert!(manifold != near_manifold && manifold != fitted_manifold);
}

#[test]
fn the_learning_rate_figure_shows_changes_within_an_epoch() {
    let drawn = |warmup: &str| {
        let place = Place::new();
        let run = train(&place, &["train.batch_size=16", warmup]);
        ["metrics.csv", "figures/learning_rate.png"].map(|file| place.read(run.join(file)))
    };
    let rate = |csv: &[u8]| {
        let text = String::from_utf8_lossy(csv).into_owned();
        text.trim_end().rsplit(',').next().map(str::to_owned)
    };
    // The last of the four steps has the full rate in both.
    let [rows, figure] = drawn("train.warmup_steps=0");
    let [warm_rows, warm_figure] = drawn("train.warmup_steps=4");
    assert_eq!(rate(&rows), rate(&warm_rows));
    assert!(figure != warm_figure);
}

#[test]
fn longer_codes_are_shown_along_their_principal_components() {
    let place = Place::new();
    let run = train(&place, &["model.latent_dim=5"]);
    assert_eq!(figures(&run), expected(&["codes_pca.png"]));
}

#[test]
fn a_code_of_one_number_is_shown_on_a_line() {
    for setting in ["figures.codes=\"auto\"", "figures.codes=\"pca\""] {
        let place = Place::new();
        let run = train(&place, &["model.latent_dim=1", setting]);
        assert_eq!(figures(&run), expected(&["codes.png"]), "{setting}");
    }
}

#[test]
fn codes_are_not_drawn_unless_asked_for() {
    let place = Place::new();
    let run = train(&place, &["figures.codes=\"none\""]);
    assert_eq!(figures(&run), expected(&[]));
    assert!(!run.join("codes.csv").exists());
}

#[test]
fn t_sne_of_the_same_run_is_the_same_figure_on_one_thread_or_three() {
    let drawn = |threads: &str| {
        let place = Place::new();
        place.write(
            "tsne.toml",
            "[data]\ntrain_limit = 64\ntest_limit = 50\n[model]\nfilters = [2, 4]\n\
             [train]\nepochs = 1\n[figures]\ncodes = \"tsne\"\n",
        );
        place.succeed(&["tsne.toml", "--threads", threads]);
        let run = place.only_run("runs");
        assert_eq!(figures(&run), expected(&["codes_tsne.png"]));
        place.read(run.join("figures/codes_tsne.png"))
    };
    assert!(drawn("1") == drawn("3"));
}

#[test]
fn interpolation_and_traversal_are_drawn_when_asked_for() {
    let place = Place::new();
    let settings = [
        "model.latent_dim=3",
        "figures.interpolations=4",
        "figures.traversal=true",
        "figures.scale=2",
        "evaluate.codes=true",
    ];
    let run = train(&place, &settings);
    let names = ["codes_pca.png", "interpolation.png", "traversal.png"];
    assert_eq!(figures(&run), expected(&names));
    let (width, height) = size(&run, "interpolation.png");
    assert!(width > 12 * 56 && height > 4 * 56, "{width} x {height}");
    let (width, height) = size(&run, "traversal.png");
    assert!(width > 9 * 56 && height > 3 * 56, "{width} x {height}");

    let csv = place.text(run.join("codes.csv"));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "index,class,z0,z1,z2");
    assert_eq!(lines.len(), 41);
    assert!(lines[1..].iter().all(|line| line.split(',').count() == 5), "{csv}");
}

#[test]
fn images_without_classes_get_every_figure_too() {
    let place = Place::new();
    for index in 0..24_u8 {
        let shade = |x, y| image::Luma([index * 10 + (x * y) as u8 % 13]);
        place.save(&format!("images/{index:02}.png"), image::GrayImage::from_fn(12, 9, shade));
    }
    for latent in [1, 2, 3] {
        place.write(
            "own.toml",
            format!(
                "[experiment]\nname = \"own{latent}\"\n[data]\ndataset = \"image_folder\"\n\
                 root = \"images\"\nimage_size = [9, 12]\nchannels = 1\n\
                 [model]\nfilters = [2]\nlatent_dim = {latent}\n[train]\nepochs = 1\n\
                 [figures]\ninterpolations = 2\ntraversal = true\nmanifold = 3\n"
            ),
        );
        place.succeed(&["own.toml", "--runs-dir", &format!("runs{latent}")]);
        let names = figures(&place.only_run(&format!("runs{latent}")));
        let codes = if latent < 3 { "codes.png" } else { "codes_pca.png" };
        let mut more = vec![codes, "interpolation.png", "traversal.png"];
        more.extend((latent == 2).then_some("manifold.png"));
        assert_eq!(names, expected(&more));
    }
}

#[test]
fn colorization_leaves_its_grids_and_the_codes() {
    let place = Place::new();
    place.write(
        "colour.toml",
        "[data]\ndataset = \"synthetic_scenes\"\ntrain_limit = 64\ntest_limit = 110\n\
         [task]\nkind = \"colorize\"\n[model]\nfilters = [2, 4]\n[train]\nepochs = 1\n\
         [figures]\ninterpolations = 2\n",
    );
    place.succeed(&["colour.toml"]);
    let run = place.only_run("runs");
    for name in ["true_colour.png", "gray.png", "predicted.png"] {
        let (width, height) = size(&run, name);
        assert!(width > 10 * 128 && height > 10 * 128, "{name}: {width} x {height}");
    }
    for name in ["colorization.png", "codes_pca.png", "interpolation.png", "model.svg"] {
        assert!(run.join("figures").join(name).exists(), "{name}");
    }
}
