//! Problems: everything a policy file can have wrong with it.

use std::fmt;

use fubako_keys::KeyClass;
use thiserror::Error;

use crate::field::kind::Kind;
use crate::model::basis::BasisKind;
use crate::model::form::{Form, FormSet};
use crate::model::recipient::RecipientClass;
use crate::policy::purpose::Answers;

/// What is wrong at one place of a policy file.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(super) enum Problem {
    #[error("{0}")]
    Unreadable(String),
    #[error("format {0} is not known; this program reads format 1")]
    Format(u32),
    #[error("{0} are numbered from 1")]
    Zero(&'static str),
    #[error(
        "`{name}` cannot name a {what}: a name has 1 to 64 of a-z, 0-9, `-`, `_` and `.`, the first a letter or digit"
    )]
    Name { what: What, name: String },
    #[error("the day a policy takes effect has a year, a month and a day, and no time")]
    Day,
    #[error("unknown time zone `{0}`")]
    TimeZone(String),
    #[error("age bands start at 0 and increase")]
    AgeBands,
    #[error("unknown {what} `{name}` in {place}{near}")]
    Unknown { what: What, name: String, place: Place, near: Near },
    #[error("{what} `{name}` is there twice")]
    Twice { what: What, name: String },
    #[error("{place} names form `{form}`, which a {kind} does not have")]
    KindLacksForm { form: Form, kind: Kind, place: Place },
    #[error("{place} names form `{form}` of `{field}`, which the field does not declare")]
    FormNotDeclared { form: Form, field: String, place: Place },
    #[error("{place} names `{field}` in no form; leave it out")]
    NoForm { field: String, place: Place },
    #[error("a {kind} belongs to key class `{class}`")]
    ClassOfKind { kind: Kind, class: KeyClass },
    #[error("a {0} has one slot")]
    OneSlot(Kind),
    #[error("a second field of kind `{0}`: one is enough to tell members apart")]
    SecondPseudonym(Kind),
    #[error("{0} are a list of fields, not a word")]
    WordForFields(Place),
    #[error("exceptions need a ceiling of `every-field` to except from")]
    NothingToExcept,
    #[error("the view of purpose `{purpose}` shows `{field}` as {forms}, above the ceiling of clause {clause}")]
    AboveCeiling { purpose: String, field: String, forms: FormSet, clause: String },
    #[error("purpose `{0}` has no row, so nobody can receive anything for it")]
    NoRow(String),
    #[error("a row of purpose `{0}` has no recipients, so nothing reaches it")]
    NoRecipient(String),
    #[error("purpose `{purpose}` has a row for {class} before this one, which is never reached")]
    RowTwice { purpose: String, class: RecipientClass },
    #[error("a row of purpose `{0}` shows nothing, though the purpose answers with a view")]
    EmptyView(String),
    #[error("purpose `{purpose}` answers with {}, so its rows have no `{key}`", answers.words())]
    NotAnswered { purpose: String, answers: Answers, key: &'static str },
    #[error("a row of purpose `{0}` says nothing that may be asked, though the purpose answers with yes or no")]
    NothingToVerify(String),
    #[error("the view of purpose `{0}` is what a basis names, and its row needs no basis")]
    ScopeWithoutBasis(String),
    #[error("a {kind} needs to name someone: `binds` takes \"member\", \"recipient\" or both")]
    BindsNobody { kind: BasisKind },
    #[error("a {0} is about one member, so it binds the member")]
    MemberUnbound(BasisKind),
    #[error("a {0} is about no single member, so it cannot bind the member")]
    MemberBound(BasisKind),
    #[error("a {kind} cannot bind the recipient where the recipient is {class}, which nobody registers")]
    BuiltInBound { kind: BasisKind, class: RecipientClass },
    #[error("a row of purpose `{purpose}` asks for a {kind} twice")]
    BasisTwice { purpose: String, kind: BasisKind },
    #[error("a {0} has no secrecy agreement; a contract has")]
    SecrecyElsewhere(BasisKind),
    #[error("term `under-policy` needs a contract or a transfer, which is made under a policy version")]
    UnderNoPolicy,
    #[error("a view cannot be deleted after 0 days")]
    DeleteAtOnce,
    #[error("purpose `{0}` gives data to registered parties, so its row says the countries they may receive in")]
    CountriesMissing(String),
    #[error("`{0}` is not a country code of two capital letters (ISO 3166-1 alpha-2)")]
    Country(String),
    #[error("{key} speaks of registered parties, and {class} is built in")]
    BuiltIn { key: &'static str, class: RecipientClass },
    #[error(
        "the view of purpose `{purpose}` shows `{field}` in full, which goes only to a party's own certificate identity: the row needs own_identity = true"
    )]
    NotInPerson { purpose: String, field: String },
    #[error("purpose `{0}` has no legal ground")]
    NoGround(String),
    #[error("purpose `{0}` is revocable, so each of its rows needs a consent")]
    NothingToRevoke(String),
    #[error("nothing is kept of an erased member; leave the section out")]
    KeepsNothing,
    #[error("what is kept of an erased member is kept for a month at least")]
    KeptForNoTime,
    #[error("what is kept of an erased member has no legal ground")]
    KeptWithoutGround,
    #[error("`{field}` cannot be kept of an erased member: {why} goes with the member")]
    NeverKept { field: String, why: String },
}

impl Problem {
    /// The stable name of the problem.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Format(_) => "unknown-format",
            Self::Zero(_) => "zero",
            Self::Name { .. } => "invalid-name",
            Self::Day => "invalid-day",
            Self::TimeZone(_) => "unknown-time-zone",
            Self::AgeBands => "age-bands",
            Self::Unknown { what, .. } => what.unknown(),
            Self::Twice { .. } => "duplicate",
            Self::KindLacksForm { .. } => "kind-lacks-form",
            Self::FormNotDeclared { .. } => "form-not-declared",
            Self::NoForm { .. } => "no-form",
            Self::ClassOfKind { .. } => "class-of-kind",
            Self::OneSlot(_) => "one-slot",
            Self::SecondPseudonym(_) => "second-pseudonym",
            Self::WordForFields(_) => "word-for-fields",
            Self::NothingToExcept => "nothing-to-except",
            Self::AboveCeiling { .. } => "above-ceiling",
            Self::NoRow(_) => "no-row",
            Self::NoRecipient(_) => "no-recipient",
            Self::RowTwice { .. } => "unreachable-row",
            Self::EmptyView(_) => "empty-view",
            Self::NotAnswered { .. } => "not-answered",
            Self::NothingToVerify(_) => "nothing-to-verify",
            Self::ScopeWithoutBasis(_) => "scope-without-basis",
            Self::BindsNobody { .. } => "binds-nobody",
            Self::MemberUnbound(_) => "member-unbound",
            Self::MemberBound(_) => "member-bound",
            Self::BuiltInBound { .. } => "built-in-bound",
            Self::BasisTwice { .. } => "basis-twice",
            Self::SecrecyElsewhere(_) => "secrecy-elsewhere",
            Self::UnderNoPolicy => "under-no-policy",
            Self::DeleteAtOnce => "delete-at-once",
            Self::CountriesMissing(_) => "countries-missing",
            Self::Country(_) => "invalid-country",
            Self::BuiltIn { .. } => "built-in",
            Self::NotInPerson { .. } => "not-in-person",
            Self::NoGround(_) => "no-ground",
            Self::NothingToRevoke(_) => "nothing-to-revoke",
            Self::KeepsNothing => "keeps-nothing",
            Self::KeptForNoTime => "kept-for-no-time",
            Self::KeptWithoutGround => "kept-without-ground",
            Self::NeverKept { .. } => "never-kept",
        }
    }
}

/// What sort of name is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Policy,
    Field,
    FieldNumber,
    Kind,
    KeyClass,
    Form,
    Clause,
    Purpose,
    Answer,
    Choice,
    RecipientClass,
    BasisKind,
    Binding,
    Term,
    Word,
}

impl What {
    const fn words(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Field => "field",
            Self::FieldNumber => "field number",
            Self::Kind => "kind of field",
            Self::KeyClass => "key class",
            Self::Form => "form",
            Self::Clause => "clause",
            Self::Purpose => "purpose",
            Self::Answer => "answer",
            Self::Choice => "choice",
            Self::RecipientClass => "recipient class",
            Self::BasisKind => "kind of basis",
            Self::Binding => "binding",
            Self::Term => "term",
            Self::Word => "word",
        }
    }

    const fn unknown(self) -> &'static str {
        match self {
            Self::Field => "unknown-field",
            Self::Kind => "unknown-kind",
            Self::KeyClass => "unknown-key-class",
            Self::Form => "unknown-form",
            Self::Clause => "unknown-clause",
            Self::Answer => "unknown-answer",
            Self::Choice => "unknown-choice",
            Self::RecipientClass => "unknown-recipient-class",
            Self::BasisKind => "unknown-basis-kind",
            Self::Binding => "unknown-binding",
            Self::Term => "unknown-term",
            Self::Word => "unknown-word",
            Self::Policy | Self::FieldNumber | Self::Purpose => "unknown-name",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Which part of the file speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Field(String),
    Ceiling(String),
    Exceptions(String),
    Purpose(String),
    Row(String),
    View(String),
    Questions(String),
    Retained,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "field `{field}`"),
            Self::Ceiling(clause) => write!(f, "the ceiling of clause {clause}"),
            Self::Exceptions(clause) => write!(f, "the exceptions of clause {clause}"),
            Self::Purpose(purpose) => write!(f, "purpose `{purpose}`"),
            Self::Row(purpose) => write!(f, "a row of purpose `{purpose}`"),
            Self::View(purpose) => write!(f, "the view of purpose `{purpose}`"),
            Self::Questions(purpose) => write!(f, "the questions of purpose `{purpose}`"),
            Self::Retained => f.write_str("what is kept of an erased member"),
        }
    }
}

/// The known name an unknown one was probably meant to be; reads as the end of a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Near(Option<String>);

impl Near {
    /// The nearest of the known names, if it is at most two edits away, and fewer than the name has letters.
    pub(super) fn to<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let candidates = known.into_iter().map(|candidate| (edits(name, candidate), candidate));
        let nearest = candidates.min().filter(|(edits, _)| *edits <= 2 && *edits < name.chars().count());
        Self(nearest.map(|(_, candidate)| candidate.to_owned()))
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// How many letters must be put in, taken out or changed (Levenshtein distance), one row of the table at a time.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (up, other) in row.iter().skip(1).zip(to.chars()) {
            left = (diagonal + usize::from(letter != other)).min(left + 1).min(up + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("adress", "address", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(edits(from, to), count, "{from} -> {to}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["address", "name", "email"];
        assert_eq!(Near::to("adress", known).to_string(), "; did you mean `address`?");
        assert_eq!(Near::to("passport", known).to_string(), "");
        assert_eq!(Near::to("x", ["y"]).to_string(), "");
    }
}
