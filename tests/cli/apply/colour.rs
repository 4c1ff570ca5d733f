//! Colour images for gray networks, and results in colour.

use super::{expect, open, trained};
use image::{DynamicImage, Rgb, RgbImage};

#[test]
fn a_colour_photograph_of_another_size_fits_a_gray_run_and_light_paper_is_pointed_out() {
    let place = trained(&["task={kind=\"reconstruct\"}"]);
    let dark_ink = RgbImage::from_fn(100, 61, |x, _| {
        if (40..60).contains(&x) { Rgb([20, 10, 60]) } else { Rgb([250, 240, 230]) }
    });
    place.save("photo.jpeg", dark_ink);
    let ended = place.succeed(&["apply", "small", "photo.jpeg", "-o", "out"]);
    let fitted = "note: to fit the network: 1 image cropped to the middle and scaled to 28x28, 1 colour image made \
                  gray\n";
    expect(&ended, 0, &["1 image reconstructed", "add --invert", fitted]);
    let plain = open(&place, "out/photo.png");
    assert_eq!(plain.color(), image::ColorType::L8);
    assert_eq!((plain.width(), plain.height()), (28, 28));

    let ended = place.succeed(&["apply", "small", "photo.jpeg", "-o", "inverted", "--invert"]);
    assert!(!ended.stderr.contains("add --invert"), "{}", ended.stderr);
    // A network with little training outputs a blur about as dark as its training images, which is light once
    // inverted.
    let mean = |image: &DynamicImage| {
        image.to_luma8().pixels().map(|pixel| f64::from(pixel.0[0])).sum::<f64>() / 784.0
    };
    let inverted = open(&place, "inverted/photo.png");
    assert!(mean(&plain) < mean(&inverted), "{} {}", mean(&plain), mean(&inverted));

    let ended = place.run(&["apply", "small", "photo.jpeg", "-o", "out", "--corrupt"]);
    expect(&ended, 2, &["was trained without", "leave --corrupt out"]);
}

#[test]
fn a_colorizing_run_outputs_colour_for_gray_and_colour_images() {
    let place = trained(&["data.dataset=\"synthetic_scenes\"", "task={kind=\"colorize\"}"]);
    let colour = RgbImage::from_fn(64, 48, |x, y| Rgb([200, (x * 4) as u8, (y * 5) as u8]));
    place.save("in/colour.png", colour.clone());
    place.save("in/gray.jpg", DynamicImage::ImageRgb8(colour).to_luma8());
    let ended = place.succeed(&["apply", "small", "in", "-o", "out"]);
    ended.prints("2 images colorized");
    let fitted = "note: to fit the network: 2 images cropped to the middle and scaled to 32x32\n";
    assert_eq!(ended.stderr, fitted);
    for name in ["out/colour.png", "out/gray.png"] {
        let image = open(&place, name);
        assert_eq!(image.color(), image::ColorType::Rgb8);
        assert_eq!((image.width(), image.height()), (32, 32));
    }
    let ended = place.run(&["apply", "small", "in", "-o", "out", "--corrupt"]);
    expect(&ended, 2, &["its images are colorized"]);
}
