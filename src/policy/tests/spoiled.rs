//! Worlds spoiled for one check each, and how each is refused.

use fubako_keys::KeyClass;

use crate::model::party::PartyState;
use crate::model::recipient::RecipientClass;
use crate::policy::ask::Stated;
use crate::policy::check::Check;
use crate::policy::reason::Reason;
use crate::policy::tests::world::{STRANGER, World, at};

pub(super) fn seller() -> World {
    World::of("transaction-with-seller", RecipientClass::Seller)
}

fn member() -> World {
    World::of("self-review", RecipientClass::Member)
}

fn card_company() -> World {
    World::of("settlement", RecipientClass::CardCompany)
}

fn mailing() -> World {
    World::of("mailing", RecipientClass::Subcontractor)
}

/// A check, the world it is tried in, how that is spoiled there and nowhere before, and the refusal.
pub(super) struct Spoiled {
    pub(super) check: Check,
    world: fn() -> World,
    spoil: fn(&mut World),
    pub(super) reason: Reason,
    pub(super) rule: &'static str,
}

impl Spoiled {
    pub(super) fn world(&self) -> World {
        let mut world = (self.world)();
        (self.spoil)(&mut world);
        world
    }
}

pub(super) const SPOILED: &[Spoiled] = &[
    Spoiled {
        check: Check::CallerActive,
        world: seller,
        spoil: |world| world.suspended = true,
        reason: Reason::CallerSuspended,
        rule: "caller `shop` is suspended",
    },
    Spoiled {
        check: Check::PurposeStated,
        world: seller,
        spoil: |world| world.ask.purpose = Stated::parse(""),
        reason: Reason::PurposeMissing,
        rule: "a release needs a purpose, and none is stated",
    },
    Spoiled {
        check: Check::PurposeRecognised,
        world: seller,
        spoil: |world| world.ask.purpose = Stated::parse("other"),
        reason: Reason::PurposeNotRecognised,
        rule: "purpose `other` is not in the policy",
    },
    Spoiled {
        check: Check::PurposeRecognised,
        world: seller,
        spoil: |world| world.ask.purpose = Stated::parse("Delivery, to 090-1234-5678"),
        reason: Reason::PurposeNotRecognised,
        rule: "what is stated as purpose is not the name of one",
    },
    Spoiled {
        check: Check::PurposeHeld,
        world: seller,
        spoil: |world| world.ask.purpose = Stated::parse("delivery"),
        reason: Reason::PurposeNotHeld,
        rule: "purpose `delivery` (clause 2.b) is not among those caller `shop` may state",
    },
    Spoiled {
        check: Check::AnswerFits,
        world: seller,
        spoil: |world| world.state("member-search"),
        reason: Reason::NothingToRelease,
        rule: "purpose `member-search` (clause 8) answers with member ids, never with a view",
    },
    Spoiled {
        check: Check::RecipientRegistered,
        world: seller,
        spoil: |world| world.party = None,
        reason: Reason::RecipientNotEntitled,
        rule: "recipient `party-1` is not registered",
    },
    Spoiled {
        check: Check::RecipientActive,
        world: seller,
        spoil: |world| world.party().state = PartyState::Suspended,
        reason: Reason::RecipientNotEntitled,
        rule: "recipient `party-1` is suspended",
    },
    Spoiled {
        check: Check::RecipientActive,
        world: seller,
        spoil: |world| world.party().state = PartyState::Ended,
        reason: Reason::RecipientNotEntitled,
        rule: "recipient `party-1` is ended",
    },
    Spoiled {
        check: Check::RowForRecipient,
        world: seller,
        spoil: |world| world.party().class = RecipientClass::Partner,
        reason: Reason::RecipientNotEntitled,
        rule: "purpose `transaction-with-seller` (clause 4.a) has no view for recipients of class `partner`",
    },
    Spoiled {
        check: Check::CountryPermitted,
        world: seller,
        spoil: |world| world.party().country = "US".to_owned(),
        reason: Reason::RecipientNotEntitled,
        rule: "purpose `transaction-with-seller` (clause 4.a) does not let data go to US, where recipient \
               `party-1` receives it, but to JP only",
    },
    Spoiled {
        check: Check::RecipientHeld,
        world: seller,
        spoil: |world| world.caller().classes.clear(),
        reason: Reason::RecipientNotEntitled,
        rule: "caller `shop` may not ask for recipient `party-1`",
    },
    Spoiled {
        check: Check::MemberAsserted,
        world: member,
        spoil: |world| world.ask.asserted = None,
        reason: Reason::AssertionInvalid,
        rule: "purpose `self-review` (clause 8) needs an assertion that it is the member who asks",
    },
    Spoiled {
        check: Check::MemberAsserted,
        world: member,
        spoil: |world| world.ask.asserted = Some(STRANGER),
        reason: Reason::AssertionInvalid,
        rule: "purpose `self-review` (clause 8) needs an assertion that it is the member who asks",
    },
    Spoiled {
        check: Check::OwnIdentity,
        world: card_company,
        spoil: |world| world.call_as("shop.example"),
        reason: Reason::RecipientNotEntitled,
        rule: "purpose `settlement` (clause 4.d) answers recipient `party-1` only when it calls with its own registered \
            certificate identity",
    },
    Spoiled {
        check: Check::OwnIdentity,
        world: card_company,
        spoil: |world| world.party().identity = None,
        reason: Reason::RecipientNotEntitled,
        rule: "purpose `settlement` (clause 4.d) answers recipient `party-1` only when it calls with its own registered \
            certificate identity",
    },
    Spoiled {
        check: Check::BasesOnRecord,
        world: seller,
        spoil: |world| world.ask.bases.clear(),
        reason: Reason::BasisMissing,
        rule: "purpose `transaction-with-seller` (clause 4.a) needs a transaction on record that names the member and the \
            recipient, for a recipient of class `seller`",
    },
    Spoiled {
        check: Check::BasesLive,
        world: seller,
        spoil: |world| world.now = at(201),
        reason: Reason::BasisNotLive,
        rule: "transaction 01010101-0101-0101-0101-010101010101 has expired",
    },
    Spoiled {
        check: Check::MemberKnown,
        world: seller,
        spoil: |world| world.holdings = None,
        reason: Reason::MemberNotFound,
        rule: "there is no such member",
    },
    Spoiled {
        check: Check::PreferenceAllows,
        world: mailing,
        spoil: |world| world.refuse("mailing"),
        reason: Reason::PreferenceRefuses,
        rule: "the member refuses purpose `mailing` (clause 2.c) by preference",
    },
    Spoiled {
        check: Check::NotRestricted,
        world: mailing,
        spoil: |world| world.preferences.restricted = true,
        reason: Reason::Restricted,
        rule: "the member restricted processing, which freezes purpose `mailing` (clause 2.c)",
    },
    Spoiled {
        check: Check::NotRestricted,
        world: mailing,
        spoil: |world| world.preferences.erasure_due = Some(0),
        reason: Reason::Restricted,
        rule: "the member is about to be erased, which freezes purpose `mailing` (clause 2.c)",
    },
    Spoiled {
        check: Check::SomethingLeft,
        world: seller,
        spoil: |world| world.ask.narrowing = Some(Vec::new()),
        reason: Reason::NothingToRelease,
        rule: "purpose `transaction-with-seller` (clause 4.a) leaves nothing to show to a recipient of class `seller`: every \
            field is withheld",
    },
    Spoiled {
        check: Check::KeysHeld,
        world: seller,
        spoil: |world| world.held = Some([KeyClass::Identity, KeyClass::Card].into()),
        reason: Reason::ClassNotHeld,
        rule: "purpose `transaction-with-seller` (clause 4.a) needs the keys of `contact`, which the scoped keyring of this \
            node does not hold",
    },
];
