//! The audit: the whole ledger checked, and every receipt that was given proved against its signed root.

use std::collections::BTreeMap;

use fubako_proto::client::Client;
use fubako_proto::v1::{
    EntryOrder, GetInclusionProofRequest, LedgerEntry, ListEntriesRequest, Receipt, VerifyLedgerRequest,
};

use crate::cli::demo::world::World;
use crate::cli::error::Error;
use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::merkle::{Hash, included_root};
use crate::ledger::note::NoteKey;

/// What the ledger says, and whether it says what the receipts do.
pub(super) struct Audit {
    entries: usize,
    verified: bool,
    receipts: usize,
    events: BTreeMap<String, usize>,
}

impl Audit {
    /// Reads every entry as the auditor.
    pub(super) async fn read(world: &World) -> Result<Self, Error> {
        let auditor = world.client("auditor")?;
        let mut entries: Vec<LedgerEntry> = Vec::new();
        let mut page_token = String::new();
        loop {
            let mut request = ListEntriesRequest { page_size: PAGE, page_token, ..ListEntriesRequest::default() };
            request.set_order(EntryOrder::OldestFirst);
            let page = auditor.list_entries(request).await?;
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mut events = BTreeMap::new();
        for entry in &entries {
            *events.entry(entry.event.clone()).or_default() += 1;
        }
        let in_order =
            (0..).zip(&entries).all(|(index, entry)| entry.index == index && entry.leaf_hash.len() == LEAF_HASH);
        let told = |receipt: &Receipt| {
            let entry = usize::try_from(receipt.index).ok().and_then(|index| entries.get(index));
            entry.is_some_and(|entry| entry.leaf_hash == receipt.leaf_hash && entry.entry_id == receipt.entry_id)
        };
        let mut verified = in_order && !entries.is_empty() && world.receipts().iter().all(told);
        for receipt in world.receipts() {
            verified &= is_proved(&auditor, receipt).await?;
        }
        verified &= is_whole(&auditor).await?;
        Ok(Self { entries: entries.len(), verified, receipts: world.receipts().len(), events })
    }

    /// How many entries there are.
    pub(super) const fn entries(&self) -> usize {
        self.entries
    }

    /// How many receipts were held against them.
    pub(super) const fn receipts(&self) -> usize {
        self.receipts
    }

    /// Whether every entry read back in order, every receipt was proved, and the vault found its ledger whole.
    pub(super) const fn verified(&self) -> bool {
        self.verified
    }

    /// How many entries there are of each event.
    pub(super) const fn events(&self) -> &BTreeMap<String, usize> {
        &self.events
    }
}

/// Whether a receipt's entry is under the root of a checkpoint, signed by the ledger's key: worked out here, not asked.
async fn is_proved(auditor: &Client, receipt: &Receipt) -> Result<bool, Error> {
    let request = GetInclusionProofRequest { index: receipt.index, tree_size: 0 };
    let proof = auditor.get_inclusion_proof(request).await?;
    let path: Result<Vec<Hash>, _> = proof.hashes.into_iter().map(Hash::try_from).collect();
    let (Ok(path), Ok(leaf)) = (path, Hash::try_from(receipt.leaf_hash.clone())) else { return Ok(false) };
    let root = included_root(&leaf, receipt.index, proof.tree_size, &path);
    let checkpoint = proof.checkpoint.unwrap_or_default();
    let signed = NoteKey::parse(&checkpoint.verifier_key).ok();
    let signed = signed.and_then(|key| SignedCheckpoint::open(&checkpoint.note, &key.into()).ok());
    Ok(signed.is_some_and(|signed| root == Some(signed.checkpoint().root)))
}

/// Whether the vault finds every byte of its ledger in order.
async fn is_whole(auditor: &Client) -> Result<bool, Error> {
    let mut answers = auditor.verify_ledger(VerifyLedgerRequest {}).await?;
    let mut whole = false;
    while let Some(answer) = answers.next().await? {
        whole = answer.verdict.is_some_and(|verdict| verdict.ok);
    }
    Ok(whole)
}

const PAGE: i32 = 1000;
/// The length of a SHA-256 hash.
const LEAF_HASH: usize = 32;
