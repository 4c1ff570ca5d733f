//! Turns every architecture under `experiments/` into a network type with compile-time shapes.
//!
//! The files are read by the program's own loader, so a file that `runner` would refuse fails the build with
//! the same message. Two files are written: the type-level arithmetic that the architectures need
//! (`dims.rs`), and a type alias for each architecture with a function that looks it up (`networks.rs`).
//! rustc then checks that the layers of each alias fit together.

#[path = "src/arch/mod.rs"]
#[allow(dead_code, unused_imports)]
mod arch;
#[path = "src/spec/mod.rs"]
#[allow(dead_code, unused_imports)]
mod spec;
#[path = "src/words/mod.rs"]
#[allow(dead_code, unused_imports)]
mod words;

use arch::{Architecture, Layer, Op, Shape, Size};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process,
};

fn main() {
    println!("cargo::rerun-if-changed=experiments");
    if let Err(message) = run() {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|e| e.to_string())?);
    kernels(&out)?;
    println!("cargo::rustc-env=RUNNER_RUSTC_VERSION={}", compiler()?);
    let networks = collect(Path::new("experiments"))?;
    write(&out.join("dims.rs"), &dims(networks.values().map(|(arch, _)| arch)))?;
    write(&out.join("networks.rs"), &aliases(&networks))
}

/// Compiles the CUDA kernels to machine code for every GPU generation that nvcc knows, and to PTX for later
/// ones. Without the CUDA feature, or if it is only checked, nothing is compiled.
fn kernels(out: &Path) -> Result<(), String> {
    let folder = "src/device/cuda/kernels/cu";
    println!("cargo::rerun-if-changed={folder}");
    let with = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    if !with("CUDA") {
        return Ok(());
    }
    let image = out.join("kernels.fatbin");
    if with("CUDA_CI_CHECK") {
        return write(&image, "");
    }
    // Another toolkit compiles other kernels.
    println!("cargo::rerun-if-env-changed=PATH");
    let nvcc = process::Command::new("nvcc")
        .args(["--fatbin", "--gpu-architecture=all-major", "--output-file"])
        .args([&image, &Path::new(folder).join("kernels.cu")])
        .output();
    let output =
        nvcc.map_err(|e| format!("cannot start nvcc, which is part of the CUDA toolkit: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stderr, output.stdout].concat();
    Err(format!("nvcc ended with {}: {}", output.status, String::from_utf8_lossy(&text)))
}

/// Returns the version of the compiler. Another compiler rebuilds this script, so the answer stays correct.
fn compiler() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").ok_or("RUSTC is not set; cargo sets it")?;
    let output = process::Command::new(&rustc).arg("-V").output();
    let output = output.map_err(|e| format!("{}: {e}", rustc.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Every architecture by its key, with the files that use it.
type Networks = BTreeMap<String, (Architecture, BTreeSet<String>)>;

fn collect(folder: &Path) -> Result<Networks, String> {
    let mut networks = Networks::new();
    let mut mistakes = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| e.to_string())?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        match spec::load(path, &spec::Overrides::default()) {
            Ok(loaded) => {
                for point in loaded.points {
                    let arch = point.experiment.architecture();
                    let file = path.display().to_string();
                    networks
                        .entry(arch.shape_key())
                        .or_insert((arch, BTreeSet::new()))
                        .1
                        .insert(file);
                }
            }
            Err(errors) => mistakes.push(errors.to_string()),
        }
    }
    if mistakes.is_empty() { Ok(networks) } else { Err(mistakes.join("\n")) }
}

/// Generates the type-level arithmetic that the layers need.
fn dims<'a>(networks: impl Iterator<Item = &'a Architecture>) -> String {
    let mut strides = BTreeSet::new();
    let mut flats = BTreeSet::new();
    for layer in networks.flat_map(Architecture::layers) {
        match (layer.op, layer.input, layer.output) {
            (Op::Conv(conv) | Op::ConvTranspose(conv), _, _) => {
                for axis in [conv.rows, conv.cols] {
                    strides.insert((axis.input, axis.stride, axis.output));
                }
            }
            (Op::Flatten, Shape::Image(size), _) | (Op::Reshape, _, Shape::Image(size)) => {
                flats.insert((size.height, size.width, size.channels));
            }
            _ => {}
        }
    }
    let mut text = String::new();
    for (input, stride, output) in strides {
        // Stride 1 has a generic implementation.
        if stride > 1 {
            let _ = writeln!(
                text,
                "impl Strided<Const<{stride}>> for Const<{input}> {{ type Out = Const<{output}>; \
                 fn strided(self, _: Const<{stride}>) -> Const<{output}> {{ Const }} }}"
            );
        }
    }
    for (h, w, c) in flats {
        let flat = Size::new(h, w, c).len();
        let _ = writeln!(
            text,
            "impl Flat for (Const<{h}>, Const<{w}>, Const<{c}>) {{ type Out = Const<{flat}>; \
             fn flat(self) -> Const<{flat}> {{ Const }} }}"
        );
    }
    text
}

/// Generates a documented alias for each network, and the function that builds one by its key.
fn aliases(networks: &Networks) -> String {
    let mut text = String::new();
    let mut arms = String::new();
    for (index, (key, (arch, files))) in networks.iter().enumerate() {
        let files: Vec<_> = files.iter().map(|file| format!("`{file}`")).collect();
        let Size { height, width, channels } = arch.input;
        let _ = writeln!(
            text,
            "/// {}: {key}.\npub(super) type Network{index} = Autoencoder<Const<{height}>, \
             Const<{width}>, Const<{channels}>, Const<{}>, Const<{}>, {}, {}>;",
            files.join(", "),
            arch.output.channels,
            arch.latent_dim,
            tuple(&arch.encoder),
            tuple(&arch.decoder),
        );
        let _ = writeln!(
            arms,
            "        {key:?} => Some(Network{index}::build(arch, family).map(|n| Box::new(n) as _)),"
        );
    }
    let keys: Vec<_> = networks.keys().collect();
    let _ = writeln!(text, "pub(super) const KEYS: &[&str] = &{keys:?};");
    let _ = writeln!(
        text,
        "pub(super) fn build(key: &str, arch: &Architecture, family: Family) -> \
         Option<Result<Box<dyn Network>, BuildError>> {{\n    match key {{\n{arms}        \
         _ => None,\n    }}\n}}"
    );
    text
}

/// Formats the layers as a tuple type. dfdx tuples have at most six elements, so longer ones are nested.
fn tuple(layers: &[Layer]) -> String {
    let mut types: Vec<_> = layers.iter().take(6).map(layer_type).collect();
    if layers.len() > 6 {
        types.truncate(5);
        types.push(tuple(&layers[5..]));
    }
    format!("({},)", types.join(", "))
}

fn layer_type(layer: &Layer) -> String {
    let parameters = |sizes: &[usize]| {
        sizes.iter().map(|size| format!("Const<{size}>")).collect::<Vec<_>>().join(", ")
    };
    match (layer.op, layer.output) {
        (Op::Conv(c), _) => {
            let sizes = [c.large_channels, c.small_channels, c.rows.kernel, c.rows.stride];
            format!("Conv<{}>", parameters(&sizes))
        }
        (Op::ConvTranspose(c), _) => {
            let Size { height, width, channels } = c.large();
            let sizes = [height, width, c.small_channels, channels, c.rows.kernel, c.rows.stride];
            format!("ConvTranspose<{}>", parameters(&sizes))
        }
        (Op::Dense, _) => {
            format!("Dense<{}>", parameters(&[layer.input.len(), layer.output.len()]))
        }
        (Op::Reshape, Shape::Image(Size { height, width, channels })) => {
            format!("Reshape<{}>", parameters(&[height, width, channels]))
        }
        _ => "Flatten".to_owned(),
    }
}
