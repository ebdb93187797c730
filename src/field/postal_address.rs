//! Postal addresses.

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::country;
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::{Part, is_digits};
use crate::field::private_text::PrivateText;
use crate::field::silent::{silent_debug, silent_debug_borrowed};

/// Where post reaches a person. Everything but a Japanese postal code is kept as given.
pub struct PostalAddress {
    country: PrivateText,
    postal_code: Option<PrivateText>,
    region: Option<PrivateText>,
    locality: Option<PrivateText>,
    lines: Vec<PrivateText>,
    addressee: Option<PrivateText>,
}

/// An address as it comes in; the country and one line are required, every other part may be empty.
#[derive(Clone, Copy, Default)]
pub struct AddressParts<'a> {
    /// ISO 3166-1 alpha-2, in capitals.
    pub country: &'a str,
    /// The postal code, at most 16 bytes. Japan's is seven digits, with or without the hyphen.
    pub postal_code: &'a str,
    /// The prefecture, state or province, at most 64 bytes.
    pub region: &'a str,
    /// The city, ward or town, at most 128 bytes.
    pub locality: &'a str,
    /// Street, building and room: 1 to 4 lines of at most 200 bytes.
    pub lines: &'a [&'a str],
    /// Who the label names, at most 128 bytes.
    pub addressee: &'a str,
}

impl PostalAddress {
    /// Takes an address; a Japanese postal code is stored as `NNN-NNNN`.
    pub fn parse(parts: AddressParts<'_>) -> Result<Self, InvalidValue> {
        if !parts.country.is_empty() && !country::is_country(parts.country) {
            return Err(InvalidValue::Malformed { part: COUNTRY.name(), expected: Expected::CountryCode });
        }
        let country = COUNTRY.required(parts.country)?;
        if parts.lines.len() > MOST_LINES {
            return Err(InvalidValue::TooMany { part: LINES.name(), limit: MOST_LINES });
        }
        if parts.lines.is_empty() {
            return Err(InvalidValue::Missing { part: LINES.name() });
        }
        codec::within_cap(Self {
            postal_code: postal_code(parts.country, parts.postal_code)?,
            country,
            region: REGION.optional(parts.region)?,
            locality: LOCALITY.optional(parts.locality)?,
            lines: parts.lines.iter().map(|line| LINES.required(line)).collect::<Result<_, _>>()?,
            addressee: ADDRESSEE.optional(parts.addressee)?,
        })
    }

    /// The country, ISO 3166-1 alpha-2.
    #[must_use]
    pub const fn country(&self) -> &PrivateText {
        &self.country
    }

    /// The postal code, if there is one.
    #[must_use]
    pub const fn postal_code(&self) -> Option<&PrivateText> {
        self.postal_code.as_ref()
    }

    /// The prefecture, state or province, if there is one.
    #[must_use]
    pub const fn region(&self) -> Option<&PrivateText> {
        self.region.as_ref()
    }

    /// The city, ward or town, if there is one.
    #[must_use]
    pub const fn locality(&self) -> Option<&PrivateText> {
        self.locality.as_ref()
    }

    /// Street, building and room: 1 to 4 lines.
    #[must_use]
    pub fn lines(&self) -> &[PrivateText] {
        &self.lines
    }

    /// Who the label names; absent, it is the member.
    #[must_use]
    pub const fn addressee(&self) -> Option<&PrivateText> {
        self.addressee.as_ref()
    }

    /// The region: `Tokyo`.
    pub(super) fn region_form(&self) -> Option<Zeroizing<String>> {
        self.region.as_ref().map(|region| Zeroizing::new(region.text().to_owned()))
    }

    /// Region and locality: `Tokyo, Shibuya-ku`; the locality alone where the address has no region.
    pub(super) fn locality_form(&self) -> Option<Zeroizing<String>> {
        let locality = self.locality.as_ref()?.text();
        let parts = [self.region.as_ref().map_or(locality, PrivateText::text), locality];
        Some(Zeroizing::new(if self.region.is_some() { parts.join(", ") } else { locality.to_owned() }))
    }

    /// The first half of the postal code, three characters at most, without gaps: `150`.
    pub(super) fn postal_prefix(&self) -> Option<Zeroizing<String>> {
        let code = self.postal_code.as_ref()?.text();
        let characters = || code.chars().filter(char::is_ascii_alphanumeric);
        let shown = (characters().count() / 2).min(3);
        (shown > 0).then(|| Zeroizing::new(characters().take(shown).collect()))
    }
}

impl Encoded for PostalAddress {
    const KIND: Kind = Kind::PostalAddress;

    fn write(&self, to: &mut Writer) {
        to.text(&self.country);
        for part in [&self.postal_code, &self.region, &self.locality, &self.addressee] {
            to.optional(part.as_ref());
        }
        to.length(self.lines.len());
        for line in &self.lines {
            to.text(line);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let country = from.text()?;
        let postal_code = from.optional()?;
        let region = from.optional()?;
        let locality = from.optional()?;
        let addressee = from.optional()?;
        let count = from.length()?;
        if !(1..=MOST_LINES).contains(&count) {
            return Err(Malformed);
        }
        let lines = (0..count).map(|_| from.text()).collect::<Result<_, _>>()?;
        Ok(Self { country, postal_code, region, locality, lines, addressee })
    }
}

silent_debug!(PostalAddress);
silent_debug_borrowed!(AddressParts);

fn postal_code(country: &str, text: &str) -> Result<Option<PrivateText>, InvalidValue> {
    let malformed = InvalidValue::Malformed { part: POSTAL_CODE.name(), expected: Expected::PostalCode };
    let Some(given) = POSTAL_CODE.optional(text)? else { return Ok(None) };
    if country == "JP" {
        let (area, town) = text.split_once('-').or_else(|| text.split_at_checked(3)).ok_or(malformed)?;
        if !is_digits(area, 3) || !is_digits(town, 4) {
            return Err(malformed);
        }
        let written = Zeroizing::new([area, "-", town].concat());
        return Ok(Some(PrivateText::from_written(written)));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-');
    if !text.bytes().all(allowed) || !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        return Err(malformed);
    }
    Ok(Some(given))
}

const COUNTRY: Part = Part::formal("country", 2);
const POSTAL_CODE: Part = Part::formal("postal_code", 16);
const REGION: Part = Part::free("region", 64);
const LOCALITY: Part = Part::free("locality", 128);
const LINES: Part = Part::free("lines", 200);
const ADDRESSEE: Part = Part::free("addressee", 128);

const MOST_LINES: usize = 4;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const SHIBUYA: AddressParts<'_> = AddressParts {
        country: "JP",
        postal_code: "1500002",
        region: "東京都",
        locality: "渋谷区",
        lines: &["渋谷1-2-3", "メゾン101"],
        addressee: "山田花子",
    };

    fn address(parts: AddressParts<'_>) -> PostalAddress {
        PostalAddress::parse(parts).unwrap()
    }

    fn shown(form: Option<Zeroizing<String>>) -> Option<String> {
        form.map(|text| text.as_str().to_owned())
    }

    #[test]
    fn a_japanese_postal_code_is_stored_one_way() {
        for postal_code in ["1500002", "150-0002"] {
            let kept = address(AddressParts { postal_code, ..SHIBUYA });
            assert!(kept.postal_code().unwrap().expose() == "150-0002");
        }
    }

    #[test]
    fn a_postal_code_its_country_does_not_know_is_refused() {
        let malformed = InvalidValue::Malformed { part: "postal_code", expected: Expected::PostalCode };
        for postal_code in ["150", "150-002", "15-00002", "150--0002", "150 0002", "〒1500002", "15000021", "ABC-DEFG"]
        {
            let refused = PostalAddress::parse(AddressParts { postal_code, ..SHIBUYA });
            assert_eq!(refused.err(), Some(malformed), "{postal_code}");
        }
        for postal_code in ["---", "SW1A/1AA", "Ü123"] {
            let refused = PostalAddress::parse(AddressParts { country: "GB", postal_code, ..SHIBUYA });
            assert_eq!(refused.err(), Some(malformed), "{postal_code}");
        }
    }

    #[test]
    fn each_derived_form_shows_its_part_and_no_more() {
        let kept = address(SHIBUYA);
        assert_eq!(shown(kept.region_form()).as_deref(), Some("東京都"));
        assert_eq!(shown(kept.locality_form()).as_deref(), Some("東京都, 渋谷区"));
        assert_eq!(shown(kept.postal_prefix()).as_deref(), Some("150"));
    }

    #[test]
    fn an_address_without_a_part_has_no_form_of_it() {
        let bare = address(AddressParts { country: "SG", lines: &["1 Raffles Place"], ..AddressParts::default() });
        assert!(bare.region_form().is_none() && bare.locality_form().is_none() && bare.postal_prefix().is_none());
        let city = address(AddressParts { region: "", ..SHIBUYA });
        assert_eq!(shown(city.locality_form()).as_deref(), Some("渋谷区"));
    }

    #[test]
    fn a_prefix_is_never_more_than_half_of_the_code() {
        let prefixes = [
            ("GB", "SW1A 1AA", Some("SW1")),
            ("US", "90210", Some("90")),
            ("AT", "1010", Some("10")),
            ("IS", "1", None),
        ];
        for (country, postal_code, prefix) in prefixes {
            let kept = address(AddressParts { country, postal_code, ..SHIBUYA });
            assert_eq!(shown(kept.postal_prefix()).as_deref(), prefix, "{postal_code}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_its_part() {
        let refused = [
            (AddressParts { country: "", ..SHIBUYA }, InvalidValue::Missing { part: "country" }),
            (
                AddressParts { country: "jp", ..SHIBUYA },
                InvalidValue::Malformed { part: "country", expected: Expected::CountryCode },
            ),
            (
                AddressParts { country: "JPN", ..SHIBUYA },
                InvalidValue::Malformed { part: "country", expected: Expected::CountryCode },
            ),
            (AddressParts { lines: &[], ..SHIBUYA }, InvalidValue::Missing { part: "lines" }),
            (AddressParts { lines: &["1", ""], ..SHIBUYA }, InvalidValue::Missing { part: "lines" }),
            (AddressParts { lines: &["1"; 5], ..SHIBUYA }, InvalidValue::TooMany { part: "lines", limit: 4 }),
            (AddressParts { lines: &["4242-4242-4242-4242"], ..SHIBUYA }, InvalidValue::CardNumber { part: "lines" }),
            (
                AddressParts { addressee: "cvc 123", ..SHIBUYA },
                InvalidValue::CardVerificationCode { part: "addressee" },
            ),
            (AddressParts { region: " ", ..SHIBUYA }, InvalidValue::Blank { part: "region" }),
            (AddressParts { locality: "a\rb", ..SHIBUYA }, InvalidValue::ControlCharacter { part: "locality" }),
        ];
        for (parts, error) in refused {
            assert_eq!(PostalAddress::parse(parts).err(), Some(error));
        }
        let line = "あ".repeat(60);
        let long = AddressParts { lines: &[line.as_str(); 4], ..SHIBUYA };
        assert_eq!(
            PostalAddress::parse(long).err(),
            Some(InvalidValue::TooLong { kind: Kind::PostalAddress, limit: 512 })
        );
    }
}
