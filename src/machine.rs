//! What this machine has to offer.

use std::{fs, path::Path};

/// The cores that this process may use.
pub fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// So many threads, or one for every core that this process may use.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(available_threads, usize::from)
}

/// Bytes of memory that can be had without swapping; none if the system does not tell.
pub fn available_memory() -> Option<u64> {
    let machine = 1024 * named(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    // Within a container the limit may be lower; the older form of control groups names it otherwise.
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
        // Files that were read count as used until something else needs the room.
        let cached = read("memory.stat").and_then(|stat| named(&stat, cached)).unwrap_or(0);
        let used = number(used).unwrap_or(0).saturating_sub(cached);
        number(limit).map(|limit| limit.saturating_sub(used))
    });
    Some(left.fold(machine, u64::min))
}

/// The number after a name at the start of a line.
fn named(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next() == Some(name)).then(|| words.next())?)?.parse().ok()
}

/// Bytes that are free where a folder is or will be; none if the system does not tell.
pub fn free_space(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists());
    // `runs` has the empty path above it, which is the current folder.
    let there = there.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(there).ok()?;
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
