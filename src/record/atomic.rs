//! Writes whole files atomically: readers never see half a file.

use super::{
    Error, Result,
    files::{self, entries},
};
use crate::disk::{self, parent};
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Suffix of the temporary names under which files are written; they start with a dot.
const PART: &str = ".part";
/// Age at which a temporary file counts as left behind: no table, figure or report takes that long to write.
pub const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// Writes a whole file: readers see either the previous contents or all of `contents`.
///
/// # Errors
/// Any I/O error; the file is then unchanged.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    write_with(path, |out| out.write_all(contents.as_ref()))
}

/// Writes to a path given by the user. A link is kept and its target written as a whole file; a device or a
/// pipe receives `contents`.
///
/// # Errors
/// Any I/O error. A pipe closed by its reader is not an error.
pub fn write_through_links(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    match fs::metadata(path) {
        Ok(existing) if existing.is_file() => {
            write(&fs::canonicalize(path).map_err(Error::io("write", path))?, contents)
        }
        Err(_) if !path.is_symlink() => write(path, contents),
        // Writing through a dangling link creates its target.
        _ => match fs::write(path, contents) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::io("write", path)(error))
            }
            _ => Ok(()),
        },
    }
}

/// Writes a whole file with `fill`, without holding all of it in memory.
///
/// The contents and the name are on disk when this returns.
///
/// # Errors
/// Any I/O error, and any error of `fill`; the file is then unchanged.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let folder = parent(path);
    let (part, file) = create_part(folder).map_err(Error::io("write", path))?;
    let written = fill_and_sync(file, fill).and_then(|()| fs::rename(&part, path));
    if let Err(error) = written {
        // Report the first error; a part that cannot be removed is removed when the run is next opened.
        let _ = fs::remove_file(&part);
        return Err(Error::io("write", path)(error));
    }
    sync_folder(folder)
}

/// Removes [`leftovers`] files.
///
/// # Errors
/// Any I/O error.
pub fn clean(folder: &Path, untouched: Duration) -> Result<()> {
    leftovers(folder, untouched)?.iter().try_for_each(|path| files::remove(path))
}

/// Returns the temporary files that killed processes left in a folder: those of [`write()`] that have been
/// `untouched` for so long. A missing folder has none.
///
/// Use [`Duration::ZERO`] only in the one process that may write there: it also returns files that another
/// process is still writing.
///
/// # Errors
/// When the folder cannot be read.
pub fn leftovers(folder: &Path, untouched: Duration) -> Result<Vec<PathBuf>> {
    let mut parts = entries(folder)?;
    parts.retain(|path| {
        // A time in the future, after the clock was set back, gives no age: keep the file.
        let age = |file: fs::Metadata| file.modified().ok()?.elapsed().ok();
        let file = fs::symlink_metadata(path).ok().filter(|file| is_part(path) && file.is_file());
        file.is_some_and(|file| {
            untouched.is_zero() || age(file).is_some_and(|age| age >= untouched)
        })
    });
    Ok(parts)
}

/// Syncs a folder's entries to disk, so that a rename survives a power cut.
///
/// # Errors
/// Any I/O error.
pub fn sync_folder(folder: &Path) -> Result<()> {
    disk::sync_folder(folder).map_err(Error::io("save the folder", folder))
}

fn fill_and_sync(
    file: File,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    fill(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Creates a file in `folder` under a unique temporary name.
fn create_part(folder: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let part = folder.join(OsString::from(format!(".{}-{number}{PART}", process::id())));
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            // Left by a killed process that had the same ID.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (part, file)),
        }
    }
}

/// Whether the name is one that [`create_part`] gives.
pub(super) fn is_part(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let numbers = name.strip_prefix('.').and_then(|name| name.strip_suffix(PART));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    numbers
        .and_then(|numbers| numbers.split_once('-'))
        .is_some_and(|(process, number)| is_number(process) && is_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        os::unix::fs::{FileTypeExt, symlink},
        thread,
    };

    #[test]
    fn a_file_is_replaced_whole_without_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a name with 'quotes' и пробелы.json");
        write(&path, "first, and longer").unwrap();
        write(&path, "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_kept_and_its_target_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [link, file, new] = ["link", "file", "new"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        for place in [&file, &new] {
            symlink(place.file_name().unwrap(), &link).unwrap();
            write_through_links(&link, "page").unwrap();
            assert_eq!(fs::read_to_string(place).unwrap(), "page");
            assert!(link.is_symlink());
            fs::remove_file(&link).unwrap();
        }
        write_through_links(&link, "page").unwrap();
        assert!(link.is_file());
    }

    #[test]
    fn a_device_or_a_pipe_is_written_into_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, device] = ["pipe", "device"].map(|name| folder.path().join(name));
        assert!(process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("/dev/null", &device).unwrap();
        let reader = thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write_through_links(&pipe, "page").unwrap();
        assert_eq!(reader.join().unwrap(), "page");
        assert!(pipe.metadata().unwrap().file_type().is_fifo());
        write_through_links(&device, "page").unwrap();
        assert!(device.is_symlink() && device.metadata().unwrap().file_type().is_char_device());
    }

    #[test]
    fn a_failing_writer_leaves_the_old_file_and_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.txt");
        write(&path, "old").unwrap();
        let full = write_with(&path, |out| {
            out.write_all(b"half of the new")?;
            // The system's own message for a full disk.
            File::options().write(true).open("/dev/full")?.write_all(b"more")
        });
        let text = full.unwrap_err().to_string();
        assert!(text.contains("kept.txt") && text.contains("free some space"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn parts_of_killed_processes_are_cleaned_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".4711-0.part", "data.part", ".hidden", ".my.part", "run.json"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        clean(folder.path(), Duration::ZERO).unwrap();
        let mut kept: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        kept.sort();
        assert_eq!(kept, [".hidden", ".my.part", "data.part", "run.json"]);
        clean(&folder.path().join("none"), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_file_that_another_process_may_still_be_writing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = [".1-0.part", ".2-0.part"].map(|name| folder.path().join(name));
        fs::write(&new, "x").unwrap();
        let long_ago = std::time::SystemTime::now() - Duration::from_hours(2);
        File::create(&old).unwrap().set_modified(long_ago).unwrap();
        clean(folder.path(), Duration::from_hours(1)).unwrap();
        assert!(!old.exists() && new.exists());
    }

    #[test]
    fn a_part_of_an_earlier_process_with_our_id_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let (taken, _file) = create_part(folder.path()).unwrap();
        let next: u64 = 1 + taken
            .to_string_lossy()
            .trim_end_matches(PART)
            .rsplit('-')
            .next()
            .and_then(|number| number.parse::<u64>().ok())
            .unwrap();
        for number in next..next + 50 {
            fs::write(folder.path().join(format!(".{}-{number}{PART}", process::id())), "")
                .unwrap();
        }
        write(&folder.path().join("run.json"), "{}").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("run.json")).unwrap(), "{}");
    }

    #[test]
    fn a_reader_never_sees_half_a_file_while_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whole");
        let contents = |byte: u8| vec![byte; 300_000];
        write(&path, contents(0)).unwrap();
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for byte in 1..=20 {
                    write(&path, contents(byte)).unwrap();
                }
            });
            while !writer.is_finished() {
                let seen = fs::read(&path).unwrap();
                assert_eq!(seen, contents(seen[0]));
            }
        });
    }

    #[test]
    fn errors_name_the_file_and_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let text = write(&folder.path().join("file/below"), "").unwrap_err().to_string();
        assert!(text.contains("file/below") && text.contains("a folder is needed"), "{text}");
        let text = write(&folder.path().join("x".repeat(300)), "").unwrap_err().to_string();
        assert!(text.contains("shorter name"), "{text}");
    }
}
