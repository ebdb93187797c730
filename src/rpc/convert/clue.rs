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
        Some(Key::ExternalReference(text)) => {
            let mut normal = reference(text)?;
            Ok(Clue::Reference(Zeroizing::new(std::mem::take(&mut *normal).into_bytes())))
        }
        None => Err(Error::missing("key")),
    }
}

/// A member's name in the client's own system, in its normal form.
pub(in crate::rpc) fn reference(text: &v1::Text) -> Result<Zeroizing<String>, Error> {
    let path = "external_reference";
    Text::parse(&text.value).map_err(invalid(path))?;
    let mut normal = normal::external_reference(&text.value);
    let normal = String::from_utf8(std::mem::take(&mut *normal));
    normal.map(Zeroizing::new).map_err(|_| Error::invalid(path, "is no text"))
}

fn invalid(argument: &'static str) -> impl Fn(InvalidValue) -> Error {
    move |problem| value::refused(argument.to_owned(), problem)
}
