//! A receipt of an entry that does not exist.

use fubako::ledger::accounted::Receipt;
use fubako::model::ids::{EntryId, PolicyVersion};

fn recall(entry: EntryId) -> Receipt {
    Receipt::recall(entry, 7, [0; 32], PolicyVersion(1), 0)
}

fn main() {}
