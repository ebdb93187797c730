//! Clues: what a member is looked for by, in the normal form it is found under.

use fubako_proto::v1;
use fubako_proto::v1::find_member_request::Key;
use zeroize::Zeroizing;

use crate::field::email::Email;
use crate::field::invalid::InvalidValue;
use crate::field::normal;
use crate::field::phone::Phone;
use crate::field::text::Text;
use crate::rpc::convert::value;
use crate::rpc::error::Error;
use crate::vault::find::Clue;

/// What a member is looked for by.
pub(in crate::rpc) fn parse(key: Option<&Key>) -> Result<Clue, Error> {
    match key {
        Some(Key::Email(text)) => {
            let email = Email::parse(&text.value).map_err(invalid("email"))?;
            Ok(Clue::Email(normal::email(&email)))
        }
        Some(Key::Phone(text)) => {
            let phone = Phone::parse(&text.value).map_err(invalid("phone"))?;
            Ok(Clue::Phone(normal::phone(&phone)))
        }
        Some(Key::ExternalReference(text)) => Ok(Clue::Reference(reference(text)?)),
        None => Err(Error::missing("key")),
    }
}

/// A member's name in the client's own system, in its normal form.
pub(in crate::rpc) fn reference(text: &v1::Text) -> Result<Zeroizing<Vec<u8>>, Error> {
    Text::parse(&text.value).map_err(invalid("external_reference"))?;
    Ok(normal::external_reference(&text.value))
}

fn invalid(argument: &'static str) -> impl Fn(InvalidValue) -> Error {
    move |problem| value::refused(argument.to_owned(), problem)
}
