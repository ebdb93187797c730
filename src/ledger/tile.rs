//! The paths of tiles and entry bundles (C2SP `tlog-tiles`), as they are served and exported.

use std::fmt;

use crate::ledger::merkle::LEVEL_WIDTH;

/// A tile of hashes, or a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// The level of a tile; none for a bundle of entries.
    pub level: Option<u32>,
    /// Its place in the level.
    pub index: u64,
    /// How many hashes or entries: 256, or fewer at the right edge.
    pub width: u64,
}

impl TilePath {
    /// Reads a path such as `tile/0/x001/x234/067.p/12`, in the one form it may have.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (kind, rest) = rest.split_once('/')?;
        let level = if kind == ENTRIES { None } else { Some(kind.parse().ok()?) };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok().filter(|width| *width < LEVEL_WIDTH)?),
            None => (rest, LEVEL_WIDTH),
        };
        let digits: String = number.split('/').map(|part| part.trim_start_matches('x')).collect();
        let parsed = Self { level, index: digits.parse().ok()?, width };
        // What is written in any other form is not that path.
        (width > 0 && parsed.level.is_none_or(|level| level < LEVELS) && parsed.to_string() == path).then_some(parsed)
    }

    /// The tiles or bundles of a level with so many hashes or entries.
    pub fn of_level(level: Option<u32>, hashes: u64) -> impl Iterator<Item = Self> {
        let tile = move |index: u64| Self { level, index, width: (hashes - index * LEVEL_WIDTH).min(LEVEL_WIDTH) };
        (0..hashes.div_ceil(LEVEL_WIDTH)).map(tile)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => write!(f, "tile/{ENTRIES}/")?,
        }
        let mut parts = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            parts.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        parts.reverse();
        f.write_str(&parts.join("/"))?;
        if self.width < LEVEL_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

const ENTRIES: &str = "entries";
/// Levels a path may name.
const LEVELS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |level, index, width| TilePath { level, index, width }.to_string();
        assert_eq!(path(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Some(1), 0, 17), "tile/1/000.p/17");
        assert_eq!(path(None, 273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_the_specification_counts() {
        let widths = |level, hashes| TilePath::of_level(Some(level), hashes).map(|tile| tile.width).collect::<Vec<_>>();
        let level_0 = widths(0, 70_000);
        assert_eq!((level_0.len(), level_0.last()), (274, Some(&112)));
        assert_eq!((widths(1, 273), widths(2, 1)), (vec![256, 17], vec![1]));
    }

    #[test]
    fn other_forms_of_a_path_are_refused() {
        for wrong in [
            "tile/0/67",
            "tile/0/0067",
            "tile/00/067",
            "tile/0/x000/067",
            "tile/0/001/067",
            "tile/0/067.p/256",
            "tile/0/067.p/0",
            "tile/0/067.p/012",
            "tile/64/067",
            "tile/-1/067",
            "tile/0/",
            "tile/0/067/",
            "/tile/0/067",
            "tile/0/x67",
            "tile/entries",
            "tile/0/+67",
            "checkpoint",
            "",
        ] {
            assert_eq!(TilePath::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_path_reads_as_it_was_written(level in proptest::option::of(0_u32..64), index: u64, width in 1_u64..=256) {
            let path = TilePath { level, index, width };
            prop_assert_eq!(TilePath::parse(&path.to_string()), Some(path));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = TilePath::parse(&text);
        }
    }
}
