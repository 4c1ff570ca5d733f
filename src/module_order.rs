//! Checks that modules import only from those below them.

use std::{fs, path::Path};
use walkdir::WalkDir;

/// The top-level modules of this crate, each after those that it may import from.
const MODULES: [&str; 27] = [
    "words",
    "arch",
    "rng",
    "digest",
    "disk",
    "reuse",
    "team",
    "machine",
    "statistics",
    "png",
    "probe",
    "embed",
    "spec",
    "summary",
    "plan",
    "data",
    "ops",
    "nn",
    "train",
    "device",
    "export",
    "record",
    "figures",
    "run",
    "sweep",
    "report",
    "cli",
];

/// The modules of `report`, each after those that it may import from. All may import from their parent.
const REPORT: [&str; 22] = [
    "run",
    "progress",
    "keys",
    "group",
    "apart",
    "better",
    "chart",
    "finals",
    "found",
    "parts",
    "compare",
    "noises",
    "levels",
    "summary",
    "experiments",
    "provenance",
    "pictures",
    "data",
    "csv",
    "latex",
    "markdown",
    "html",
];

/// Returns the modules that a file names after a path, not counting its tests, which may import any.
fn imports(text: &str, path: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    code.split(path).skip(1).flat_map(first_steps).collect()
}

/// Returns the first segment of a path, or of each path of a list.
fn first_steps(path: &str) -> Vec<String> {
    let mut depth = 0;
    let depths = path.chars().map(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (c, depth)
    });
    let outer: String = if path.starts_with('{') {
        let list = depths.skip(1).take_while(|(_, depth)| *depth > 0);
        list.filter(|(_, depth)| *depth == 1).map(|(c, _)| c).collect()
    } else {
        path.split(',').next().unwrap_or_default().to_owned()
    };
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let steps = outer.split(',').map(|path| path.trim().chars().take_while(is_name).collect());
    steps.filter(|step: &String| !step.is_empty()).collect()
}

#[test]
fn modules_import_only_from_those_below_them() {
    assert_eq!(first_steps("nn::{self, Shapes},\n ops"), ["nn"]);
    assert_eq!(first_steps("{\n data::{self, Set},\n plan::Plan,\n}; x, y"), ["data", "plan"]);
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |module: &str| MODULES.iter().position(|known| *known == module);
    for entry in WalkDir::new(&src).into_iter().map(|entry| entry.expect("an entry")) {
        let path = entry.path().strip_prefix(&src).expect("a path below");
        let file = path.to_str().expect("a name");
        let module = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        if path.extension().is_none_or(|extension| extension != "rs") || file.contains("tests") {
            continue;
        }
        let Some(own) = place(module) else {
            assert!(
                ["lib", "main", "module_order"].contains(&module),
                "{module} is missing from MODULES"
            );
            continue;
        };
        for import in imports(&fs::read_to_string(entry.path()).expect("a text"), "crate::") {
            assert!(place(&import).is_some_and(|place| place <= own), "{file} imports {import}");
        }
    }
}

#[test]
fn modules_of_the_report_import_only_from_those_below_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let place = |module: &str| REPORT.iter().position(|known| *known == module);
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let file = entry.file_name().into_string().expect("a name");
        let module = file.trim_end_matches(".rs");
        if ["mod", "tests", "assets"].contains(&module) {
            continue;
        }
        let own = place(module).unwrap_or_else(|| panic!("{module} is missing from REPORT"));
        let path = entry.path();
        let text = fs::read_to_string(if path.is_dir() { path.join("mod.rs") } else { path });
        for import in imports(&text.expect("a text"), "super::") {
            assert!(place(&import).is_none_or(|place| place <= own), "{file} imports {import}");
        }
    }
}
