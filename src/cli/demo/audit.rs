//! The audit: the whole ledger read back, and held against the receipts everyone was given.

use std::collections::BTreeMap;

use fubako_proto::v1::{EntryOrder, LedgerEntry, ListEntriesRequest};

use crate::cli::demo::world::World;
use crate::cli::error::Error;

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
        let told = |receipt: &fubako_proto::v1::Receipt| {
            let entry = usize::try_from(receipt.index).ok().and_then(|index| entries.get(index));
            entry.is_some_and(|entry| entry.leaf_hash == receipt.leaf_hash && entry.entry_id == receipt.entry_id)
        };
        let verified = in_order && !entries.is_empty() && world.receipts().iter().all(told);
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

    /// Whether every entry read back in order, and every receipt names one of them.
    pub(super) const fn verified(&self) -> bool {
        self.verified
    }

    /// How many entries there are of each event.
    pub(super) const fn events(&self) -> &BTreeMap<String, usize> {
        &self.events
    }
}

const PAGE: i32 = 1000;
/// The length of a SHA-256 hash.
const LEAF_HASH: usize = 32;
