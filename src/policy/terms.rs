//! Terms: what the recipient of a view undertakes, travelling with it.

use std::fmt;

use jiff::Timestamp;

use crate::model::ids::PolicyVersion;

/// One term a view is given under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    /// The view serves the stated purpose and no other.
    UseOnlyForPurpose,
    /// Nothing is passed on unless the member consents.
    NoOnwardWithoutConsent,
    /// The view is deleted by then.
    DeleteBy(Timestamp),
    /// The secrecy agreement of that reference applies.
    SecrecyAgreement(String),
    /// The recipient handles the view under that version of the policy.
    UnderPolicy(PolicyVersion),
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UseOnlyForPurpose => f.write_str(StandingTerm::UseOnlyForPurpose.name()),
            Self::NoOnwardWithoutConsent => f.write_str(StandingTerm::NoOnwardWithoutConsent.name()),
            Self::DeleteBy(time) => write!(f, "delete-by {}", time.strftime("%Y-%m-%dT%H:%M:%SZ")),
            Self::SecrecyAgreement(reference) => write!(f, "secrecy-agreement {reference}"),
            Self::UnderPolicy(version) => write!(f, "{} {version}", StandingTerm::UnderPolicy.name()),
        }
    }
}

/// A term as a policy's row states it, before a release fills it in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StandingTerm {
    /// See [`Term::UseOnlyForPurpose`].
    UseOnlyForPurpose,
    /// See [`Term::NoOnwardWithoutConsent`].
    NoOnwardWithoutConsent,
    /// See [`Term::UnderPolicy`]: the version the recipient's contract was made under.
    UnderPolicy,
}

impl StandingTerm {
    /// Every term a row can state.
    pub const ALL: [Self; 3] = [Self::UseOnlyForPurpose, Self::NoOnwardWithoutConsent, Self::UnderPolicy];

    /// The term's name in policies and views.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UseOnlyForPurpose => "use-only-for-purpose",
            Self::NoOnwardWithoutConsent => "no-onward-without-consent",
            Self::UnderPolicy => "under-policy",
        }
    }

    /// The term of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_as_recipients_see_them() {
        let terms = [
            Term::UseOnlyForPurpose,
            Term::NoOnwardWithoutConsent,
            Term::DeleteBy(Timestamp::UNIX_EPOCH),
            Term::SecrecyAgreement("NDA-7".to_owned()),
            Term::UnderPolicy(PolicyVersion(3)),
        ];
        let words = terms.map(|term| term.to_string());
        assert_eq!(
            words,
            [
                "use-only-for-purpose",
                "no-onward-without-consent",
                "delete-by 1970-01-01T00:00:00Z",
                "secrecy-agreement NDA-7",
                "under-policy 3",
            ]
        );
    }
}
