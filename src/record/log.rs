//! `log.txt`: plain, timestamped lines.

use super::{Error, Result, files, timestamp};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A log, open for appending.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens or creates a log. Terminates a torn last line, so that the next message starts on its own line.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || {
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            let mut last = [b'\n'];
            if file.metadata()?.len() > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
            Ok(file)
        };
        let file = open().map_err(Error::io("open", path))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Appends a message in a single write, with a timestamp on each of its lines.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn line(&self, message: &str) -> Result<()> {
        let now = timestamp::now();
        let lines = message.lines().map(|line| format!("{now} {}\n", line.trim_end()));
        let text: String = lines.collect();
        (&self.file).write_all(text.as_bytes()).map_err(Error::io("write", &self.path))
    }
}

/// Returns up to `count` lines from the end of a log; empty if it cannot be read.
pub fn tail(path: &Path, count: usize) -> String {
    let text = files::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::fs;

    #[test]
    fn every_line_of_every_message_has_a_timestamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        Log::open(&path).unwrap().line("first").unwrap();
        Log::open(&path).unwrap().line("second\nand third\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let messages: Vec<_> = text
            .lines()
            .map(|line| {
                let (timestamp, message) = line.split_once(' ').unwrap();
                timestamp.parse::<Timestamp>().unwrap();
                message
            })
            .collect();
        assert_eq!(messages, ["first", "second", "and third"]);
    }

    #[test]
    fn a_torn_last_line_does_not_run_into_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        fs::write(&path, "2026-05-04T03:02:01Z tor").unwrap();
        Log::open(&path).unwrap().line("whole").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("Z whole\n"), "{text}");
    }

    #[test]
    fn the_tail_is_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        assert_eq!(tail(&path, 2), "");
        fs::write(&path, "a\nb\nc\ntor").unwrap();
        assert_eq!(tail(&path, 2), "c\ntor");
        assert_eq!(tail(&path, 9), "a\nb\nc\ntor");
    }
}
