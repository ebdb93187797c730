//! Shipped erasures: sealed lines, kept off the host, so that a restore brings nobody back who was erased after the backup.
//!
//! A line covers a stretch of the ledger and names the members erased in it, and the values removed from others. It is sealed as a row of table 254 under the
//! ledger's origin, its number from 0 as the revision; each begins where the one before ended. In a file of one origin each
//! stands as `until base64`, where its stretch ends.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fubako_keys::{Keyring, RowBinding};
use jiff::Timestamp;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::ledger::event::Event;
use crate::ledger::reader::ReadEntry;
use crate::model::caller::{Caller, Role};
use crate::model::ids::MemberId;
use crate::model::time::micros;
use crate::vault::Vault;
use crate::vault::erase::BASES;
use crate::vault::error;

/// One line: the erasures among neighbouring entries.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Line {
    /// The index of the first entry it covers.
    #[n(0)]
    from: u64,
    /// The index after the last.
    #[n(1)]
    until: u64,
    #[n(2)]
    erased: Vec<ErasedMember>,
    /// Lines from before removals were shipped have none.
    #[n(3)]
    #[cbor(default)]
    removed: Vec<RemovedValues>,
}

/// A member who was erased.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ErasedMember {
    /// The member.
    #[n(0)]
    pub member: MemberId,
    /// When.
    #[cbor(n(1), with = "micros")]
    pub time: Timestamp,
}

/// Values that were removed from a member's record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RemovedValues {
    /// The member.
    #[n(0)]
    pub member: MemberId,
    /// When.
    #[cbor(n(1), with = "micros")]
    pub time: Timestamp,
    /// The entry that says so.
    #[n(2)]
    pub index: u64,
    /// The fields, by the names they had, and the slots.
    #[n(3)]
    pub values: Vec<(String, u16)>,
}

/// Where a shipment goes on: behind so many lines, which cover the entries before an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shipped {
    /// How many lines there are.
    pub lines: u64,
    /// How many entries they cover.
    pub until: u64,
}

/// The next lines of a shipment, as they stand in its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shipment {
    /// Each without its end of line.
    pub lines: Vec<String>,
    /// Where it ends.
    pub reached: Shipped,
}

/// What the files of a folder say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShippedErasures {
    /// Everyone who was erased, by any ledger of the vault.
    pub erased: Vec<ErasedMember>,
    /// What was removed, by any ledger of the vault, each with the ledger's origin.
    pub removed: Vec<([u8; 16], RemovedValues)>,
    /// How many entries of the ledger asked about are covered; none, where there is no file of it.
    pub covered: Option<u64>,
}

/// Why shipped erasures are not taken at their word.
#[derive(Debug, Error)]
pub enum Error {
    /// They cannot be read.
    #[error("`{}` cannot be read", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not the one that belongs there.
    #[error("line {line} of `{}` was changed, moved, or is of another vault", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

impl Vault {
    /// The lines behind those that are shipped already; needs the role `operator` or `auditor`. Who gets them learns of
    /// nobody: they are sealed. An entry says how many erasures went out, if any did.
    pub async fn ship(&self, caller: &Caller, after: Shipped) -> Result<Shipment, error::Error> {
        self.admit(caller, &[Role::Operator, Role::Auditor])?;
        let mut shipment = Shipment { lines: Vec::new(), reached: after };
        let (end, mut count) = (self.ledger.entries(), 0);
        while shipment.reached.until < end && shipment.lines.len() < LINES {
            let line = self.line(shipment.reached.until, end)?;
            count += line.length() as u64;
            shipment.lines.push(self.sealed_line(shipment.reached.lines, &line)?);
            shipment.reached = Shipped { lines: shipment.reached.lines + 1, until: line.until };
        }
        if count > 0 {
            let entry = self.entry(Event::ErasuresShipped, &caller.name)?.telling(|leaf| leaf.count = count);
            self.note(entry).await?;
        }
        Ok(shipment)
    }

    fn line(&self, from: u64, end: u64) -> Result<Line, error::Error> {
        let mut line = Line { from, until: from, erased: Vec::new(), removed: Vec::new() };
        let _ = self.ledger.places(from..end.min(from.saturating_add(ENTRIES_A_LINE)), |index, entry| {
            if line.length() == ERASURES_A_LINE {
                return ControlFlow::Break(());
            }
            line.until = index + 1;
            if let Some((entry, member)) = entry.and_then(|entry| entry.member().map(|member| (entry, member))) {
                line.take(&entry, member);
            }
            ControlFlow::Continue(())
        })?;
        Ok(line)
    }

    fn sealed_line(&self, number: u64, line: &Line) -> Result<String, error::Error> {
        let origin = self.ledger.origin();
        // INVARIANT (infallible): encoding into a vector fails only if the type's encoder does, and ours do not.
        let plain = minicbor::to_vec(line).unwrap_or_default();
        let sealed = self.keyring.load().seal_row(&binding(&origin, number), &plain, self.random.as_ref())?;
        Ok(format!("{} {}", line.until, STANDARD.encode(sealed)))
    }

    /// Which ledger of the vault this is, as files of shipped erasures are named.
    #[must_use]
    pub fn origin(&self) -> String {
        hex::encode(self.ledger.origin())
    }
}

impl Line {
    fn length(&self) -> usize {
        self.erased.len() + self.removed.len()
    }

    /// Takes note of what an entry about a member says of the kind.
    fn take(&mut self, entry: &ReadEntry, member: MemberId) {
        let (leaf, index) = (&entry.leaf, entry.index);
        let time = Timestamp::from_microsecond(leaf.time_micros).unwrap_or_default();
        match Event::from_number(leaf.event) {
            Some(Event::Erased) if leaf.subject != BASES => self.erased.push(ErasedMember { member, time }),
            Some(Event::FieldsRemoved) => {
                let slot = |slot: u32| u16::try_from(slot).unwrap_or(u16::MAX);
                let values = leaf.fields.iter().map(|field| (field.name.clone(), slot(field.slot))).collect();
                self.removed.push(RemovedValues { member, time, index, values });
            }
            _ => {}
        }
    }
}

/// Reads every file of shipped erasures in a folder, and how far those of one ledger go.
pub fn read_shipped(folder: &Path, keyring: &Keyring, origin: &[u8; 16]) -> Result<ShippedErasures, Error> {
    let io = |source| Error::Io { file: folder.to_owned(), source };
    let mut found = ShippedErasures::default();
    for item in fs::read_dir(folder).map_err(io)? {
        let file = item.map_err(io)?.path();
        let Some(of) = origin_of(&file) else { continue };
        let until = read_file(&file, keyring, &of, &mut found)?;
        if of == *origin {
            found.covered = Some(until);
        }
    }
    Ok(found)
}

/// Where the shipment of a ledger lies in a folder.
#[must_use]
pub fn shipped_file(folder: &Path, origin: &str) -> PathBuf {
    folder.join(format!("{BEGINS}{origin}{ENDS}"))
}

/// The ledger a file of shipped erasures is named after.
#[must_use]
pub fn origin_of(file: &Path) -> Option<[u8; 16]> {
    let name = file.file_name()?.to_str()?.strip_prefix(BEGINS)?.strip_suffix(ENDS)?;
    let mut origin = [0; 16];
    hex::decode_to_slice(name, &mut origin).ok().map(|()| origin)
}

fn read_file(file: &Path, keyring: &Keyring, origin: &[u8; 16], found: &mut ShippedErasures) -> Result<u64, Error> {
    let text = fs::read_to_string(file).map_err(|source| Error::Io { file: file.to_owned(), source })?;
    let mut until = 0;
    for (number, text) in (0..).zip(text.lines()) {
        let line = open_line(text, keyring, origin, number).filter(|line| line.from == until);
        let line = line.ok_or_else(|| Error::Damaged { file: file.to_owned(), line: number + 1 })?;
        until = line.until;
        found.erased.extend(line.erased);
        found.removed.extend(line.removed.into_iter().map(|removed| (*origin, removed)));
    }
    Ok(until)
}

fn open_line(text: &str, keyring: &Keyring, origin: &[u8; 16], number: u64) -> Option<Line> {
    let (until, sealed) = text.split_once(' ')?;
    let plain = keyring.open_row(&binding(origin, number), &STANDARD.decode(sealed).ok()?).ok()?;
    let line: Line = minicbor::decode(&plain).ok()?;
    (until.parse() == Ok(line.until)).then_some(line)
}

const fn binding(origin: &[u8; 16], number: u64) -> RowBinding<'_> {
    RowBinding::new(NO_TABLE, origin, number)
}

const BEGINS: &str = "erasures-";
const ENDS: &str = ".shipped";
/// In the place of a table's number: nothing else opens as a line.
const NO_TABLE: u8 = 254;
/// A call reads this many entries a line, and gives this many lines.
const ENTRIES_A_LINE: u64 = 65_536;
const LINES: usize = 16;
const ERASURES_A_LINE: usize = 1000;
