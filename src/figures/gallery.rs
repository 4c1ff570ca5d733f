//! Every figure with plausible data, written to a folder for looking at:
//! `RUNNER_GALLERY=folder cargo test --lib gallery`. Without the variable they are drawn only.

use super::*;
use crate::arch::Size;
use crate::figures::lines::{Form, Line, LinePlot};
use crate::rng::{Purpose, stream};
use rand::RngExt;

fn save(name: &str, image: &RgbImage) {
    let bytes = png(image).expect("an image with pixels encodes");
    let read = image::load_from_memory(&bytes).expect("what was encoded decodes").into_rgb8();
    assert_eq!(&read, image, "{name} survives the file");
    if let Some(folder) = std::env::var_os("RUNNER_GALLERY") {
        std::fs::write(std::path::Path::new(&folder).join(name), bytes).expect("writable folder");
    }
}

/// Pictures of rings, bars and discs, a little like digits.
fn digits(count: usize) -> Vec<f32> {
    let mut values = Vec::new();
    for i in 0..count {
        let mut rng = stream(1, Purpose::Synthetic, 0, i as u64);
        let (rx, ry) = (rng.random_range(3.0..7.0_f32), rng.random_range(6.0..10.0_f32));
        let bar = i % 3 == 0;
        for y in 0..28 {
            for x in 0..28 {
                let (dx, dy) = ((x as f32 - 13.5) / rx, (y as f32 - 13.5) / ry);
                let ring = (dx.hypot(dy) - 1.0).abs() * rx.min(ry);
                let bar = if bar && dy.abs() < 1.0 { (dx * rx).abs() } else { f32::MAX };
                values.push((1.8 - ring.min(bar)).clamp(0.0, 1.0));
            }
        }
    }
    values
}

fn noisy(values: &[f32], sigma: f32) -> Vec<f32> {
    let mut rng = stream(1, Purpose::TestNoise, 0, 0);
    let noise = |rng: &mut crate::rng::ChaCha8Rng| {
        (0..4).map(|_| rng.random_range(-1.0..1.0_f32)).sum::<f32>()
    };
    values.iter().map(|v| (v + 0.5 + sigma * 0.87 * noise(&mut rng)).clamp(0.0, 1.0)).collect()
}

#[test]
fn sheets() {
    let size = Size::new(28, 28, 1);
    let (clean, blurred) = (digits(100), noisy(&digits(100), 0.1));
    let hard = noisy(&clean, 0.5);
    let pictures = |values| Picture::split(values, size);
    let title = "First 8 test pictures and their reconstructions";
    save(
        "reconstruction.png",
        &sheet::reconstruction(title, &pictures(&clean), &pictures(&blurred)).render(),
    );
    let title = "Denoising test pictures (gaussian noise, mean 0.5, sigma 0.5)";
    let [c, h, b] = [&clean, &hard, &blurred].map(|v| pictures(v));
    save("denoising.png", &sheet::denoising(title, &c, &h, &b, (3, 9)).render());
    let levels: Vec<_> = ["0.5", "0.75", "1.0"]
        .iter()
        .map(|s| (format!("noise sigma {s}"), h[..9].to_vec(), b[..9].to_vec()))
        .collect();
    let title = "Trained at sigma 0.5, tested at other noise levels";
    save("noise_levels.png", &sheet::noise_levels(title, &c[..9], &levels).render());
    save("grid.png", &sheet::grid("True colour", &c, 10).render());
    let rgb: Vec<f32> = (0..32 * 32 * 3 * 12)
        .map(|i| (i % 3072) as f32 / 3072.0 * if i % 3 == 0 { 0.3 } else { 1.0 })
        .collect();
    let gray: Vec<f32> = (0..32 * 32 * 12).map(|i| (i % 1024) as f32 / 1024.0).collect();
    let (rgb, gray) =
        (Picture::split(&rgb, Size::new(32, 32, 3)), Picture::split(&gray, Size::new(32, 32, 1)));
    save(
        "colorization.png",
        &sheet::colorization("Colorization of test pictures", &rgb, &gray, &rgb, (4, 3)).render(),
    );
    save("empty_sheet.png", &sheet::grid("Nothing here", &[], 3).render());
}

#[test]
fn curves() {
    let loss = |n: usize, floor: f64, noise: f64| -> Vec<f64> {
        let wobble = |i: usize| ((i * 7919) % 101) as f64 / 101.0 - 0.5;
        (0..n).map(|i| floor + 0.05 / (1.0 + i as f64) + noise * wobble(i)).collect()
    };
    let (train, val) = (loss(20, 0.0150, 0.0005), loss(20, 0.0162, 0.002));
    save(
        "curves.png",
        &curves::learning_curves("Loss of ae_latent2", "loss (mse)", &train, &val, Some(16)),
    );
    let (train, val) = (loss(1000, 0.001, 0.0001), loss(1000, 0.0015, 0.0006));
    save(
        "curves_1000.png",
        &curves::learning_curves("Loss of a long run", "loss (mse)", &train, &val, Some(900)),
    );
    save(
        "curves_1.png",
        &curves::learning_curves("Loss of ae_mnist", "loss (mse)", &[0.0312], &[0.0105], Some(1)),
    );
    save("curves_0.png", &curves::learning_curves("Loss of nothing", "loss (mse)", &[], &[], None));
    let holes = [0.03, f64::NAN, 0.02, 0.018, f64::INFINITY, 0.015];
    save(
        "curves_gaps.png",
        &curves::learning_curves("Loss with gaps", "loss (mse)", &holes, &[f64::NAN; 6], Some(2)),
    );
    let rate = |i: i32| (f64::from(i), 1e-3 * 0.316_f64.powi(i / 12));
    let rates: Vec<_> = (0..60).map(rate).collect();
    save("rate.png", &curves::learning_rate("Learning rate", &rates));
    let psnr: Vec<f64> = (0..20).map(|i| 19.0 - 4.0 / (1.0 + f64::from(i))).collect();
    save("psnr.png", &curves::metric_curve("Validation PSNR", "PSNR (dB)", &psnr));
    let sigma = vec![(0.25, 18.9), (0.5, 18.0), (0.75, 15.5), (1.0, 13.7)];
    save("sigma.png", &curves::over_sigma("Robustness to other noise levels", "PSNR (dB)", sigma));
    let trials = [
        (1e-4, 0.021, 0.0005),
        (3e-4, 0.0171, 0.0002),
        (1e-3, 0.0158, 0.0001),
        (3e-3, 0.0165, 0.0011),
        (1e-2, 0.031, 0.009),
    ]
    .map(|(x, mean, deviation)| ((x, mean), deviation));
    let swept = |title: &str, key: &str, line: Line, x: Scale| LinePlot {
        title: title.to_owned(),
        x_label: key.to_owned(),
        y_label: "val_loss".to_owned(),
        x,
        lines: vec![line],
        ..LinePlot::default()
    };
    let (points, deviations) = trials.into_iter().unzip();
    let line = Line { points, deviations, form: Form::Marked, ..Line::default() };
    let key = "train.optimizer.learning_rate";
    save("sweep.png", &swept("Sweep over the learning rate", key, line, Scale::Auto).render());
    let names = ["mse", "mae", "bce", "ssim"].map(str::to_owned).to_vec();
    let points = vec![(0.0, 0.015), (1.0, 0.017), (2.0, 0.016), (3.0, 0.03)];
    let line = Line { form: Form::Dots, ..Line::new("", points) };
    let line_of_names = line.clone();
    let plot = swept("Sweep over the loss", "train.loss", line, Scale::Names(names));
    save("sweep_names.png", &plot.render());
    let names = (0..9).map(|i| format!("kind=adam, learning_rate=0.00{i}")).collect();
    let plot = swept("Sweep over tables", "train.optimizer", line_of_names, Scale::Names(names));
    save("sweep_tables.png", &plot.render());
}

#[test]
fn planes() {
    let mut rng = stream(2, Purpose::Embedding, 0, 0);
    let (mut codes, mut labels) = (Vec::new(), Vec::new());
    for i in 0..10_000_u16 {
        let class = i % 10;
        let angle = f32::from(class) * 0.628;
        let mut normal = || (0..4).map(|_| rng.random_range(-1.0..1.0_f32)).sum::<f32>();
        codes.extend([2.3 * angle.cos() + 0.55 * normal(), 2.3 * angle.sin() + 0.4 * normal()]);
        labels.push(class);
    }
    let classes: Vec<String> = (0..10).map(|i| i.to_string()).collect();
    let title = "Test codes of ae_latent2".to_owned();
    let (x_label, y_label) = ("z[0]".to_owned(), "z[1]".to_owned());
    let digits_of = scatter::Scatter {
        title,
        x_label,
        y_label,
        codes: &codes,
        labels: &labels,
        classes: &classes,
        view: scatter::View::Ranges([(-4.0, 4.0); 2]),
    };
    save("scatter.png", &digits_of.render());
    let names =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
            .map(str::to_owned);
    let some = scatter::Scatter {
        codes: &codes[..600],
        classes: &names,
        view: scatter::View::Fit,
        ..digits_of.clone()
    };
    save("scatter_names.png", &some.render());
    save(
        "scatter_plain.png",
        &scatter::Scatter {
            labels: &[],
            classes: &[],
            view: scatter::View::Fit,
            ..digits_of.clone()
        }
        .render(),
    );
    save("scatter_empty.png", &scatter::Scatter { codes: &[], ..digits_of }.render());
    let decoded = digits(900);
    let title = "Decoded digits over the latent plane";
    save(
        "manifold.png",
        &manifold(title, &Picture::split(&decoded, Size::new(28, 28, 1)), 30, [(-4.0, 4.0); 2]),
    );
    let rates = ["0.0001", "0.0003", "0.001", "0.003"].map(str::to_owned).to_vec();
    let values = (0..12)
        .map(|i| if i == 7 { f64::NAN } else { 0.013 + 0.0021 * f64::from(i * 5 % 12) })
        .collect();
    let map = heatmap::Heatmap {
        title: "Validation loss of the sweep".into(),
        note: "mean over repeats".to_owned(),
        x_label: "train.optimizer.learning_rate".into(),
        y_label: "model.latent_dim".into(),
        metric: "val_loss".into(),
        columns: rates,
        rows: ["2", "16", "64"].map(str::to_owned).to_vec(),
        values,
    };
    save("heatmap.png", &map.render());
    save(
        "heatmap_empty.png",
        &heatmap::Heatmap { title: "Nothing".into(), ..heatmap::Heatmap::default() }.render(),
    );
}

#[test]
fn diagrams() {
    use crate::arch::{Activation, Activations, Architecture, ConvBlock};
    let (hidden, latent) = (Activation::Relu, Activation::Linear);
    let functions = Activations { hidden, latent, output: Activation::Sigmoid };
    let block = |filters| ConvBlock { filters, kernel: 3, stride: 2 };
    let small = Architecture::conv(Size::new(28, 28, 1), 1, &[block(32), block(64)], 16, functions);
    let drawn = diagram::Diagram::of(&small, "ae_mnist: convolutional autoencoder");
    save("model.png", &drawn.render());
    if let Some(folder) = std::env::var_os("RUNNER_GALLERY") {
        std::fs::write(std::path::Path::new(&folder).join("model.svg"), drawn.svg())
            .expect("writable folder");
    }
    let blocks: Vec<_> = [16, 32, 32, 64, 64, 128, 128, 256].map(block).to_vec();
    let deep = Architecture::conv(Size::new(256, 256, 3), 3, &blocks, 256, functions);
    save("model_deep.png", &diagram::Diagram::of(&deep, "A deep network").render());
    let dense = Architecture::mlp(Size::new(28, 28, 1), 1, &[512, 128], 2, functions);
    save("model_mlp.png", &diagram::Diagram::of(&dense, "mlp").render());
}
