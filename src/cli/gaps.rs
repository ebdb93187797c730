//! What the ledger cannot tell of any more, in words: no release in an account is no proof that nothing was released.

use fubako_proto::v1::LedgerGaps;

/// A sentence for each gap.
pub(super) fn told(gaps: Option<&LedgerGaps>) -> Vec<String> {
    let Some(LedgerGaps { forgotten_entries, previous_origin }) = gaps else { return Vec::new() };
    let mut told = Vec::new();
    if *forgotten_entries > 0 {
        told.push(format!(
            "up to {forgotten_entries} entries are of months past retention, whose keys are destroyed: what they told of is \
             not in this"
        ));
    }
    if !previous_origin.is_empty() {
        told.push(before_restore(previous_origin));
    }
    told
}

/// That a ledger begins at a restore.
pub(super) fn before_restore(origin: &str) -> String {
    format!("this ledger begins at a restore: what was released before is told by the ledger `{origin}`, not by this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_ledger_has_nothing_to_tell_and_each_gap_is_told() {
        assert_eq!(told(Some(&LedgerGaps::default())), [""; 0]);
        let gaps = LedgerGaps { forgotten_entries: 7, previous_origin: "0a".repeat(16) };
        let told = told(Some(&gaps));
        assert!(told.len() == 2 && told.concat().contains("up to 7 entries"), "{told:?}");
        assert!(told.concat().contains(&gaps.previous_origin), "{told:?}");
    }
}
