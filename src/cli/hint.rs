//! Hints: what to do about each reason a vault refuses for.

use fubako_proto::Reason;

/// What to do next; none where there is nothing to do but to accept it.
pub(super) fn hint(reason: &Reason) -> Option<&'static str> {
    let hint = match reason {
        Reason::CallerUnauthenticated => {
            "call with a certificate whose identity stands under a [[caller]] of the server's configuration"
        }
        Reason::PurposeMissing => "say what the data is for, with --purpose",
        Reason::PurposeNotRecognised => "`fubako policy show` lists the purposes of a policy; there is no \"other\"",
        Reason::PurposeNotHeld => "call as one who holds the purpose, or add it to the caller's `purposes`",
        Reason::RecipientNotEntitled => SEE_WHO_MAY,
        Reason::BasisMissing => NAME_A_BASIS,
        Reason::BasisNotLive => {
            "`fubako basis get` shows where it stands; a lapsed basis is not revived, record a new one"
        }
        Reason::ConsentWithdrawn => "only the member can give a new consent",
        Reason::ApprovalPending => "`fubako basis get` shows whose approval it waits for",
        Reason::ApproverRepeated => "another person has to approve",
        Reason::AssertionInvalid => GET_AN_ASSERTION,
        Reason::NothingToRelease => {
            "`fubako policy explain` tells what the purpose answers; of a view, `fubako member disclose --explain` tells \
             field by field why nothing is left"
        }
        Reason::CallerSuspended => "the operator lets it in again with `fubako caller resume`",
        Reason::RoleMissing => "call as one who has the role, or add it to the caller's `roles` or `records`",
        Reason::FieldUnknown => "`fubako policy matrix` lists the fields of a policy",
        Reason::ValueInvalid => "correct what is named above and try again",
        Reason::ForbiddenValue => "leave it out: a card's number belongs into the card field, its code nowhere",
        Reason::TooLarge => "store less in one record, or send less at once; the limit is told above",
        Reason::PageTokenInvalid => "begin again at the first page",
        Reason::MemberNotFound => "`fubako member find` finds members by e-mail, phone or reference",
        Reason::BasisNotFound => "`fubako basis list` shows the bases on record",
        Reason::PartyNotFound => "`fubako party list` shows the registered parties",
        Reason::EntryNotFound => "`fubako ledger list` shows entries; proving others' entries needs the role `auditor`",
        Reason::EntryForgotten => "`fubako ledger export` still gives its hash and the path to the root",
        Reason::NothingRetained | Reason::ErasureNotFound => CHECK_THE_ID,
        Reason::RetainedUnreadable => LET_GO,
        Reason::RetentionNotOver => "retire an earlier month, or say why with --override-retention",
        Reason::PolicyNotFound => "`fubako status` tells the version in force",
        Reason::CallerNotFound => "callers are named in the server's configuration; `fubako config check` lists them",
        Reason::RevisionStale => "read it again, and decide again",
        Reason::AlreadyExists => "choose another id or reference, or use what is there",
        Reason::RequestIdReused => "give each new request its own id",
        Reason::StateConflict => LOOK_FIRST,
        Reason::VaultSealed => "the operator has to unseal the vault",
        Reason::LedgerUnavailable => "nothing was done; look at the server's disk and its log, then try again",
        Reason::StoreUnavailable => "look at the server's disk and its log, then try again",
        Reason::ClassNotHeld => {
            "ask a node that holds the keys of that class, or for fewer fields; `fubako status` shows which"
        }
        Reason::KeyringScoped => "do it at the vault this node's keyring was taken of; `fubako status` shows its term",
        Reason::CopyNotFound => "`fubako backup list` shows the copies on record",
        Reason::BackupOverrun => "write it to a faster disk, or when less is written to the vault",
        Reason::BudgetExceeded | Reason::Overloaded => "wait a little, then try again",
        Reason::Internal => "look for the correlation id in the server's log",
        Reason::RotationRunning => "`fubako keys watch` follows it to its end; then try again",
        Reason::KeyVersionInUse => KEY_IN_USE,
        Reason::ErasurePending => "`fubako member erasure` shows when; `fubako member erase --cancel` takes it back",
        Reason::LegalHold => "`fubako member hold --lift` ends it, by one with the role `legal` or `officer`",
        Reason::KeyNotFound | Reason::KeyDestroyed => "`fubako keys list` lists keys, versions and their states",
        Reason::PreferenceRefuses | Reason::Restricted | Reason::Unknown(_) | _ => return None,
    };
    Some(hint)
}

const KEY_IN_USE: &str = "rotate the key, and wait until nothing needs an older version (`fubako keys status`), nor any copy on record \
     does (`fubako backup list`)";

const SEE_WHO_MAY: &str =
    "`fubako policy matrix` shows who may receive what; `fubako party get` shows the party's class and state";

const LOOK_FIRST: &str =
    "look at its present state first: `fubako basis get`, `fubako party get`, `fubako keys list`, `fubako status`";

const NAME_A_BASIS: &str = "name a basis of that kind, for this purpose and for these, with --basis; `fubako basis list` \
     shows those on record, and `fubako basis record` adds one";

const GET_AN_ASSERTION: &str = "get a fresh assertion about this member from an issuer of the configuration (in \
     development: `fubako member assertion`), and pass it with --assertion";

const LET_GO: &str = "restore the vault from a backup, or have an officer erase the member with --even-if-unreadable, \
     which is written down";

const CHECK_THE_ID: &str = "check the id; `fubako ledger list --member` shows whether and when a member was erased";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_members_own_will_leaves_nothing_to_do() {
        let silent: Vec<&Reason> = Reason::KNOWN.iter().filter(|reason| hint(reason).is_none()).collect();
        assert_eq!(silent, [&Reason::PreferenceRefuses, &Reason::Restricted]);
    }
}
