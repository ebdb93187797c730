//! A person's name, kept exactly as given.

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::grapheme;
use crate::field::invalid::InvalidValue;
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::{silent_debug, silent_debug_borrowed};

/// A person's name: the whole as the person writes it and, where told apart, its parts and their reading.
///
/// Nothing is trimmed, composed or capitalised: how a name is written belongs to who bears it.
pub struct PersonName {
    whole: PrivateText,
    family: Option<PrivateText>,
    given: Option<PrivateText>,
    family_kana: Option<PrivateText>,
    given_kana: Option<PrivateText>,
}

/// A name as it comes in; every part but the whole may be empty.
#[derive(Clone, Copy, Default)]
pub struct NameParts<'a> {
    /// The whole name, at most 256 bytes.
    pub whole: &'a str,
    /// The family name, at most 128 bytes.
    pub family: &'a str,
    /// The given name, at most 128 bytes.
    pub given: &'a str,
    /// The reading of the family name, at most 128 bytes.
    pub family_kana: &'a str,
    /// The reading of the given name, at most 128 bytes.
    pub given_kana: &'a str,
}

impl PersonName {
    /// Takes a name; only what no name holds (control characters, card data) is refused.
    pub fn parse(parts: NameParts<'_>) -> Result<Self, InvalidValue> {
        codec::within_cap(Self {
            whole: WHOLE.required(parts.whole)?,
            family: FAMILY.optional(parts.family)?,
            given: GIVEN.optional(parts.given)?,
            family_kana: FAMILY_KANA.optional(parts.family_kana)?,
            given_kana: GIVEN_KANA.optional(parts.given_kana)?,
        })
    }

    /// The whole name.
    #[must_use]
    pub const fn whole(&self) -> &PrivateText {
        &self.whole
    }

    /// The family name, if it was told apart.
    #[must_use]
    pub const fn family(&self) -> Option<&PrivateText> {
        self.family.as_ref()
    }

    /// The given name, if it was told apart.
    #[must_use]
    pub const fn given(&self) -> Option<&PrivateText> {
        self.given.as_ref()
    }

    /// The reading of the family name, if it was given.
    #[must_use]
    pub const fn family_kana(&self) -> Option<&PrivateText> {
        self.family_kana.as_ref()
    }

    /// The reading of the given name, if it was given.
    #[must_use]
    pub const fn given_kana(&self) -> Option<&PrivateText> {
        self.given_kana.as_ref()
    }

    /// The first letter of each part, in the order of the whole name: `H. Y.`, `山. 花.`.
    ///
    /// Parts are the words of the whole name; where it is one word (`山田花子`), the family and the given name, if told apart.
    pub(super) fn initials(&self) -> Zeroizing<String> {
        let whole = self.whole.text();
        if let (None, Some(family), Some(given)) = (whole.split_whitespace().nth(1), &self.family, &self.given) {
            let (family, given) = (family.text(), given.text());
            let family_first = whole.trim_start().starts_with(family);
            return initials(if family_first { [family, given] } else { [given, family] });
        }
        initials(whole.split_whitespace())
    }
}

impl Encoded for PersonName {
    const KIND: Kind = Kind::PersonName;

    fn write(&self, to: &mut Writer) {
        to.text(&self.whole);
        for part in [&self.family, &self.given, &self.family_kana, &self.given_kana] {
            to.optional(part.as_ref());
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            whole: from.text()?,
            family: from.optional()?,
            given: from.optional()?,
            family_kana: from.optional()?,
            given_kana: from.optional()?,
        })
    }
}

silent_debug!(PersonName);
silent_debug_borrowed!(NameParts);

fn initials<'a>(parts: impl IntoIterator<Item = &'a str>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for part in parts {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(grapheme::first(part.trim_start()));
        text.push('.');
    }
    text
}

const WHOLE: Part = Part::free("name", 256);
const FAMILY: Part = Part::free("family", 128);
const GIVEN: Part = Part::free("given", 128);
const FAMILY_KANA: Part = Part::free("family_kana", 128);
const GIVEN_KANA: Part = Part::free("given_kana", 128);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn whole(whole: &str) -> NameParts<'_> {
        NameParts { whole, ..NameParts::default() }
    }

    #[test]
    fn a_name_is_kept_exactly_as_given() {
        for name in
            ["山田 花子", "e\u{301}ric", "éric", "O'Brien", " Li ", "Ｈａｎａ", "Nguyễn Thị Minh Khai", "X Æ A-12"]
        {
            assert!(PersonName::parse(whole(name)).unwrap().whole().expose() == name, "{name}");
        }
    }

    #[test]
    fn initials_are_the_first_letter_of_each_part() {
        let initials = [
            ("Hanako Yamada", "H. Y."),
            ("山田\u{3000}花子", "山. 花."),
            ("  Ana   María  de la Cruz ", "A. M. d. l. C."),
            ("E\u{301}ric", "E\u{301}."),
            ("👩‍👩‍👧 x", "👩‍👩‍👧. x."),
        ];
        for (name, letters) in initials {
            assert_eq!(*PersonName::parse(whole(name)).unwrap().initials(), letters);
        }
    }

    #[test]
    fn a_name_without_gaps_takes_its_initials_from_the_parts_told_apart() {
        let told_apart = |whole, family, given| NameParts { whole, family, given, ..NameParts::default() };
        let initials = |parts| PersonName::parse(parts).unwrap().initials();
        assert_eq!(*initials(told_apart("山田花子", "山田", "花子")), "山. 花.");
        assert_eq!(*initials(told_apart("HanakoYamada", "Yamada", "Hanako")), "H. Y.");
        assert_eq!(*initials(told_apart("山田花子", "山田", "")), "山.");
    }

    #[test]
    fn what_no_name_holds_is_refused_by_its_part() {
        let refused = [
            (whole(""), InvalidValue::Missing { part: "name" }),
            (whole(" "), InvalidValue::Blank { part: "name" }),
            (whole("Hana\0"), InvalidValue::ControlCharacter { part: "name" }),
            (whole("Hana 4242424242424242"), InvalidValue::CardNumber { part: "name" }),
            (NameParts { given: "\n", ..whole("Hana") }, InvalidValue::ControlCharacter { part: "given" }),
            (NameParts { family: "　", ..whole("Hana") }, InvalidValue::Blank { part: "family" }),
            (NameParts { given_kana: " ", ..whole("Hana") }, InvalidValue::Blank { part: "given_kana" }),
        ];
        for (parts, error) in refused {
            assert_eq!(PersonName::parse(parts).err(), Some(error));
        }
        let long = "あ".repeat(43);
        let parts = NameParts { family_kana: &long, ..whole("Hana") };
        assert_eq!(PersonName::parse(parts).err(), Some(InvalidValue::PartTooLong { part: "family_kana", limit: 128 }));
    }

    #[test]
    fn parts_that_fit_one_by_one_can_be_too_long_together() {
        let (long, longer) = ("a".repeat(128), "a".repeat(256));
        let parts = NameParts { whole: &longer, family: &long, given: &long, family_kana: &long, given_kana: &long };
        assert_eq!(PersonName::parse(parts).err(), Some(InvalidValue::TooLong { kind: Kind::PersonName, limit: 512 }));
    }
}
