//! Checks: the questions a decision asks, in the order it asks them.

use std::fmt;

use serde::Serialize;

/// One question of a decision; the variants stand in the order the questions are asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Is the caller free to call?
    CallerActive,
    /// Is a purpose stated?
    PurposeStated,
    /// Is it in the policy?
    PurposeRecognised,
    /// May the caller state it?
    PurposeHeld,
    /// Is it answered in the way that is asked for?
    AnswerFits,
    /// Is the recipient registered?
    RecipientRegistered,
    /// May it receive at present?
    RecipientActive,
    /// Does the purpose have a row for its class?
    RowForRecipient,
    /// Does it receive in a permitted country?
    CountryPermitted,
    /// May the caller ask for it?
    RecipientHeld,
    /// Where the member asks: is it the member?
    MemberAsserted,
    /// Where only the recipient itself may ask: does it?
    OwnIdentity,
    /// Is every basis on record that is needed, and none that is not?
    BasesOnRecord,
    /// Does each of them hold now?
    BasesLive,
    /// Is there such a member?
    MemberKnown,
    /// Do the member's preferences allow the purpose?
    PreferenceAllows,
    /// Does the purpose go on if the member restricted processing, or is about to be erased?
    NotRestricted,
    /// Is anything left to show?
    SomethingLeft,
    /// Does the keyring hold the keys of what is shown?
    KeysHeld,
}

impl Check {
    /// Every check, in the order they are made.
    pub const ALL: [Self; 19] = [
        Self::CallerActive,
        Self::PurposeStated,
        Self::PurposeRecognised,
        Self::PurposeHeld,
        Self::AnswerFits,
        Self::RecipientRegistered,
        Self::RecipientActive,
        Self::RowForRecipient,
        Self::CountryPermitted,
        Self::RecipientHeld,
        Self::MemberAsserted,
        Self::OwnIdentity,
        Self::BasesOnRecord,
        Self::BasesLive,
        Self::MemberKnown,
        Self::PreferenceAllows,
        Self::NotRestricted,
        Self::SomethingLeft,
        Self::KeysHeld,
    ];

    /// The check's name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallerActive => "caller-active",
            Self::PurposeStated => "purpose-stated",
            Self::PurposeRecognised => "purpose-recognised",
            Self::PurposeHeld => "purpose-held",
            Self::AnswerFits => "answer-fits",
            Self::RecipientRegistered => "recipient-registered",
            Self::RecipientActive => "recipient-active",
            Self::RowForRecipient => "row-for-recipient",
            Self::CountryPermitted => "country-permitted",
            Self::RecipientHeld => "recipient-held",
            Self::MemberAsserted => "member-asserted",
            Self::OwnIdentity => "own-identity",
            Self::BasesOnRecord => "bases-on-record",
            Self::BasesLive => "bases-live",
            Self::MemberKnown => "member-known",
            Self::PreferenceAllows => "preference-allows",
            Self::NotRestricted => "not-restricted",
            Self::SomethingLeft => "something-left",
            Self::KeysHeld => "keys-held",
        }
    }

    /// What it means that the check passed.
    #[must_use]
    pub const fn when_passed(self) -> &'static str {
        match self {
            Self::CallerActive => "the caller is not suspended",
            Self::PurposeStated => "a purpose is stated",
            Self::PurposeRecognised => "the purpose is in the policy",
            Self::PurposeHeld => "the caller may state the purpose",
            Self::AnswerFits => "the purpose is answered in the way that is asked for",
            Self::RecipientRegistered => "the recipient is built in or registered",
            Self::RecipientActive => "the recipient may receive at present",
            Self::RowForRecipient => "the purpose has a row for the recipient's class",
            Self::CountryPermitted => "the recipient receives in a permitted country",
            Self::RecipientHeld => "the caller may ask for the recipient",
            Self::MemberAsserted => "the member themself asks, or the recipient is not the member",
            Self::OwnIdentity => "the recipient itself asks, or another may ask for it",
            Self::BasesOnRecord => "every basis needed is on record, and none beside them was named",
            Self::BasesLive => "every basis holds now",
            Self::MemberKnown => "there is such a member",
            Self::PreferenceAllows => "the member does not refuse the purpose",
            Self::NotRestricted => "no restriction freezes the purpose",
            Self::SomethingLeft => "something is left to show",
            Self::KeysHeld => "the keys of what is shown are held",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
