//! The chain of files linked by `extends`.

use super::{
    diagnostics::Diagnostic,
    node::{Table, Value},
    source::{Origin, Source, Span},
    suggest::nearest,
};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Maximum number of bytes in a file.
const LARGEST: u64 = 16 << 20;

/// A chain of files, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// The file itself, then the one it extends, and so on.
    pub texts: Vec<Text>,
    /// Whether all of them could be read.
    pub complete: bool,
}

#[derive(Debug)]
pub(crate) struct Text {
    pub text: String,
    pub table: Table,
}

/// Reads `file` and the files it extends, until the chain ends or a file cannot be read.
pub(crate) fn read(file: &Path, problems: &mut Vec<Diagnostic>) -> Chain {
    let mut chain = Chain::default();
    let mut seen: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut next = Some((file.to_owned(), None));
    while let Some((path, named)) = next {
        let identity = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if let Some(first) = seen.iter().position(|(_, known)| *known == identity) {
            problems.push(cycle(&seen[first..], &path, named.as_ref()));
            return chain;
        }
        seen.push((path.clone(), identity));
        let (text, table) = match read_one(&path, chain.texts.len(), named.as_ref()) {
            Ok(read) => read,
            Err(problem) => {
                problems.push(problem);
                return chain;
            }
        };
        next = table.get("extends").and_then(|(_, node)| match &node.value {
            Value::Text(base) if !base.is_empty() => {
                Some((beside(&path, base), node.place.clone()))
            }
            _ => None,
        });
        chain.texts.push(Text { text, table });
    }
    chain.complete = true;
    chain
}

fn beside(file: &Path, base: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(base)
}

fn cycle(files: &[(PathBuf, PathBuf)], last: &Path, named: Option<&Span>) -> Diagnostic {
    let mut names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    names.push(last.display().to_string());
    Diagnostic::new("`extends` is circular", named).note(names.join(" -> "))
}

fn read_one(
    path: &Path,
    order: usize,
    named: Option<&Span>,
) -> Result<(String, Table), Diagnostic> {
    if path.as_os_str().is_empty() {
        return Err(Diagnostic::new("the name of the experiment file is empty", None));
    }
    if is_special(path) {
        let message = format!("`{}` is a device or a pipe, not an experiment file", path.display());
        return Err(Diagnostic::new(message, named).note("save the experiment in a file"));
    }
    let bytes = bytes(path).map_err(|error| unreadable(path, &error, named))?;
    if bytes.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        let message = format!("`{}` is larger than {most} MiB, the maximum", path.display());
        return Err(Diagnostic::new(message, named).note("an experiment file is a few kilobytes"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let source = Source::new(Origin::File(path.to_owned()), text, order);
        let place = Span::new(&source, good..good + char::REPLACEMENT_CHARACTER.len_utf8());
        Diagnostic::new(format!("`{}` is not UTF-8 text", path.display()), Some(&place))
            .note("save the file as UTF-8")
    })?;
    let source = Source::new(Origin::File(path.to_owned()), text.clone(), order);
    let table = Table::parse(&text, &source).map_err(|(message, place)| {
        let message = message.replace('\n', ", ");
        Diagnostic::new(format!("not valid TOML: {message}"), Some(&place))
    })?;
    Ok((text, table))
}

/// Reads a file, but no more than is needed to see that it is too large.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether reading a path may never begin or never end. What the shell has opened may be read: `/dev/stdin`, and
/// the `/dev/fd/63` of `<(...)`.
fn is_special(path: &Path) -> bool {
    let is_open =
        ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|open| path.starts_with(open));
    !is_open && fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn unreadable(path: &Path, error: &io::Error, named: Option<&Span>) -> Diagnostic {
    let shown = path.display();
    if path.is_dir() {
        let message = format!("`{shown}` is a folder, not an experiment file");
        return Diagnostic::new(message, named);
    }
    if error.kind() != io::ErrorKind::NotFound {
        return Diagnostic::new(format!("`{shown}` cannot be read: {error}"), named);
    }
    let problem = Diagnostic::new(format!("there is no file `{shown}`"), named);
    match neighbour(path) {
        Some(near) => problem.note(format!("did you mean `{}`?", near.display())),
        None => problem,
    }
}

/// Finds the TOML file next to `path` with the most similar name, compared without extensions.
pub fn neighbour(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(listed).ok()?.flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let mut stems: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned())).collect();
    stems.sort();
    let given = path.file_name()?.to_str()?;
    let given = given.strip_suffix(".toml").unwrap_or(given);
    let stem = nearest(given, stems.iter().map(String::as_str))?;
    let near = folder.join(format!("{stem}.toml"));
    // `path` itself may be listed, as a dangling link.
    (near != path).then_some(near)
}
