//! Bounds: between what a size or a number of the configuration makes a vault that can work.

use crate::config::problem::Problem;
use crate::config::size::ByteSize;

/// The least and the most something may be, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<T> {
    pub(super) key: &'static str,
    pub(super) least: T,
    pub(super) why_least: &'static str,
    pub(super) most: T,
    pub(super) why_most: &'static str,
}

impl<T: Copy + PartialOrd + ToString> Bounds<T> {
    /// What is wrong with a value, if it lies outside.
    pub(super) fn problem(&self, value: T) -> Option<Problem> {
        let (key, stated) = (self.key, value.to_string());
        if value < self.least {
            Some(Problem::TooSmall { key, stated, least: self.least.to_string(), why: self.why_least })
        } else if value > self.most {
            Some(Problem::TooLarge { key, stated, most: self.most.to_string(), why: self.why_most })
        } else {
            None
        }
    }
}

/// The store's cache, on a machine with that many bytes of memory.
pub(super) fn cache_bounds(memory: Option<u64>) -> Bounds<ByteSize> {
    Bounds {
        key: "cache",
        least: ByteSize::mebibytes(8),
        why_least: "or the store reads each page again for each row",
        most: memory.map_or(ByteSize::bytes(u64::MAX), ByteSize::bytes),
        why_most: "the memory this machine or container has",
    }
}

/// The free space below which nothing is written, unless the configuration says another.
pub(super) const DISK_RESERVE: ByteSize = ByteSize::mebibytes(1024);
pub(super) const DISK_RESERVE_BOUNDS: Bounds<ByteSize> = Bounds {
    key: "disk_reserve",
    least: ByteSize::mebibytes(16),
    why_least: "as much as one group of changes may take: a disk that fills up meanwhile stops the server",
    most: ByteSize::bytes(u64::MAX),
    why_most: "",
};
/// How many months the details of entries are kept: three years (APPI Art. 29), unless the configuration says another number.
pub(super) const RETENTION_MONTHS: u32 = 36;
pub(super) const RETENTION_MONTHS_BOUNDS: Bounds<u32> = Bounds {
    key: "retention_months",
    least: 1,
    why_least: "so that no month is retired while it lasts",
    most: 1200,
    why_most: "a hundred years",
};
/// How many days copies of the vault are kept, unless the configuration says another number.
pub(super) const KEEP_DAYS: u32 = 35;
pub(super) const KEEP_DAYS_BOUNDS: Bounds<u32> = Bounds {
    key: "keep_days",
    least: 1,
    why_least: "so that a copy is not past its time when it is made",
    most: 3660,
    why_most: "ten years",
};
/// How many days lie between asking for an erasure and the erasure, unless the configuration says another number.
pub(super) const GRACE_DAYS: u32 = 0;
pub(super) const GRACE_DAYS_BOUNDS: Bounds<u32> = Bounds {
    key: "grace_days",
    least: 0,
    why_least: "",
    most: 90,
    why_most: "three months, the longest the law gives to answer whoever asks to be erased (GDPR Art. 12(3))",
};
/// How many days a version of a key is in use before the vault replaces it by itself.
pub(super) const ROTATE_EVERY_DAYS_BOUNDS: Bounds<u32> = Bounds {
    key: "rotate_every_days",
    least: 1,
    why_least: "so that a rotation is over before the next is due",
    most: 3660,
    why_most: "ten years",
};
/// How many members a vault is made for, unless the configuration says another number.
pub(super) const EXPECTED_MEMBERS: u64 = 100_000;
pub(super) const EXPECTED_MEMBERS_BOUNDS: Bounds<u64> = Bounds {
    key: "expected_members",
    least: 16,
    why_least: "the number of members that share an index tag",
    most: 10_000_000_000,
    why_most: "more than there are people",
};
