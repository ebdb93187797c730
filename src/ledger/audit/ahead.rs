//! Reading ahead: frames read, opened and hashed on a thread of their own, while the one before is recounted.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use fubako_keys::Keyring;
use jiff::Timestamp;

use crate::ledger::journal::{Frame, JournalReader};
use crate::ledger::merkle::Hash;
use crate::ledger::opened::OpenedFrame;
use crate::ledger::reader::Error;

/// A frame as the recount needs it.
pub(super) struct Hashed {
    /// The commit group.
    pub(super) group: u64,
    /// When it was committed.
    pub(super) time: Timestamp,
    /// The index after its last entry.
    pub(super) next_index: u64,
    /// Its entries.
    pub(super) opened: OpenedFrame,
    /// The hashes of their leaves, place by place; none past retention.
    pub(super) leaf_hashes: Vec<Option<Hash>>,
}

/// Begins to read; the frames come in order, and end after the first error. Dropping the receiver ends the thread.
pub(super) fn read_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    journal: &'scope JournalReader,
    keyring: &'scope Keyring,
    entries: u64,
) -> Receiver<Result<Hashed, Error>> {
    let (sender, receiver) = sync_channel(FRAMES);
    scope.spawn(move || read(journal, keyring, entries, &sender));
    receiver
}

fn read(journal: &JournalReader, keyring: &Keyring, entries: u64, sender: &SyncSender<Result<Hashed, Error>>) {
    for frame in journal.forward(0) {
        let hashed = frame.map_err(Error::from).and_then(|frame| hash(&frame, keyring));
        let done = hashed.as_ref().map_or(true, |hashed| hashed.opened.place().first_index >= entries);
        // Nobody receives any more once something is broken.
        if sender.send(hashed).is_err() || done {
            return;
        }
    }
}

fn hash(frame: &Frame, keyring: &Keyring) -> Result<Hashed, Error> {
    let opened = OpenedFrame::open(frame, keyring)?;
    let leaf_hashes = opened.leaf_hashes().map(|(_, hash)| hash).collect();
    Ok(Hashed { group: frame.group(), time: frame.time(), next_index: frame.next_index(), opened, leaf_hashes })
}

/// How many frames are held ready: of the largest that groups come to, some tens of megabytes.
const FRAMES: usize = 64;
