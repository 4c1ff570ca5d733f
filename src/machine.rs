//! The resources of this machine: cores, memory and disk space.

use std::{fs, path::Path};

/// Returns the number of cores that this process may use.
pub fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the number of threads asked for, or one per core that this process may use.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(available_threads, usize::from)
}

/// Returns the bytes of memory available without swapping; `None` if unknown.
pub fn available_memory() -> Option<u64> {
    let machine = 1024 * named(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    // In a container, the limit may be lower. The second entry is for version 1 of control groups.
    let groups = [
        ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
        (
            "/sys/fs/cgroup/memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ];
    let left = groups.iter().filter_map(|(group, limit, used, cached)| {
        let read = |file: &str| fs::read_to_string(format!("{group}/{file}")).ok();
        let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
        // Cached file contents count as used, but are given up when memory is needed.
        let cached = read("memory.stat").and_then(|stat| named(&stat, cached)).unwrap_or(0);
        let used = number(used).unwrap_or(0).saturating_sub(cached);
        number(limit).map(|limit| limit.saturating_sub(used))
    });
    Some(left.fold(machine, u64::min))
}

/// Returns the number after `name` at the start of a line.
fn named(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(name)).then(|| words.next())?)?.parse().ok()
}

/// Returns the free bytes on the disk where a folder is or will be; `None` if unknown.
pub fn free_space(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|path| path.exists());
    // The parent of `runs` is the empty path, which means the current folder.
    let existing = existing.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        let stat = "anon 1\nfile 900\ninactive_file 700\nactive_file 200\n";
        assert_eq!(named(stat, "inactive_file"), Some(700));
        assert_eq!(named("MemTotal: 5 kB\nMemAvailable:   1234 kB\n", "MemAvailable:"), Some(1234));
        assert_eq!(named(stat, "total_inactive_file"), None);
        assert_eq!(named("anon", "anon"), None);
    }
}
