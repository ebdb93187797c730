//! Prove: an entry with the path to a signed root, for those it concerns.

use tokio::task::spawn_blocking;

use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::event::Event;
use crate::ledger::merkle::included_root;
use crate::ledger::outcome::Outcome;
use crate::ledger::proofs::ProofError;
use crate::ledger::reader::{Found, ReadEntry};
use crate::ledger::tlog_proof;
use crate::model::caller::Caller;
use crate::model::ids::{EntryId, PartyId};
use crate::policy::authorise::calls_itself;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};
use crate::vault::ledger::READERS;

/// How an entry is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// By its place.
    Index(u64),
    /// By its id.
    Id(EntryId),
}

/// An entry with its proof.
#[derive(Debug)]
pub struct Proved {
    /// The entry.
    pub entry: ReadEntry,
    /// The proof as a text that can be checked without the vault (C2SP `tlog-proof`).
    pub text: String,
    /// The salt of the member commitment, for readers of the whole ledger.
    pub salt: Option<[u8; 16]>,
}

impl Vault {
    /// Proves an entry, once a checkpoint covers it.
    ///
    /// Auditors and officers have every entry proved; others those they made, and those about releases to the party
    /// whose certificate identity is theirs. To anyone else the entry is not there.
    pub async fn prove(&self, caller: &Caller, named: Named) -> Result<Proved, Error> {
        self.admit(caller, &[])?;
        let reads_all = READERS.iter().any(|role| caller.has(*role));
        let index = match named {
            Named::Index(index) => index,
            Named::Id(id) => self.find_entry(id, reads_all).await?.ok_or(Error::EntryNotFound)?,
        };
        let entry = match self.ledger.at(index)? {
            Found::Entry(entry) if reads_all || self.concerns(&entry, caller)? => *entry,
            Found::Forgotten if reads_all => return Err(Error::EntryForgotten),
            Found::Entry(_) | Found::Forgotten | Found::Nothing => return Err(Error::EntryNotFound),
        };
        self.note(self.entry(Event::LedgerRead, &caller.name)?.of_subject(&index)).await?;
        let text = self.proof_text(&entry).await?;
        let salt = entry.beside.filter(|_| reads_all).map(|beside| beside.salt);
        Ok(Proved { entry, text, salt })
    }

    /// The proof of an entry as text, once a checkpoint covers it.
    pub(super) async fn proof_text(&self, entry: &ReadEntry) -> Result<String, Error> {
        let checkpoint = self.proofs.covering(entry.index).await?;
        let Checkpoint { size, root, .. } = checkpoint.checkpoint();
        let path = self.proofs.inclusion(entry.index, *size)?;
        // Whoever is given a proof may never see the vault again: nothing is handed out that proves nothing.
        if included_root(&entry.leaf_hash, entry.index, *size, &path).as_ref() != Some(root) {
            return Err(ProofError::Unproved { index: entry.index, size: *size }.into());
        }
        Ok(tlog_proof::write(&entry.bytes, entry.index, &path, &checkpoint))
    }

    /// Looks for an entry by its id, one search at a time: it reads what was written around the time the id carries. Only
    /// those who read the whole ledger have a wide search.
    async fn find_entry(&self, id: EntryId, widely: bool) -> Result<Option<u64>, Error> {
        let _seat = self.searches.acquire().await.map_err(|_| Cause::Panicked)?;
        let ledger = self.ledger.clone();
        let found = spawn_blocking(move || ledger.find(id, widely)).await;
        Ok(found.map_err(|_| Cause::Panicked)??)
    }

    fn concerns(&self, entry: &ReadEntry, caller: &Caller) -> Result<bool, Error> {
        if entry.leaf.caller == caller.name.as_str() {
            return Ok(true);
        }
        // Others' refusals about members a party never received anything of are none of its business.
        if !matches!(Outcome::of(entry.leaf.event), Some(Outcome::Granted | Outcome::NotReleased)) {
            return Ok(false);
        }
        let party = PartyId::parse(&entry.leaf.recipient).ok();
        let party = party.map_or(Ok(None), |id| self.party_row(&id))?;
        Ok(party.is_some_and(|party| calls_itself(&party.content, caller)))
    }
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        let argument = match &error {
            ProofError::BeyondCheckpoint { .. } => "tree_size",
            ProofError::SizesReversed { .. } => "old_size",
            ProofError::NotIncluded { .. } | ProofError::NoTile { .. } => "index",
            ProofError::Closing { .. } => return Self::LedgerUnavailable,
            ProofError::Tree(_) | ProofError::Unproved { .. } => return Cause::Proof(error).into(),
        };
        Self::Invalid { argument: argument.to_owned(), problem: error.to_string() }
    }
}
