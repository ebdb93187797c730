//! An opened frame: the entries of a commit group, where they lie in what its parts were opened to.

use fubako_keys::Keyring;
use prost::Message;
use zeroize::Zeroizing;

use crate::ledger::frame::{FramedEntry, MalformedPart, decode_part};
use crate::ledger::glance::Glance;
use crate::ledger::journal::{Frame, FramePlace, PartKind};
use crate::ledger::leaf::Leaf;
use crate::ledger::merkle::{Hash, leaf_hash};
use crate::ledger::reader::{Error, ReadEntry};
use crate::ledger::writer::binding;

/// The entries of one frame; those of a month whose key was destroyed are not among them, but their places are.
pub(super) struct OpenedFrame {
    place: FramePlace,
    places: u32,
    parts: Vec<Zeroizing<Vec<u8>>>,
    /// Each with the number of its part, in the order of their places.
    entries: Vec<(usize, FramedEntry)>,
}

impl OpenedFrame {
    /// Opens the parts of a frame.
    pub(super) fn open(frame: &Frame, keyring: &Keyring) -> Result<Self, Error> {
        let first_index = frame.first_index();
        let malformed = || Error::Malformed { first_index };
        let mut opened =
            Self { place: *frame.place(), places: frame.entries(), parts: Vec::new(), entries: Vec::new() };
        let mut whole = true;
        for (kind, sealed) in frame.parts() {
            if *kind == PartKind::Month && keyring.forgot_month(frame.place().month) {
                whole = false;
                continue;
            }
            let (part, binding) = binding(*kind, frame.place());
            let plain =
                keyring.open_frame(part, &binding, sealed).map_err(|source| Error::Unopened { first_index, source })?;
            let number = opened.parts.len();
            let entries = decode_part(&plain).map_err(|MalformedPart| malformed())?;
            opened.entries.extend(entries.into_iter().map(|entry| (number, entry)));
            opened.parts.push(plain);
        }
        opened.entries.sort_unstable_by_key(|(_, entry)| entry.offset);
        if opened.is_in_order(whole) { Ok(opened) } else { Err(malformed()) }
    }

    /// Where the frame stands.
    pub(super) const fn place(&self) -> &FramePlace {
        &self.place
    }

    /// Whether the place of an index is in it.
    pub(super) const fn holds(&self, index: u64) -> bool {
        self.place.first_index <= index && index < self.place.first_index + self.places as u64
    }

    /// The entries, in order.
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = Result<ReadEntry, Error>> {
        self.entries.iter().map(|(part, entry)| self.read(*part, entry))
    }

    /// The entry at an index; none if the frame does not hold it, or it is past retention.
    pub(super) fn entry(&self, index: u64) -> Result<Option<ReadEntry>, Error> {
        let found = self.entries.iter().find(|(_, entry)| self.index(entry.offset.into()) == index);
        found.map(|(part, entry)| self.read(*part, entry)).transpose()
    }

    /// Every place of the frame, in order, with the hash of its leaf.
    pub(super) fn leaf_hashes(&self) -> impl Iterator<Item = (u64, Option<Hash>)> {
        self.by_place().map(|(index, entry)| (index, entry.map(|(part, entry)| leaf_hash(self.leaf(*part, entry)))))
    }

    /// The first place whose entry has another hash than the one that is stored for it; those past retention have none.
    pub(super) fn first_unlike(&self, stored: &[Hash]) -> Option<u64> {
        let unlike = |hash: Option<Hash>, stored| hash.is_some_and(|hash| hash != stored);
        self.leaf_hashes().zip(stored).find(|((_, hash), stored)| unlike(*hash, **stored)).map(|((index, _), _)| index)
    }

    /// Every place of the frame, in order, with a glance at its leaf.
    pub(super) fn glances(&self) -> impl Iterator<Item = Result<(u64, Option<Glance<'_>>), Error>> {
        self.by_place().map(|(index, entry)| {
            let glance = entry.map(|(part, entry)| Glance::at(self.leaf(*part, entry), entry.beside));
            let glance = glance.map(|glance| glance.ok_or_else(|| self.malformed())).transpose()?;
            Ok((index, glance))
        })
    }

    /// Every place of the frame, in order, with its entry.
    pub(super) fn places(&self) -> impl Iterator<Item = Result<(u64, Option<ReadEntry>), Error>> {
        self.by_place().map(|(index, entry)| {
            let entry = entry.map(|(part, entry)| self.read(*part, entry)).transpose()?;
            Ok((index, entry))
        })
    }

    fn by_place(&self) -> impl Iterator<Item = (u64, Option<&(usize, FramedEntry)>)> {
        let mut readable = self.entries.iter().peekable();
        (0..self.places).map(move |offset| {
            let entry = readable.next_if(|(_, entry)| u32::from(entry.offset) == offset);
            (self.index(offset), entry)
        })
    }

    fn read(&self, part: usize, framed: &FramedEntry) -> Result<ReadEntry, Error> {
        let bytes = self.leaf(part, framed);
        let leaf = Leaf::decode(bytes).map_err(|_| self.malformed())?;
        // As in a glance: the commitment and the name beside it must agree.
        let commitment = framed.beside.map(|beside| beside.commitment());
        if commitment.as_ref().map_or(&[][..], |commitment| commitment) != leaf.member_commitment {
            return Err(self.malformed());
        }
        let (index, leaf_hash) = (self.index(framed.offset.into()), leaf_hash(bytes));
        Ok(ReadEntry { index, leaf, bytes: bytes.to_vec(), leaf_hash, beside: framed.beside })
    }

    fn leaf(&self, part: usize, framed: &FramedEntry) -> &[u8] {
        self.parts.get(part).and_then(|part| part.get(framed.leaf.clone())).unwrap_or_default()
    }

    fn index(&self, offset: u32) -> u64 {
        self.place.first_index + u64::from(offset)
    }

    const fn malformed(&self) -> Error {
        Error::Malformed { first_index: self.place.first_index }
    }

    fn is_in_order(&self, whole: bool) -> bool {
        let offsets = || self.entries.iter().map(|(_, entry)| u32::from(entry.offset));
        if whole {
            offsets().eq(0..self.places)
        } else {
            offsets().zip(offsets().skip(1)).all(|(a, b)| a < b) && offsets().all(|offset| offset < self.places)
        }
    }
}
