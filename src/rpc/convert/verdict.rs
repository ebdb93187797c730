//! The verdict over the ledger, on the way out.

use fubako_proto::v1;

use crate::vault::audit::LedgerVerdict;

/// The last word of a check.
pub(in crate::rpc) fn of(found: &LedgerVerdict) -> v1::VerifyLedgerResponse {
    let (checked, entries) = (found.ledger.entries, found.ledger.entries);
    v1::VerifyLedgerResponse { checked, entries, verdict: Some(found.into()) }
}

/// The same words whether a server says them, or a program that checked a vault at rest.
impl From<&LedgerVerdict> for v1::LedgerVerdict {
    fn from(found: &LedgerVerdict) -> Self {
        let ledger = &found.ledger;
        Self {
            ok: found.is_ok(),
            entries: ledger.entries,
            forgotten: ledger.forgotten,
            tree_size: ledger.tree_size,
            root: ledger.root.to_vec(),
            breaks: found.breaks(),
        }
    }
}
