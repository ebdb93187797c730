//! The verdict over the ledger, on the way out.

use fubako_proto::v1;

use crate::vault::audit::LedgerVerdict;

/// The last word of a check.
pub(in crate::rpc) fn of(found: &LedgerVerdict) -> v1::VerifyLedgerResponse {
    let ledger = &found.ledger;
    let verdict = v1::LedgerVerdict {
        ok: found.is_ok(),
        entries: ledger.entries,
        forgotten: ledger.forgotten,
        tree_size: ledger.tree_size,
        root: ledger.root.to_vec(),
        breaks: found.breaks(),
    };
    v1::VerifyLedgerResponse { checked: ledger.entries, entries: ledger.entries, verdict: Some(verdict) }
}
