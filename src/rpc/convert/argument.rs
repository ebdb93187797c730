//! Plain arguments: ids, names and short texts, each refused by its place in the request.

use std::ops::RangeInclusive;

use fubako_keys::{KeyClass, Month};

use crate::field::forbidden;
use crate::model::ids::{BasisId, CallerName, InvalidId, MemberId, PartyId, PurposeId, RequestId, Slot};
use crate::model::slug::InvalidSlug;
use crate::rpc::convert::value;
use crate::rpc::error::Error;

/// A member's id.
pub(in crate::rpc) fn member(path: &str, text: &str) -> Result<MemberId, Error> {
    identifier(path, text, MemberId::parse)
}

/// A basis's id.
pub(in crate::rpc) fn basis(path: &str, text: &str) -> Result<BasisId, Error> {
    identifier(path, text, BasisId::parse)
}

/// The id of a change.
pub(in crate::rpc) fn request_id(text: &str) -> Result<RequestId, Error> {
    identifier("request_id", text, RequestId::parse)
}

/// A party's id.
pub(in crate::rpc) fn party(path: &str, text: &str) -> Result<PartyId, Error> {
    name(path, text, PartyId::parse)
}

/// A caller's name.
pub(in crate::rpc) fn caller(path: &str, text: &str) -> Result<CallerName, Error> {
    name(path, text, CallerName::parse)
}

/// A purpose's name, of a purpose in the policy or not.
pub(in crate::rpc) fn purpose(path: &str, text: &str) -> Result<PurposeId, Error> {
    name(path, text, PurposeId::parse)
}

/// A class of keys.
pub(in crate::rpc) fn key_class(path: &str, text: &str) -> Result<KeyClass, Error> {
    KeyClass::parse(text).map_err(|problem| Error::invalid(path, problem.to_string()))
}

/// A month, written as `2023-11`.
pub(in crate::rpc) fn month(path: &str, text: &str) -> Result<Month, Error> {
    let digits = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let number = digits.and_then(|(year, month)| format!("{year}{month}").parse().ok());
    number.and_then(|number| Month::new(number).ok()).ok_or_else(|| Error::invalid(path, "no month such as `2023-11`"))
}

/// A month as `202311`, written as `2023-11`.
pub(in crate::rpc) fn month_to_wire(number: &str) -> Option<String> {
    number.split_at_checked(4).filter(|(_, month)| !month.is_empty()).map(|(year, month)| format!("{year}-{month}"))
}

/// A list of bases, at most eight.
pub(in crate::rpc) fn bases(path: &str, texts: &[String]) -> Result<Vec<BasisId>, Error> {
    counted(path, texts.len(), 0..=MOST_BASES)?;
    let id = |(position, text): (usize, &String)| {
        BasisId::parse(text).map_err(|problem| Error::invalid(format!("{path}[{position}]"), problem.to_string()))
    };
    texts.iter().enumerate().map(id).collect()
}

/// A slot's number.
pub(in crate::rpc) fn slot(path: impl FnOnce() -> String, number: u32) -> Result<Slot, Error> {
    u16::try_from(number).map(Slot).map_err(|_| Error::invalid(path(), "no field has that slot"))
}

/// A text for the ledger or the register: one line of at most so many bytes, without a card's number or code.
pub(in crate::rpc) fn line<'a>(path: &str, text: &'a str, most: usize) -> Result<&'a str, Error> {
    if text.len() > most {
        return Err(Error::invalid(path, format!("is longer than {most} bytes")));
    }
    if text.contains(char::is_control) {
        return Err(Error::invalid(path, "holds a control character"));
    }
    without_card_data(path, text)?;
    Ok(text)
}

/// Refuses a text of the ledger or the register that holds what must never be stored.
pub(in crate::rpc) fn without_card_data(path: &str, text: &str) -> Result<(), Error> {
    forbidden::refuse_card_data(TEXT, text).map_err(|problem| value::refused(path.to_owned(), problem))
}

/// As [`line`], and it has to be there.
pub(in crate::rpc) fn required_line<'a>(path: &str, text: &'a str, most: usize) -> Result<&'a str, Error> {
    if text.trim().is_empty() { Err(Error::missing(path)) } else { line(path, text, most) }
}

/// An argument that is none of the names there are.
pub(in crate::rpc) fn none_of(path: impl Into<String>, names: impl IntoIterator<Item = &'static str>) -> Error {
    let known: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    Error::invalid(path, format!("is none of {}", known.join(", ")))
}

/// Refuses a list of the wrong length.
pub(in crate::rpc) fn counted(path: &str, length: usize, allowed: RangeInclusive<usize>) -> Result<(), Error> {
    if allowed.contains(&length) {
        return Ok(());
    }
    if length == 0 {
        return Err(Error::missing(path));
    }
    Err(Error::invalid(path, format!("has more than {} items", allowed.end())))
}

/// The reason a change is made for, in a word or two for the ledger.
pub(in crate::rpc) const REASON_BYTES: usize = 200;

fn identifier<T>(path: &str, text: &str, parse: impl FnOnce(&str) -> Result<T, InvalidId>) -> Result<T, Error> {
    if text.is_empty() {
        return Err(Error::missing(path));
    }
    parse(text).map_err(|problem| Error::invalid(path, problem.to_string()))
}

fn name<T>(path: &str, text: &str, parse: impl FnOnce(&str) -> Result<T, InvalidSlug>) -> Result<T, Error> {
    if text.is_empty() {
        return Err(Error::missing(path));
    }
    parse(text).map_err(|problem| Error::invalid(path, problem.to_string()))
}

const MOST_BASES: usize = 8;
/// What a text is called where it has a path and no name of its own.
const TEXT: &str = "text";
