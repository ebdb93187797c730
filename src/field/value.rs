//! A value of any kind: its bytes, and how it is shown in each form.

use jiff::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::field::access_trace::AccessTrace;
use crate::field::bank_account::BankAccount;
use crate::field::codec::{self, Malformed};
use crate::field::credential::Credential;
use crate::field::date::Date;
use crate::field::email::Email;
use crate::field::kind::Kind;
use crate::field::normal;
use crate::field::payment_card::PaymentCard;
use crate::field::person_name::PersonName;
use crate::field::phone::Phone;
use crate::field::postal_address::PostalAddress;
use crate::field::presentation::Presentation;
use crate::field::pseudonym_secret::PseudonymSecret;
use crate::field::silent::silent_debug;
use crate::field::text::Text;
use crate::field::usage_history::UsageHistory;
use crate::model::form::Form;

/// A value of one of the kinds, parsed. It is wiped when it is dropped.
pub enum Value {
    /// Free text.
    Text(Text),
    /// A person's name.
    Name(PersonName),
    /// A password's verifier.
    Credential(Credential),
    /// A postal address.
    Address(PostalAddress),
    /// An e-mail address.
    Email(Email),
    /// A telephone number.
    Phone(Phone),
    /// A calendar date.
    Date(Date),
    /// A payment card.
    Card(PaymentCard),
    /// A bank account.
    BankAccount(BankAccount),
    /// A usage history.
    Usage(UsageHistory),
    /// An access trace.
    Trace(AccessTrace),
    /// What the member's pseudonyms are derived from.
    PseudonymSecret(PseudonymSecret),
}

/// What a view shows of a value.
pub enum Shown {
    /// The whole value: the form `full`.
    Value(Value),
    /// A short text: every derived form.
    Text(Zeroizing<String>),
}

/// A value cannot be shown in that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoSuchForm {
    /// No value of the kind has the form.
    #[error("a value of kind `{kind}` has no form `{form}`")]
    NotOfKind {
        /// The value's kind.
        kind: Kind,
        /// The form asked for.
        form: Form,
    },
    /// Others of its kind have the form, this one lacks what it is derived from: a token has no last four digits, some
    /// addresses have no region.
    #[error("this value of kind `{kind}` holds nothing that `{form}` could be derived from")]
    Unavailable {
        /// The value's kind.
        kind: Kind,
        /// The form asked for.
        form: Form,
    },
}

impl Value {
    /// The value's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Name(_) => Kind::PersonName,
            Self::Credential(_) => Kind::Credential,
            Self::Address(_) => Kind::PostalAddress,
            Self::Email(_) => Kind::Email,
            Self::Phone(_) => Kind::Phone,
            Self::Date(_) => Kind::Date,
            Self::Card(_) => Kind::PaymentCard,
            Self::BankAccount(_) => Kind::BankAccount,
            Self::Usage(_) => Kind::UsageHistory,
            Self::Trace(_) => Kind::AccessTrace,
            Self::PseudonymSecret(_) => Kind::Pseudonym,
        }
    }

    /// The value's bytes, to be sealed: at most [`Kind::max_bytes`], one encoding for one value.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Text(value) => codec::encode(value),
            Self::Name(value) => codec::encode(value),
            Self::Credential(value) => codec::encode(value),
            Self::Address(value) => codec::encode(value),
            Self::Email(value) => codec::encode(value),
            Self::Phone(value) => codec::encode(value),
            Self::Date(value) => codec::encode(value),
            Self::Card(value) => codec::encode(value),
            Self::BankAccount(value) => codec::encode(value),
            Self::Usage(value) => codec::encode(value),
            Self::Trace(value) => codec::encode(value),
            Self::PseudonymSecret(value) => codec::encode(value),
        }
    }

    /// The value of that kind whose bytes these are, all of them.
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, Malformed> {
        match kind {
            Kind::Text => codec::decode(bytes).map(Self::Text),
            Kind::PersonName => codec::decode(bytes).map(Self::Name),
            Kind::Credential => codec::decode(bytes).map(Self::Credential),
            Kind::PostalAddress => codec::decode(bytes).map(Self::Address),
            Kind::Email => codec::decode(bytes).map(Self::Email),
            Kind::Phone => codec::decode(bytes).map(Self::Phone),
            Kind::Date => codec::decode(bytes).map(Self::Date),
            Kind::PaymentCard => codec::decode(bytes).map(Self::Card),
            Kind::BankAccount => codec::decode(bytes).map(Self::BankAccount),
            Kind::UsageHistory => codec::decode(bytes).map(Self::Usage),
            Kind::AccessTrace => codec::decode(bytes).map(Self::Trace),
            Kind::Pseudonym => codec::decode(bytes).map(Self::PseudonymSecret),
        }
    }

    /// The value in one form, at that instant.
    ///
    /// Never fails for `full` and for a form the value can be derived in. Nothing is shown of a password's verifier, nor of
    /// the secret of a pseudonym, though the kind `pseudonym` has the form `full`: that one is derived with a key.
    /// Who owns the value and shows it whole need not have it copied: [`Shown::Value`] takes it as it is.
    pub fn show(&self, form: Form, presentation: &Presentation, now: Timestamp) -> Result<Shown, NoSuchForm> {
        let kind = self.kind();
        if !kind.forms().contains(form) {
            return Err(NoSuchForm::NotOfKind { kind, form });
        }
        let shown = if form == Form::Full {
            self.copy().map(Shown::Value)
        } else {
            self.derive(form, presentation, now).map(Shown::Text)
        };
        shown.ok_or(NoSuchForm::Unavailable { kind, form })
    }

    /// The value in the normal form it is found by, if its kind is one that is searched.
    #[must_use]
    pub fn normal_form(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Email(email) => Some(normal::email(email)),
            Self::Phone(phone) => Some(normal::phone(phone)),
            Self::Text(_)
            | Self::Name(_)
            | Self::Credential(_)
            | Self::Address(_)
            | Self::Date(_)
            | Self::Card(_)
            | Self::BankAccount(_)
            | Self::Usage(_)
            | Self::Trace(_)
            | Self::PseudonymSecret(_) => None,
        }
    }

    /// The same value again, by way of its bytes: the only way there is one twice.
    fn copy(&self) -> Option<Self> {
        if matches!(self, Self::PseudonymSecret(_)) {
            return None;
        }
        Self::decode(self.kind(), &self.encode()).ok()
    }

    /// The text of a derived form, if the value holds what it is derived from.
    fn derive(&self, form: Form, presentation: &Presentation, now: Timestamp) -> Option<Zeroizing<String>> {
        match (self, form) {
            (Self::Text(text), Form::Masked) => Some(text.masked()),
            (Self::Name(name), Form::Initials) => Some(name.initials()),
            (Self::Address(address), Form::Locality) => address.locality_form(),
            (Self::Address(address), Form::Region) => address.region_form(),
            (Self::Address(address), Form::PostalPrefix) => address.postal_prefix(),
            (Self::Email(email), Form::Masked) => email.masked(),
            (Self::Email(email), Form::Domain) => email.domain(),
            (Self::Phone(phone), Form::Last4) => phone.last4(),
            (Self::Phone(phone), Form::Country) => phone.country(),
            (Self::Date(date), Form::Year) => Some(date.year()),
            (Self::Date(date), Form::AgeBand) => date.age_band(presentation, now),
            (Self::Date(date), Form::Adult) => {
                date.is_adult(presentation, now).map(|adult| Zeroizing::new(adult.to_string()))
            }
            (Self::Card(card), Form::Truncated) => card.truncated(),
            (Self::Card(card), Form::Last4) => card.last4(),
            (Self::Card(card), Form::Brand) => card.brand(),
            (Self::Card(card), Form::Expiry) => Some(card.expiry()),
            (Self::BankAccount(account), Form::BankOnly) => account.bank_only(),
            (Self::BankAccount(account), Form::Last3) => account.last3(),
            (Self::Usage(usage), Form::FrequencyBand) => Some(usage.frequency_band(presentation, now)),
            (Self::Trace(trace), Form::Coarse) => trace.coarse(),
            _ => None,
        }
    }
}

silent_debug!(Value, Shown);

#[cfg(test)]
mod tests;
