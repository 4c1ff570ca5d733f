//! The best epoch, where it is not the last one.

use crate::place::{KEPT, Place, column, set};
use runner::record::Checkpoint;

#[test]
fn results_come_from_the_best_epoch_and_not_from_the_last() {
    let place = Place::small();
    // Four epochs that train well, and two at 300 times the rate, which spoil it.
    let settings = [
        "train.epochs=6",
        "train.batch_size=8",
        "train.schedule={kind=\"multi_step\", epochs=[4], gamma=300.0}",
        "evaluate.noise_sigmas=[0.5]",
    ];
    place.succeed(&[&["small.toml"][..], &set(&settings)].concat());
    let run = place.only_run("runs");

    let epochs = [KEPT[1], KEPT[2]].map(|file| {
        let checkpoint = Checkpoint::load(&run.join(file));
        checkpoint.expect("a checkpoint").snapshot.state.epoch
    });
    assert_eq!(epochs, [6, 4], "of the last and the best");
    let levels = column(&place.text(run.join("noise_levels.csv")), "mse");
    let epochs = column(&place.text(run.join("metrics.csv")), "val_mse");
    assert_eq!(levels, epochs[3..4]);
    assert_ne!(levels, epochs[5..6]);

    let picture = image::GrayImage::from_fn(28, 28, |x, y| {
        image::Luma([if x.abs_diff(14) < 4 && y.abs_diff(14) < 9 { 230 } else { 0 }])
    });
    picture.save(place.path().join("one.png")).expect("a picture");
    place.succeed(&["apply", "small", "one.png", "-o", "best"]);
    place.succeed(&["apply", "small", "one.png", "-o", "last", "--last"]);
    assert!(place.read("best/one.png") != place.read("last/one.png"));
}
