//! The verdict over the ledger, on the way out.

use fubako_proto::v1;

use crate::vault::audit::LedgerVerdict;
use crate::vault::integrity::{Stage, VaultVerdict};

/// The last word of a check.
pub(in crate::rpc) fn of(found: &LedgerVerdict) -> v1::VerifyLedgerResponse {
    let (checked, entries) = (found.ledger.entries, found.ledger.entries);
    v1::VerifyLedgerResponse { checked, entries, verdict: Some(found.into()) }
}

/// The last word of a check of everything.
pub(in crate::rpc) fn of_vault(found: &VaultVerdict) -> v1::VerifyVaultResponse {
    let (stage, entries) = (stage(Stage::Ledger), found.ledger.ledger.entries);
    v1::VerifyVaultResponse { stage: stage.into(), checked: entries, total: entries, verdict: Some(found.into()) }
}

/// What a check of everything is at.
pub(in crate::rpc) const fn stage(stage: Stage) -> v1::VerifyStage {
    match stage {
        Stage::History => v1::VerifyStage::History,
        Stage::Store => v1::VerifyStage::Store,
        Stage::Ledger => v1::VerifyStage::Ledger,
    }
}

impl From<&VaultVerdict> for v1::VaultVerdict {
    fn from(found: &VaultVerdict) -> Self {
        let (store, ledger) = (&found.store, &found.ledger.ledger);
        Self {
            ok: found.is_ok(),
            records: store.records,
            fields: store.fields,
            not_held: store.not_held,
            rows: store.rows,
            entries: ledger.entries,
            forgotten: ledger.forgotten,
            breaks: found.breaks(),
            further_breaks: store.further,
        }
    }
}

/// The same words whether a server says them, or a program that checked a vault at rest.
impl From<&LedgerVerdict> for v1::LedgerVerdict {
    fn from(found: &LedgerVerdict) -> Self {
        let ledger = &found.ledger;
        Self {
            ok: found.is_ok(),
            entries: ledger.entries,
            forgotten: ledger.forgotten,
            past_ledgers: found.past.ledgers,
            past_entries: found.past.entries,
            tree_size: ledger.tree_size,
            root: ledger.root.to_vec(),
            breaks: found.breaks(),
        }
    }
}
