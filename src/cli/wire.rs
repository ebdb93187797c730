//! Messages of the interface in words: instants, states and receipts, as tables and JSON show them.

use fubako_proto::v1::{
    BasisState, Choice, EntryOutcome, ErasureLevel, PartyState, Receipt, Restriction, SealState, VerifyOutcome,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::error::Error;

/// An instant as `2026-11-23T01:02:03Z`, to the second; nothing for one that is absent.
pub(super) fn time(time: Option<&prost_types::Timestamp>) -> String {
    let instant = time.and_then(|time| Timestamp::from_second(time.seconds).ok());
    instant.map_or_else(String::new, |instant| instant.to_string())
}

/// The instant a text such as `2026-11-23T01:02:03Z` or `2026-11-23T10:02:03+09:00` names.
pub(super) fn instant(text: &str) -> Result<prost_types::Timestamp, String> {
    let instant: Timestamp =
        text.parse().map_err(|_| "write an instant such as `2026-11-23T09:00:00+09:00`".to_owned())?;
    Ok(prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() })
}

/// The name of a party's state.
pub(super) fn party_state(state: PartyState) -> &'static str {
    match state {
        PartyState::Unspecified => "unknown",
        PartyState::Active => "active",
        PartyState::Suspended => "suspended",
        PartyState::Ended => "ended",
    }
}

/// The name of a basis's state.
pub(super) fn basis_state(state: BasisState) -> &'static str {
    match state {
        BasisState::Unspecified => "unknown",
        BasisState::Proposed => "proposed",
        BasisState::Live => "live",
        BasisState::Refused => "refused",
        BasisState::Revoked => "revoked",
        BasisState::Ended => "ended",
    }
}

/// A member's word on something.
pub(super) fn choice(choice: Choice) -> &'static str {
    match choice {
        Choice::Unspecified => "unsaid",
        Choice::Allow => "allow",
        Choice::Refuse => "refuse",
    }
}

/// Whether a member's data is frozen.
pub(super) fn restriction(restriction: Restriction) -> &'static str {
    match restriction {
        Restriction::Unspecified => "unknown",
        Restriction::Lifted => "lifted",
        Restriction::Restricted => "restricted",
    }
}

/// How gone an erased member is.
pub(super) fn erasure_level(level: ErasureLevel) -> &'static str {
    match level {
        ErasureLevel::Unspecified => "unknown",
        ErasureLevel::Erased => "erased",
        ErasureLevel::Shredded => "shredded",
        ErasureLevel::Final => "final",
        ErasureLevel::Pending => "pending",
    }
}

/// Whether a claim is true.
pub(super) fn verify_outcome(outcome: VerifyOutcome) -> &'static str {
    match outcome {
        VerifyOutcome::Unspecified => "unknown",
        VerifyOutcome::Match => "yes",
        VerifyOutcome::NoMatch => "no",
        VerifyOutcome::NotHeld => "not held",
    }
}

/// What became of what an entry tells of.
pub(super) fn entry_outcome(outcome: EntryOutcome) -> &'static str {
    match outcome {
        EntryOutcome::Unspecified => "unknown",
        EntryOutcome::Granted => "granted",
        EntryOutcome::Refused => "refused",
        EntryOutcome::NotReleased => "not-released",
        EntryOutcome::Done => "done",
    }
}

/// Whether the vault can open anything.
pub(super) fn seal_state(state: SealState) -> &'static str {
    match state {
        SealState::Unspecified => "unknown",
        SealState::Unsealed => "unsealed",
        SealState::Sealed => "sealed",
    }
}

/// A receipt as JSON.
pub(super) fn receipt_json(receipt: Option<&Receipt>) -> Value {
    receipt.map_or(Value::Null, |receipt| {
        json!({
            "entry_id": receipt.entry_id,
            "index": receipt.index,
            "leaf_hash": hex::encode(&receipt.leaf_hash),
            "policy_version": receipt.policy_version,
            "entry_time": time(receipt.entry_time.as_ref()),
        })
    })
}

/// A receipt in a few words.
pub(super) fn receipt_words(receipt: Option<&Receipt>) -> String {
    receipt.map_or_else(String::new, |receipt| format!("entry {} of the ledger ({})", receipt.index, receipt.entry_id))
}

/// A part the vault always sends.
pub(super) fn sent<T>(part: Option<T>, what: &'static str) -> Result<T, Error> {
    part.ok_or_else(|| {
        Error::argument("the vault's answer", format!("it has no {what}; is the server of another version?"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_shown() {
        let read = instant("2026-11-23T10:02:03+09:00");
        assert_eq!(read.as_ref().map(|read| time(Some(read))).as_deref(), Ok("2026-11-23T01:02:03Z"));
        assert!(instant("2026-11-23").is_err());
        assert!(instant("2026-11-23 10:02").is_err(), "without a zone it could mean any of 24 instants");
        assert_eq!(time(None), "");
    }
}
