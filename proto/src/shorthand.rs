//! Short ways to write the messages that every client writes.

use crate::v1::field_value::Value;
use crate::v1::recipient::Kind;
use crate::v1::{BuiltInRecipient, FieldValue, PaymentCard, PersonName, PostalAddress, Recipient, SlotValue, Text};

impl Text {
    /// A text of personal data.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into() }
    }
}

impl PersonName {
    /// A name as given, its parts not told apart.
    pub fn new(name: impl Into<String>) -> Self {
        // Not `..Self::default()`: a type that is wiped when dropped cannot be taken apart.
        let mut whole = Self::default();
        whole.name = name.into();
        whole
    }
}

impl From<Value> for FieldValue {
    fn from(value: Value) -> Self {
        Self { value: Some(value) }
    }
}

impl From<PersonName> for FieldValue {
    fn from(name: PersonName) -> Self {
        Value::Name(name).into()
    }
}

impl From<PostalAddress> for FieldValue {
    fn from(address: PostalAddress) -> Self {
        Value::Address(address).into()
    }
}

impl From<PaymentCard> for FieldValue {
    fn from(card: PaymentCard) -> Self {
        Value::Card(card).into()
    }
}

impl FieldValue {
    /// A value of the kind `text`, or a derived form.
    pub fn text(value: impl Into<String>) -> Self {
        Value::Text(Text::new(value)).into()
    }

    /// A value of the kind `email`.
    pub fn email(value: impl Into<String>) -> Self {
        Value::Email(Text::new(value)).into()
    }

    /// A value of the kind `phone`.
    pub fn phone(value: impl Into<String>) -> Self {
        Value::Phone(Text::new(value)).into()
    }

    /// A value of the kind `date`, `YYYY-MM-DD`.
    pub fn date(value: impl Into<String>) -> Self {
        Value::Date(Text::new(value)).into()
    }

    /// A value of the kind `password`.
    pub fn password(value: impl Into<String>) -> Self {
        Value::Password(Text::new(value)).into()
    }
}

impl SlotValue {
    /// A field's value in slot 0, collected now from `source`.
    pub fn new(field: impl Into<String>, value: impl Into<FieldValue>, source: impl Into<String>) -> Self {
        Self { field: field.into(), slot: 0, value: Some(value.into()), source: source.into(), collected_time: None }
    }
}

impl Recipient {
    /// The marketplace itself.
    #[must_use]
    pub fn marketplace() -> Self {
        Self::built_in(BuiltInRecipient::Marketplace)
    }

    /// The member, about themself.
    #[must_use]
    pub fn member() -> Self {
        Self::built_in(BuiltInRecipient::Member)
    }

    /// Everybody.
    #[must_use]
    pub fn public() -> Self {
        Self::built_in(BuiltInRecipient::Public)
    }

    /// A registered party.
    pub fn party(id: impl Into<String>) -> Self {
        Self { kind: Some(Kind::PartyId(id.into())) }
    }

    fn built_in(recipient: BuiltInRecipient) -> Self {
        Self { kind: Some(Kind::Builtin(recipient.into())) }
    }
}
