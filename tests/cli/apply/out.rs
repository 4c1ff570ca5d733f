//! Where results are written: nothing else is ever replaced.

use super::{expect, files, stroke, trained};
use crate::place::RUNNER;

#[test]
fn inputs_are_never_replaced() {
    let place = trained(&[]);
    place.save("in/a.png", stroke(1));
    place.save("in/b.jpg", stroke(1));
    let before = place.read("in/a.png");
    place.fails(2, &["apply", "small", "in", "-o", "in"]).tells("is the folder of the images");
    let ended = place.run(&["apply", "small", "in/a.png", "-o", "./in"]);
    expect(&ended, 2, &["./in/a.png is an image to read", "another folder"]);
    place.fails(2, &["apply", "small", "in/b.jpg", "-o", "in/a.png"]).tells("this is a file");
    place.fails(2, &["apply", "small", "in/a.png", "-o", "new/../in"]).tells("without ..");
    assert_eq!(files(&place, "in"), ["a.png", "b.jpg"]);
    assert_eq!(before, place.read("in/a.png"));
    // A folder below the images is fine, and earlier results are not input to the next call.
    for _ in 0..2 {
        place.succeed(&["apply", "small", "in", "-o", "in/out"]).prints("2 images");
    }
}

#[test]
fn other_files_than_earlier_results_are_never_replaced() {
    let place = trained(&[]);
    place.save("in/a.png", stroke(1));
    for (own, name) in [("own", "a.png"), ("sheet", "_sheet.png"), ("table", "_images.csv")] {
        place.write(format!("{own}/{name}"), "mine");
        let ended = place.run(&["apply", "small", "in", "-o", own]);
        expect(&ended, 2, &[&format!("{own}/{name} already exists"), "another folder"]);
        assert_eq!(files(&place, own), [name]);
        assert_eq!(place.text(format!("{own}/{name}")), "mine");
    }
    place.write("notes/notes.txt", "mine");
    for _ in 0..2 {
        place.succeed(&["apply", "small", "in", "-o", "notes"]);
    }
    for out in ["res.png", "-"] {
        place.fails(2, &["apply", "small", "in", "-o", out]).tells("need a folder");
    }
    let piped = place
        .script("sh", &format!("cat in/a.png | {RUNNER} apply small - -o piped --json"))
        .json();
    assert_eq!(piped["images"][0]["output"], "piped/stdin.png");
}
