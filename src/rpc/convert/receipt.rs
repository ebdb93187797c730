//! Receipts: the names of durable entries, on the way out.

use fubako_proto::v1;

use crate::ledger::accounted::Receipt;
use crate::rpc::convert::time;

/// The receipt as it travels.
pub(in crate::rpc) fn of(receipt: Receipt) -> v1::Receipt {
    v1::Receipt {
        entry_id: receipt.entry().to_string(),
        index: receipt.index(),
        leaf_hash: receipt.leaf_hash().to_vec(),
        policy_version: receipt.policy_version().0,
        entry_time: time::of_micros(receipt.time_micros()),
    }
}
