//! Checks that modules import only from those below them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
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
    "data",
    "ops",
    "nn",
    "train",
    "device",
    "plan",
    "export",
    "record",
    "rank",
    "figures",
    "run",
    "sweep",
    "report",
    "cli",
];

/// The names of a module and of those around it, outermost first.
type Module = Vec<String>;

/// Returns the modules of this crate but those of tests, which may import any, with their code.
fn modules() -> BTreeMap<Module, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = WalkDir::new(&src).into_iter().map(|entry| entry.expect("an entry").into_path());
    let mut modules = BTreeMap::new();
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let file = path.strip_prefix(&src).expect("a path below").with_extension("");
        let names = file.iter().map(|name| name.to_str().expect("a name").to_owned());
        let module: Module = names.filter(|name| name != "mod").collect();
        let left_out = ["lib", "main", "module_order", "tests"];
        if !module.iter().any(|name| left_out.contains(&name.as_str())) {
            modules.insert(module, code(&fs::read_to_string(path).expect("a text")));
        }
    }
    modules
}

/// Returns a file's text without its unit tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the paths in a module's code that begin with `crate`, `super` or `self`, from the crate's root.
fn paths(module: &[String], code: &str) -> Vec<Module> {
    let (mut paths, mut read) = (Vec::new(), 0);
    for (end, _) in code.match_indices("::") {
        let before = code[..end].trim_end_matches(is_of_name);
        let depth = match &code[before.len()..end] {
            "crate" => 0,
            "super" => module.len() - 1,
            "self" => module.len(),
            _ => continue,
        };
        if before.ends_with("::") || end < read {
            continue;
        }
        read = end + tree_len(&code[end..]);
        for path in expand(&code[end + 2..]) {
            let up = path.iter().take_while(|name| *name == "super").count();
            paths.push([&module[..depth - up], &path[up..]].concat());
        }
    }
    paths
}

/// Returns the length of the path, or of all paths in braces, with which code begins.
fn tree_len(code: &str) -> usize {
    let mut depth = 0;
    let ends = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0 && !is_of_name(c) && !":}".contains(c)
    };
    code.find(ends).unwrap_or(code.len())
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the paths with which code begins: of `{a, b::{c, d}}`, these are `a`, `b::c` and
/// `b::d`.
fn expand(code: &str) -> Vec<Module> {
    if let Some(list) = code.strip_prefix('{') {
        return items(list).into_iter().flat_map(expand).collect();
    }
    let len = code.find(|c| !is_of_name(c)).unwrap_or(code.len());
    let (name, rest) = code.split_at(len);
    if name.is_empty() {
        return Vec::new();
    }
    match rest.strip_prefix("::").map(expand) {
        Some(below) if !below.is_empty() => {
            below.into_iter().map(|path| [vec![name.to_owned()], path].concat()).collect()
        }
        _ => vec![vec![name.to_owned()]],
    }
}

/// Returns the items of a list up to its closing brace.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0);
    for (place, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(list[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
        if c == '}' && start == place + 1 {
            break;
        }
    }
    items
}

#[test]
fn paths_are_found_in_code() {
    let module = ["report", "html", "wall"].map(str::to_owned);
    let code = "use super::{\n    Page,\n    super::{keys::{self, order}, run::Run},\n};\nuse crate::{a, b::c};\n\
                fn f() -> super::super::X { std::f() + crate::d::<T>() + self::e::f() }";
    let found = paths(&module, code).iter().map(|path| path.join("::")).collect::<Vec<_>>();
    let expected = [
        "report::html::Page",
        "report::keys::self",
        "report::keys::order",
        "report::run::Run",
        "a",
        "b::c",
        "report::X",
        "d",
        "report::html::wall::e::f",
    ];
    assert_eq!(found, expected);
}

#[test]
fn modules_import_only_from_those_below_them() {
    let place = |module: &str| MODULES.iter().position(|known| *known == module);
    for (module, code) in modules() {
        let own = place(&module[0]);
        assert!(own.is_some(), "{} is missing from MODULES", module[0]);
        for path in paths(&module, &code) {
            // Within a module in a file, `super` is the file's own.
            let other = place(&path[0]);
            assert!(other <= own, "{} imports {}", module.join("::"), path.join("::"));
        }
    }
}

#[test]
fn siblings_do_not_import_from_each_other_in_a_circle() {
    let modules = modules();
    // By parent and module: the siblings that it, or a module within it, imports from.
    let mut imports: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, code) in &modules {
        for path in paths(module, code) {
            let shared = module.iter().zip(&path).take_while(|(own, other)| own == other).count();
            let sibling = path.get(..=shared).filter(|sibling| modules.contains_key(*sibling));
            if let (Some(own), Some(sibling)) = (module.get(shared), sibling) {
                let siblings = imports.entry(module[..shared].to_vec()).or_default();
                siblings.entry(own.clone()).or_default().insert(sibling[shared].clone());
            }
        }
    }
    assert!(imports.len() > 20, "imports are found in {} modules", imports.len());
    for (parent, mut siblings) in imports {
        // Without those that import from none of the others, or that none imports from, again and again,
        // circles are left.
        for _ in 0..siblings.len() {
            let names: BTreeSet<String> = siblings.keys().cloned().collect();
            siblings.retain(|_, others| !others.is_disjoint(&names));
            let imported: BTreeSet<String> = siblings.values().flatten().cloned().collect();
            siblings.retain(|name, _| imported.contains(name));
        }
        assert!(siblings.is_empty(), "in {}: {siblings:?}", parent.join("::"));
    }
}
