//! Authorisation: whether an ask may be weighed at all, settled before anything of the member is looked up.

use jiff::Timestamp;

use crate::model::basis::{Basis, BasisKind, BasisState};
use crate::model::caller::Caller;
use crate::model::party::{Party, PartyState};
use crate::model::recipient::{Recipient, RecipientClass};
use crate::policy::ask::{Ask, Register, Stated};
use crate::policy::purpose::{Answers, Purpose};
use crate::policy::refusal::Refusal;
use crate::policy::row::{Requirement, Row};
use crate::policy::rule::{Lapse, Rule};
use crate::policy::table::Policy;

/// An ask the policy and the register allow; what is left to weigh is the member's.
#[derive(Debug)]
#[must_use]
pub struct Authorised<'a> {
    pub(super) policy: &'a Policy,
    pub(super) ask: &'a Ask,
    pub(super) purpose: &'a Purpose,
    pub(super) row: &'a Row,
    pub(super) party: Option<&'a Party>,
    pub(super) bases: Vec<&'a Basis>,
    pub(super) now: Timestamp,
}

/// Weighs an ask for a view against the policy and the register, without the member.
///
/// What is refused here is refused alike whether or not the member exists; nothing of a member may be looked up before.
pub fn authorise<'a>(policy: &'a Policy, ask: &'a Ask, register: &Register<'a>) -> Result<Authorised<'a>, Refusal> {
    let purpose = authorise_answer(policy, &ask.caller, register.caller_suspended, &ask.purpose, Answers::View)?;
    let (class, party) = recipient(ask, register)?;
    let row = entitled_row(ask, purpose, class, party)?;
    member_asked(ask, purpose, row)?;
    own_identity(ask, purpose, row, party)?;
    let bases = bases_on_record(ask, purpose, row, register.bases)?;
    bases.iter().try_for_each(|basis| live(basis, register.now))?;
    Ok(Authorised { policy, ask, purpose, row, party, bases, now: register.now })
}

/// Weighs whether the caller may state the purpose for an answer of that sort; all there is to authorise for answers
/// other than views.
pub fn authorise_answer<'a>(
    policy: &'a Policy,
    caller: &Caller,
    caller_suspended: bool,
    stated: &Stated,
    asked: Answers,
) -> Result<&'a Purpose, Refusal> {
    if caller_suspended {
        return Err(Rule::CallerSuspended(caller.name.clone()).into());
    }
    let purpose = match stated {
        Stated::Nothing => return Err(Rule::PurposeMissing.into()),
        Stated::Unreadable => return Err(Rule::PurposeUnreadable.into()),
        Stated::Named(name) => policy.purpose(name).ok_or_else(|| Rule::PurposeUnknown(name.clone()))?,
    };
    if !caller.purposes.contains(purpose.id()) {
        return Err(Rule::PurposeNotHeld { place: purpose.place(), caller: caller.name.clone() }.into());
    }
    if purpose.answers() != asked {
        return Err(Rule::OtherAnswer { place: purpose.place(), answers: purpose.answers(), asked }.into());
    }
    Ok(purpose)
}

/// The class of the recipient, and the party if it is one: registered and active.
fn recipient<'a>(ask: &Ask, register: &Register<'a>) -> Result<(RecipientClass, Option<&'a Party>), Rule> {
    let named = match &ask.recipient {
        Recipient::Marketplace => return Ok((RecipientClass::Marketplace, None)),
        Recipient::Member => return Ok((RecipientClass::Member, None)),
        Recipient::Public => return Ok((RecipientClass::Public, None)),
        Recipient::Party(named) => named,
    };
    let found = register.party.filter(|party| party.id == *named);
    let party = found.ok_or_else(|| Rule::RecipientUnknown(named.clone()))?;
    match party.state {
        PartyState::Active => Ok((party.class, Some(party))),
        state @ (PartyState::Suspended | PartyState::Ended) => {
            Err(Rule::RecipientInactive { party: named.clone(), state })
        }
    }
}

/// The row for the recipient, in a permitted country, through a caller that may ask for it.
fn entitled_row<'a>(
    ask: &Ask,
    purpose: &'a Purpose,
    class: RecipientClass,
    party: Option<&Party>,
) -> Result<&'a Row, Rule> {
    // A party registered into a built-in class would pass for the marketplace or the member.
    let row = purpose.row(class).filter(|_| party.is_none() || !class.is_built_in());
    let row = row.ok_or_else(|| Rule::NoRow { place: purpose.place(), class })?;
    if let Some(party) = party
        && !row.countries().contains(&party.country)
    {
        let (country, permitted) = (party.country.clone(), row.countries().join(", "));
        return Err(Rule::CountryNotPermitted { place: purpose.place(), party: party.id.clone(), country, permitted });
    }
    if !ask.caller.may_ask_for(class, ask.recipient.party()) {
        return Err(Rule::RecipientNotHeld { caller: ask.caller.name.clone(), recipient: ask.recipient.clone() });
    }
    Ok(row)
}

/// Where the member is the recipient, it must be the member who asks.
fn member_asked(ask: &Ask, purpose: &Purpose, row: &Row) -> Result<(), Rule> {
    if row.class() == RecipientClass::Member && ask.asserted != Some(ask.member) {
        return Err(Rule::AssertionMissing(purpose.place()));
    }
    Ok(())
}

/// Where only the party itself may ask, it must be the party that asks.
fn own_identity(ask: &Ask, purpose: &Purpose, row: &Row, party: Option<&Party>) -> Result<(), Rule> {
    match party {
        Some(party) if row.is_for_own_identity() && !calls_itself(party, &ask.caller) => {
            Err(Rule::NotOwnIdentity { place: purpose.place(), party: party.id.clone() })
        }
        _ => Ok(()),
    }
}

/// Whether the caller is the party: it holds the certificate identity the party is registered with.
#[must_use]
pub fn calls_itself(party: &Party, caller: &Caller) -> bool {
    party.identity.as_deref() == Some(caller.identity.as_str())
}

/// The bases asked for, once each: at least one for every requirement of the row, and none beside.
///
/// A basis the row does not need is refused and not ignored: it would otherwise be written down as what the release
/// rested on, and a caller could learn from the answer whether it exists.
fn bases_on_record<'a>(ask: &Ask, purpose: &Purpose, row: &Row, found: &'a [Basis]) -> Result<Vec<&'a Basis>, Rule> {
    let binds = |basis: &Basis, need: &Requirement| basis.kind == need.kind() && names(ask, basis, *need);
    let fits = |basis: &Basis, need: &Requirement| binds(basis, need) && basis.serves(purpose.id());
    let on_record = || found.iter().filter(|basis| ask.bases.contains(&basis.id));
    for need in row.bases() {
        if on_record().any(|basis| fits(basis, need)) {
            continue;
        }
        let (place, kind) = (purpose.place(), need.kind());
        // Told only of a basis that the ask names and that names those the ask is about.
        return Err(match on_record().find(|basis| binds(basis, need)) {
            Some(other) => Rule::BasisOfOtherPurpose { place, kind, basis: other.id },
            None => Rule::BasisMissing { place, class: row.class(), kind, names: need.binds().words() },
        });
    }
    let mut carrying: Vec<&Basis> = Vec::with_capacity(ask.bases.len());
    for id in &ask.bases {
        let needed = |basis: &&Basis| basis.id == *id && row.bases().iter().any(|need| fits(basis, need));
        let Some(basis) = found.iter().find(needed) else {
            return Err(Rule::BasisForeign { place: purpose.place(), basis: *id });
        };
        if row.bases().iter().any(|need| fits(basis, need) && !need.secrecy_is_agreed(basis)) {
            return Err(Rule::SecrecyMissing { place: purpose.place(), kind: basis.kind, basis: *id });
        }
        if carrying.iter().all(|known| known.id != *id) {
            carrying.push(basis);
        }
    }
    Ok(carrying)
}

/// Whether the basis names whom it must; one that names another member never fits, whatever it must name.
///
/// INVARIANT (party rows): a row binds its recipient only where the recipient is a registered party; compilation holds it.
fn names(ask: &Ask, basis: &Basis, need: Requirement) -> bool {
    let member = match basis.member {
        Some(member) => member == ask.member,
        None => !need.binds().of_member(),
    };
    let recipient = !need.binds().of_recipient() || basis.party.as_ref() == ask.recipient.party();
    member && recipient
}

/// The basis holds at that instant.
fn live(basis: &Basis, now: Timestamp) -> Result<(), Rule> {
    let (kind, id) = (basis.kind, basis.id);
    let lapse = match basis.state {
        BasisState::Proposed => return Err(Rule::ApprovalPending { kind, basis: id }),
        BasisState::Revoked if kind == BasisKind::Consent => return Err(Rule::ConsentWithdrawn(id)),
        BasisState::Refused => Lapse::Refused,
        BasisState::Revoked => Lapse::Revoked,
        BasisState::Ended => Lapse::Ended,
        BasisState::Live if basis.validity.contains(now) => return Ok(()),
        BasisState::Live if now < basis.validity.from() => Lapse::NotYet,
        BasisState::Live => Lapse::Expired,
    };
    Err(Rule::BasisNotLive { kind, basis: id, lapse })
}
