//! Draws figures with plausible data for visual inspection: `cargo run --example gallery -- FOLDER`.

use image::RgbImage;
use rand::RngExt;
use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    figures::{
        Scale, curves,
        diagram::Diagram,
        heatmap::Heatmap,
        lines::{Form, Line, LinePlot},
        manifold,
        scatter::{Scatter, View},
        sheet,
        style::line_colour,
        to_images,
        valued::ValuedPoints,
    },
    png,
    rng::{Purpose, stream},
};
use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: cargo run --example gallery -- FOLDER")?;
    fs::create_dir_all(&folder)?;
    let figures = [sheets(), run_curves(), sweep(), planes(), diagrams()];
    for (name, image) in figures.into_iter().flatten() {
        fs::write(Path::new(&folder).join(format!("{name}.png")), png::encode(&image)?)?;
    }
    Ok(())
}

/// Figures with their file names.
type Figures = Vec<(&'static str, RgbImage)>;

/// Draws rings and bars that look a little like digits.
fn digits(count: usize) -> Vec<f32> {
    let mut values = Vec::new();
    for i in 0..count {
        let mut rng = stream(1, Purpose::Synthetic, 0, i as u64);
        let (rx, ry) = (rng.random_range(3.0..7.0_f32), rng.random_range(6.0..10.0_f32));
        let bar = i % 3 == 0;
        for y in 0..28_u8 {
            for x in 0..28_u8 {
                let (dx, dy) = ((f32::from(x) - 13.5) / rx, (f32::from(y) - 13.5) / ry);
                let ring = (dx.hypot(dy) - 1.0).abs() * rx.min(ry);
                let bar = if bar && dy.abs() < 1.0 { (dx * rx).abs() } else { f32::MAX };
                values.push((1.8 - ring.min(bar)).clamp(0.0, 1.0));
            }
        }
    }
    values
}

/// Draws an approximately normal number with standard deviation 1.
fn normal(rng: &mut impl RngExt) -> f32 {
    0.87 * (0..4).map(|_| rng.random_range(-1.0..1.0_f32)).sum::<f32>()
}

fn noisy(values: &[f32], sigma: f32) -> Vec<f32> {
    let mut rng = stream(1, Purpose::TestNoise, 0, 0);
    values.iter().map(|v| (v + 0.5 + sigma * normal(&mut rng)).clamp(0.0, 1.0)).collect()
}

fn sheets() -> Figures {
    let size = Size::new(28, 28, 1);
    let (clean, blurred) = (digits(100), noisy(&digits(100), 0.1));
    let hard = noisy(&clean, 0.5);
    let [clean, hard, blurred] = [&clean, &hard, &blurred].map(|v| to_images(v, size));
    let levels = ["0.5", "0.75", "1.0"]
        .map(|sigma| (format!("noise sigma {sigma}"), &hard[..9], &blurred[..9]));
    let sheets = [
        ("reconstruction", sheet::reconstruction("Reconstructions", &clean, &blurred)),
        ("denoising", sheet::denoising("Denoised images", &clean, &hard, &blurred, (3, 9))),
        ("noise_levels", sheet::noise_levels("Trained at sigma 0.5", &clean[..9], levels)),
        ("grid", sheet::grid("A grid", &clean, 10)),
        ("colorization", sheet::colorization("Colours", &clean, &hard, &blurred, (4, 3))),
    ];
    sheets.map(|(name, sheet)| (name, sheet.render())).into()
}

fn run_curves() -> Figures {
    let loss = |floor: f64, noise: f64| -> Vec<f64> {
        let wobble = |i: u32| f64::from((i * 7919) % 101) / 101.0 - 0.5;
        (0..20).map(|i| floor + 0.05 / (1.0 + f64::from(i)) + noise * wobble(i)).collect()
    };
    let (train, validation) = (loss(0.015, 0.0005), loss(0.0162, 0.002));
    let rates: Vec<_> = (0..60).map(|i| (f64::from(i), 1e-3 * 0.316_f64.powi(i / 12))).collect();
    let psnr: Vec<f64> = (0..20).map(|i| 19.0 - 4.0 / (1.0 + f64::from(i))).collect();
    let over_sigma = vec![(0.25, 18.9), (0.5, 18.0), (0.75, 15.5), (1.0, 13.7)];
    vec![
        ("loss", curves::learning_curves("Loss", "loss (mse)", &train, &validation, Some(16))),
        ("rate", curves::learning_rate("Learning rate", &rates)),
        ("psnr", curves::metric_curve("Validation PSNR", "PSNR (dB)", &psnr)),
        ("sigma", curves::over_sigma("Other noise levels", "PSNR (dB)", over_sigma)),
    ]
}

fn sweep() -> Figures {
    let plot = |title: &str, x: Scale, lines: Vec<Line>| LinePlot {
        title: title.to_owned(),
        y_label: "val_loss".to_owned(),
        x,
        lines,
        ..LinePlot::default()
    };
    let rates = vec![(1e-4, 0.021), (3e-4, 0.0171), (1e-3, 0.0158), (3e-3, f64::NAN), (1e-2, 0.03)];
    let complete = Line {
        deviations: vec![0.0005, 0.0002, 0.0001, f64::NAN, 0.009],
        form: Form::Marked,
        ..Line::new("", rates)
    };
    let colour = Some(line_colour(0));
    let pruned = Line { form: Form::Hollow, colour, ..Line::new("", vec![(3e-3, 0.025)]) };
    let names = (0..9).map(|i| format!("kind=adam, learning_rate=0.00{i}")).collect();
    let points = (0..9).map(|i| (f64::from(i), 0.015 + 0.001 * f64::from(i * 5 % 9))).collect();
    let dots = Line { form: Form::Dots, ..Line::new("", points) };
    let value = |i: u32| if i == 7 { f64::NAN } else { 13.157 + 0.003 * f64::from(i * 5 % 12) };
    let map = Heatmap {
        title: "Validation PSNR".to_owned(),
        note: "1 combination diverged".to_owned(),
        x_label: "train.optimizer.learning_rate".to_owned(),
        y_label: "model.latent_dim".to_owned(),
        metric: "val_psnr".to_owned(),
        columns: ["0.0001", "0.0003", "0.001", "0.003"].map(str::to_owned).into(),
        rows: ["2", "16", "64"].map(str::to_owned).into(),
        values: (0..12).map(value).collect(),
    };
    let random =
        |i: u32| ((1e-4 * 1.3_f64.powf(f64::from(i)), f64::from(4 + i * 7 % 20)), value(i));
    let points = ValuedPoints {
        title: "Validation PSNR at random settings".to_owned(),
        metric: "val_psnr".to_owned(),
        points: (0..20).map(random).collect(),
        best: Some(19),
        ..ValuedPoints::default()
    };
    vec![
        ("sweep", plot("Over the learning rate", Scale::Auto, vec![complete, pruned]).render()),
        ("sweep_tables", plot("Over tables", Scale::Names(names), vec![dots]).render()),
        ("heatmap", map.render()),
        ("points", points.render()),
    ]
}

fn planes() -> Figures {
    let mut rng = stream(2, Purpose::Embedding, 0, 0);
    let labels: Vec<u16> = (0..10_000).map(|i| i % 10).collect();
    let mut codes = |radius: f32| -> Vec<f32> {
        let code = |class: &u16| {
            let angle = f32::from(*class) * 0.628;
            let (x, y) = (radius * angle.cos(), radius * angle.sin());
            [x + 0.6 * normal(&mut rng), y + 0.4 * normal(&mut rng)]
        };
        labels.iter().flat_map(code).collect()
    };
    let (apart, mixed) = (codes(2.3), codes(0.2));
    let numbers: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    let names =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
            .map(str::to_owned);
    let scatter = |codes, classes, view| {
        let title = "Test codes".to_owned();
        let (x_label, y_label) = ("z[0]".to_owned(), "z[1]".to_owned());
        Scatter { title, x_label, y_label, codes, labels: &labels, classes, view }.render()
    };
    let ranges = [(-4.0, 4.0); 2];
    let decoded = digits(900);
    let decoded = to_images(&decoded, Size::new(28, 28, 1));
    vec![
        ("scatter", scatter(&apart, &numbers, View::Ranges(ranges))),
        ("scatter_names", scatter(&mixed[..2_000], &names, View::Fit)),
        ("manifold", manifold("Decoded digits", &decoded, 30, ranges)),
    ]
}

fn diagrams() -> Figures {
    let (hidden, latent) = (Activation::Relu, Activation::Linear);
    let functions = Activations { hidden, latent, output: Activation::Sigmoid };
    let conv = |size, filters: &[usize]| {
        let block = |&filters: &usize| ConvBlock { filters, kernel: 3, stride: 2 };
        let blocks: Vec<_> = filters.iter().map(block).collect();
        Architecture::conv(size, size.channels, &blocks, 16, functions)
    };
    let small = conv(Size::new(28, 28, 1), &[32, 64]);
    let deep = conv(Size::new(256, 256, 3), &[16, 32, 32, 64, 64, 128, 128, 256]);
    let dense = Architecture::mlp(Size::new(28, 28, 1), 1, &[512, 128], 2, functions);
    vec![
        ("model", Diagram::of(&small, "ae_mnist: convolutional autoencoder").render()),
        ("model_deep", Diagram::of(&deep, "A deep network").render()),
        ("model_mlp", Diagram::of(&dense, "mlp").render()),
    ]
}
