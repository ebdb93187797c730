//! A sliding window over a file: bytes at an offset, read in large pieces.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Reads a file forward in large pieces, never past its limit.
#[derive(Debug)]
pub(super) struct Window {
    file: File,
    limit: u64,
    piece: usize,
    start: u64,
    buffer: Vec<u8>,
}

impl Window {
    /// A window over the whole file, as long as it is now.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let limit = file.metadata()?.len();
        Ok(Self { file, limit, piece: PIECE, start: 0, buffer: Vec::new() })
    }

    /// A window over the first `limit` bytes of the file, read in pieces of so many bytes.
    pub(super) fn open_to(path: &Path, limit: u64, piece: usize) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, limit, piece, start: 0, buffer: Vec::new() })
    }

    /// Where the file ends, for this window.
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// The `length` bytes at the offset, or fewer where the file ends before.
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        if self.held(offset, length).is_none() {
            self.fill(offset, length)?;
        }
        let length = length.min(self.left(offset));
        Ok(self.held(offset, length).unwrap_or_default())
    }

    /// Whether there are only zeros from the offset on.
    pub(super) fn is_zero_from(&mut self, mut offset: u64) -> io::Result<bool> {
        while offset < self.limit {
            let piece = self.bytes(offset, PIECE)?;
            if piece.is_empty() || piece.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            offset = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        }
        Ok(true)
    }

    fn held(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.buffer.get(from..from.checked_add(length)?)
    }

    fn left(&self, offset: u64) -> usize {
        usize::try_from(self.limit.saturating_sub(offset)).unwrap_or(usize::MAX)
    }

    fn fill(&mut self, offset: u64, length: usize) -> io::Result<()> {
        self.buffer.clear();
        self.start = offset;
        self.buffer.resize(length.max(self.piece).min(self.left(offset)), 0);
        match self.file.read_exact_at(&mut self.buffer, offset) {
            Err(error) => {
                self.buffer.clear();
                Err(error)
            }
            done => done,
        }
    }
}

/// Pieces for whoever reads on and on.
pub(super) const PIECE: usize = 256 * 1024;
/// Pieces for whoever reads one frame.
pub(super) const SMALL_PIECE: usize = 16 * 1024;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::fs;

    #[test]
    fn every_range_reads_as_it_is_in_the_file_and_none_past_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..=255).cycle().take(2 * PIECE + 100).collect();
        fs::write(&path, &bytes).unwrap();
        let limit = bytes.len() - 50;
        let mut window = Window::open_to(&path, u64::try_from(limit).unwrap(), PIECE).unwrap();
        for (offset, length) in [(0, 10), (PIECE - 5, 10), (5, PIECE * 2), (limit - 5, 10), (limit, 1), (limit + 60, 1)]
        {
            let expected = bytes.get(offset..limit.min(offset + length)).unwrap_or_default();
            assert_eq!(window.bytes(u64::try_from(offset).unwrap(), length).unwrap(), expected, "{offset}");
        }
    }
}
