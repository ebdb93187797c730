//! Preferences: a member's words on what can be refused.

use fubako_proto::v1;

use crate::model::ids::PurposeId;
use crate::model::preferences::{Preferences, Signal};
use crate::policy::table::Policy;
use crate::rpc::convert::argument;
use crate::rpc::error::Error;
use crate::vault::preferences::Choice;
use crate::vault::rows::Revised;

/// The optional purposes a request has a word on, each once.
pub(in crate::rpc) fn purposes(given: &[v1::PurposePreference]) -> Result<Vec<(PurposeId, Choice)>, Error> {
    argument::counted("purposes", given.len(), 0..=MOST)?;
    let mut chosen: Vec<(PurposeId, Choice)> = Vec::with_capacity(given.len());
    for (position, preference) in given.iter().enumerate() {
        let path = |part| format!("purposes[{position}].{part}");
        let purpose = argument::purpose(&path("purpose"), &preference.purpose)?;
        if chosen.iter().any(|(other, _)| *other == purpose) {
            return Err(Error::invalid(path("purpose"), "is named twice"));
        }
        let choice = choice(|| path("choice"), preference.choice)?.ok_or_else(|| Error::missing(path("choice")))?;
        chosen.push((purpose, choice));
    }
    Ok(chosen)
}

/// The signals a request has a word on.
pub(in crate::rpc) fn signals(request: &v1::SetPreferencesRequest) -> Result<Vec<(Signal, Choice)>, Error> {
    let given = [
        (Signal::Cookies, "cookies", request.cookies),
        (Signal::Analytics, "analytics", request.analytics),
        (Signal::Advertising, "advertising", request.advertising),
        (Signal::MailOpening, "mail_signal", request.mail_signal),
    ];
    let mut chosen = Vec::new();
    for (signal, path, number) in given {
        if let Some(choice) = choice(|| path.to_owned(), number)? {
            chosen.push((signal, choice));
        }
    }
    Ok(chosen)
}

/// Whether a request freezes a member's data.
pub(in crate::rpc) fn restricted(number: i32) -> Result<bool, Error> {
    match v1::Restriction::try_from(number) {
        Ok(v1::Restriction::Restricted) => Ok(true),
        Ok(v1::Restriction::Lifted) => Ok(false),
        Ok(v1::Restriction::Unspecified) => Err(Error::missing("restriction")),
        Err(_) => Err(Error::invalid("restriction", "is no restriction")),
    }
}

/// All of a member's words, one for each optional purpose of the policy.
pub(in crate::rpc) fn to_wire(row: &Revised<Preferences>, policy: &Policy) -> v1::Preferences {
    let preferences = &row.content;
    let word = |refused: bool| i32::from(if refused { v1::Choice::Refuse } else { v1::Choice::Allow });
    let signal = |signal: Signal| word(preferences.refused_signals.contains(&signal));
    let optional = policy.purposes().iter().filter(|purpose| purpose.is_optional());
    let purposes = optional.map(|purpose| v1::PurposePreference {
        purpose: purpose.id().to_string(),
        choice: word(preferences.refused.contains(purpose.id())),
    });
    let restriction = if preferences.restricted { v1::Restriction::Restricted } else { v1::Restriction::Lifted };
    v1::Preferences {
        purposes: purposes.collect(),
        cookies: signal(Signal::Cookies),
        analytics: signal(Signal::Analytics),
        advertising: signal(Signal::Advertising),
        mail_signal: signal(Signal::MailOpening),
        restriction: restriction.into(),
        revision: row.revision.0,
    }
}

/// A word; none, if it is not specified.
fn choice(path: impl FnOnce() -> String, number: i32) -> Result<Option<Choice>, Error> {
    match v1::Choice::try_from(number) {
        Ok(v1::Choice::Unspecified) => Ok(None),
        Ok(v1::Choice::Allow) => Ok(Some(Choice::Allow)),
        Ok(v1::Choice::Refuse) => Ok(Some(Choice::Refuse)),
        Err(_) => Err(Error::invalid(path(), "is no choice")),
    }
}

const MOST: usize = 64;
