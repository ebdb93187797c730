//! Damage to the files of a ledger: bytes flipped, cut off, exchanged, and files gone, misnamed or out of another time.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::past::{Files, Past, is_segment};

/// What is done to which file.
#[derive(Debug, Clone)]
pub(crate) struct Damage {
    /// The file, by its path in the data folder.
    pub(crate) file: String,
    pub(crate) how: How,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// These bits of a byte are flipped.
    Flip { at: usize, bits: u8 },
    /// It ends earlier.
    Cut { length: usize },
    /// Two frames stand in each other's place.
    Exchange { one: usize, other: usize },
    /// It is gone.
    Remove,
    /// It has a name that no file of its kind would have there.
    Rename,
    /// It holds what it held at an earlier stop.
    Restore { stop: usize },
}

impl Damage {
    pub(crate) fn new(file: &str, how: How) -> Self {
        Self { file: file.to_owned(), how }
    }

    /// The files with the damage; none where that is no damage.
    pub(crate) fn done_to(&self, files: &Files, past: &Past) -> Option<Files> {
        let mut files = files.clone();
        let bytes = files.remove(&self.file)?;
        let damaged = match self.how {
            How::Flip { at, bits } => {
                let mut bytes = bytes.clone();
                bytes[at] ^= bits;
                Some((self.file.clone(), bytes))
            }
            How::Cut { length } => Some((self.file.clone(), bytes[..length].to_vec())),
            How::Exchange { one, other } => Some((self.file.clone(), exchanged(&bytes, one, other))),
            How::Remove => None,
            How::Rename => Some((misnamed(&self.file), bytes.clone())),
            How::Restore { stop } => Some((self.file.clone(), past.stops()[stop].get(&self.file)?.clone())),
        };
        files.extend(damaged);
        let same = |file: &str| files.get(file).is_some_and(|now| written(file, now) == written(file, &bytes));
        (!same(&self.file)).then_some(files)
    }
}

/// Any byte flipped or any length cut to, of what was written to any file `of` lets pass.
pub(crate) fn flipped_or_cut(past: &Past, of: fn(&str) -> bool) -> impl Strategy<Value = Damage> + use<> {
    let files = past.files().iter().filter(|(file, _)| of(file));
    let files: Vec<_> = files.map(|(file, bytes)| (file.clone(), written(file, bytes).len())).collect();
    (any::<Index>(), any::<Index>(), 1_u8.., any::<bool>()).prop_map(move |(file, at, bits, cut)| {
        let (file, length) = file.get(&files);
        let at = at.index(*length);
        Damage::new(file, if cut { How::Cut { length: at } } else { How::Flip { at, bits } })
    })
}

/// Any two frames of any segment exchanged.
pub(crate) fn exchanged_frames(past: &Past) -> impl Strategy<Value = Damage> + use<> {
    let segments = past.files().iter().filter(|(file, _)| is_segment(file));
    let segments: Vec<_> = segments.map(|(file, bytes)| (file.clone(), frames(bytes).len())).collect();
    (any::<Index>(), any::<Index>(), any::<Index>()).prop_map(move |(segment, one, other)| {
        let (file, frames) = segment.get(&segments);
        Damage::new(file, How::Exchange { one: one.index(*frames), other: other.index(*frames) })
    })
}

/// Where the frames of a segment lie: each says first how long it is.
pub(crate) fn frames(segment: &[u8]) -> Vec<Range<usize>> {
    let (mut frames, mut at) = (Vec::new(), SEGMENT_HEADER);
    while let Some(length) = segment.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        if length == 0 {
            break;
        }
        frames.push(at..at + length);
        at += length;
    }
    frames
}

fn exchanged(segment: &[u8], one: usize, other: usize) -> Vec<u8> {
    let mut places = frames(segment);
    let end = places.last().unwrap().end;
    places.swap(one, other);
    let frames = places.into_iter().flat_map(|place| &segment[place]);
    segment[..SEGMENT_HEADER].iter().chain(frames).chain(&segment[end..]).copied().collect()
}

/// `journal/202611-00000001.journal` becomes `journal/202611-00000009.journal`; others change likewise.
fn misnamed(file: &str) -> String {
    match file.rsplit_once('.') {
        Some((stem, extension)) => format!("{}9.{extension}", &stem[..stem.len() - 1]),
        None => format!("{file}9"),
    }
}

/// What was written to a file: not the zeros made ready behind the frames of a segment.
pub(crate) fn written<'a>(file: &str, bytes: &'a [u8]) -> &'a [u8] {
    let zeros = bytes.iter().rev().take_while(|byte| is_segment(file) && **byte == 0).count();
    &bytes[..bytes.len() - zeros]
}

const SEGMENT_HEADER: usize = 126;
