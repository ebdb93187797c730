//! A ledger's entries as one outside copies them down: what stood there once has to stand there always.

use fubako_proto::client::Client;
use fubako_proto::v1::{EntryOrder, LedgerEntry, ListEntriesRequest};

use crate::load::Story;

/// Id and leaf hash of every entry a ledger has shown, in order.
#[derive(Debug, Default)]
pub(crate) struct Book {
    entries: Vec<(String, Vec<u8>)>,
}

impl Book {
    /// Copies down what was added, newest first back to the last entry it knows, without a gap.
    pub(crate) async fn read_on(&mut self, client: &Client) {
        let known = self.entries.len();
        let mut added = Vec::new();
        let mut token = String::new();
        loop {
            let order = EntryOrder::NewestFirst.into();
            let request = ListEntriesRequest { page_size: 1000, page_token: token, order, filter: None };
            let page = client.list_entries(request).await.unwrap();
            token = page.next_page_token;
            added.extend(page.entries);
            let back = added.last().and_then(|oldest| usize::try_from(oldest.index).ok());
            if token.is_empty() || back.is_some_and(|back| back < known) {
                break;
            }
        }
        added.reverse();
        for entry in added {
            self.enter(entry);
        }
    }

    fn enter(&mut self, entry: LedgerEntry) {
        let place = usize::try_from(entry.index).unwrap();
        let entry = (entry.entry_id, entry.leaf_hash);
        if place == self.entries.len() {
            self.entries.push(entry);
        } else {
            assert_eq!(self.entries.get(place), Some(&entry), "the ledger has a gap, or an entry became another");
        }
    }

    /// Whether it says all that the other says, in the same places.
    pub(crate) fn begins_with(&self, other: &Self) -> bool {
        self.entries.starts_with(&other.entries)
    }

    /// Checks that every entry somebody was told of is there.
    pub(crate) fn check(&self, stories: &[Story]) {
        for receipt in stories.iter().flat_map(Story::receipts) {
            let told = (receipt.entry_id.clone(), receipt.leaf_hash.clone());
            let place = usize::try_from(receipt.index).unwrap();
            assert_eq!(self.entries.get(place), Some(&told), "an acknowledged entry was lost");
        }
    }
}
