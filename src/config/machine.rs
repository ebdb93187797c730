//! The machine: how much memory there is to share out.

use std::fs;

use crate::config::size::ByteSize;

/// The cache a store gets when nobody says: a quarter of the memory, within bounds.
pub(super) fn default_cache() -> ByteSize {
    cache_for(memory())
}

/// The memory this process may have, in bytes, if the system tells.
pub(super) fn memory() -> Option<u64> {
    let memory = fs::read_to_string(MEMORY).ok().and_then(|text| total_memory(&text));
    // A container may be given less than the machine has.
    let limit = fs::read_to_string(CONTROL_GROUP_LIMIT).ok().and_then(|text| text.trim().parse().ok());
    [memory, limit].into_iter().flatten().min()
}

fn cache_for(memory: Option<u64>) -> ByteSize {
    let quarter = memory.map_or(SMALLEST_CACHE, |memory| ByteSize::bytes(memory / 4 / MEBIBYTE * MEBIBYTE));
    quarter.clamp(SMALLEST_CACHE, LARGEST_CACHE)
}

/// The machine's memory in bytes, from the line `MemTotal:  16315724 kB`.
fn total_memory(text: &str) -> Option<u64> {
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

const MEMORY: &str = "/proc/meminfo";
const CONTROL_GROUP_LIMIT: &str = "/sys/fs/cgroup/memory.max";
const MEBIBYTE: u64 = 1 << 20;
const SMALLEST_CACHE: ByteSize = ByteSize::mebibytes(64);
const LARGEST_CACHE: ByteSize = ByteSize::mebibytes(16 << 10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_read_from_its_line() {
        assert_eq!(total_memory("MemFree: 1 kB\n"), None);
        assert_eq!(total_memory("MemTotal:       16315724 kB\nMemFree: 1 kB\n"), Some(16_315_724 * 1024));
    }

    #[test]
    fn the_cache_is_a_quarter_of_the_memory_within_bounds() {
        assert_eq!(cache_for(None), SMALLEST_CACHE);
        assert_eq!(cache_for(Some(64 << 20)), SMALLEST_CACHE);
        assert_eq!(cache_for(Some(8 << 30)), ByteSize::mebibytes(2048));
        assert_eq!(cache_for(Some((8 << 30) + 4097)).to_string(), "2 GiB", "in whole MiB");
        assert_eq!(cache_for(Some(1 << 40)), LARGEST_CACHE);
    }
}
