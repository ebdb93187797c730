//! Sizes: a number of bytes as people write it, `512 MiB`.

use std::fmt;

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ByteSize(u64);

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many times 1024 x 1024 bytes.
    #[must_use]
    pub const fn mebibytes(count: u32) -> Self {
        Self((count as u64) << 20)
    }

    /// Parses a whole number and a unit: `B`, `KiB`, `MiB`, `GiB`, `TiB`, or `kB`, `MB`, `GB`, `TB` for powers of 1000.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').len();
        let (number, unit) = text.split_at_checked(digits)?;
        let number: u64 = number.replace('_', "").parse().ok()?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
        number.checked_mul(*scale).map(Self)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = UNITS.iter().filter(|(name, _)| *name == "B" || name.ends_with("iB"));
        let fitting = binary.rev().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale));
        let (unit, scale) = fitting.unwrap_or(&("B", 1));
        write!(f, "{} {unit}", self.0 / scale)
    }
}

/// The units, smaller ones first.
const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("TB", 1_000_000_000_000),
    ("TiB", 1 << 40),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        let sizes = [
            ("0 B", 0),
            ("1KiB", 1024),
            ("512 MiB", 512 << 20),
            ("1_000 kB", 1_000_000),
            ("2 GB", 2_000_000_000),
            (" 3 GiB ", 3 << 30),
        ];
        for (text, bytes) in sizes {
            assert_eq!(ByteSize::parse(text).map(ByteSize::get), Some(bytes), "{text}");
        }
    }

    #[test]
    fn a_number_that_could_mean_two_things_is_refused() {
        for text in ["", "512", "MiB", "512 mib", "512 M", "-1 MiB", "1.5 GiB", "1 2 MiB", "99999999999 TiB"] {
            assert_eq!(ByteSize::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_reads_as_it_is_written() {
        for text in ["0 B", "7 B", "1 KiB", "512 MiB", "3 GiB", "1000 B"] {
            assert_eq!(ByteSize::parse(text).map(|size| size.to_string()).as_deref(), Some(text));
        }
    }
}
