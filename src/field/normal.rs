//! Normal forms: how two ways of writing the same thing become equal, for matching only and never for storing.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::field::email::Email;
use crate::field::phone::Phone;

/// An e-mail address without compatibility forms (NFKC), in lower case, the local part too: nobody gives two people
/// addresses that differ in case.
#[must_use]
pub fn email(email: &Email) -> Zeroizing<Vec<u8>> {
    let folded = Zeroizing::new(email.text().trim().nfkc().flat_map(char::to_lowercase).collect::<String>());
    // Lower case can undo the composition (a dotted capital I becomes two characters).
    written(folded.nfkc())
}

/// A telephone number, which is stored in its normal form: `+` and digits (E.164).
#[must_use]
pub fn phone(phone: &Phone) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(phone.text().as_bytes().to_vec())
}

/// An external reference, composed (NFC) and without white space around it. Its case means something: another system
/// made it.
#[must_use]
pub fn external_reference(reference: &str) -> Zeroizing<Vec<u8>> {
    written(reference.trim().nfc())
}

fn written(characters: impl Iterator<Item = char>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(characters.collect::<String>().into_bytes())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_email(text: &str) -> Vec<u8> {
        email(&Email::parse(text).unwrap()).to_vec()
    }

    #[test]
    fn addresses_that_differ_in_case_or_composition_are_one() {
        assert_eq!(of_email("Hana.Ko@Example.COM"), b"hana.ko@example.com");
        assert_eq!(of_email("e\u{301}ric@example.com"), of_email("É\u{72}ic@example.com"));
        assert_eq!(of_email("ｈana@example.com"), of_email("hana@example.com"));
    }

    #[test]
    fn addresses_that_differ_in_a_letter_a_dot_or_a_tag_are_not() {
        for other in ["hanak@example.com", "hana.ko@example.com", "hanako+shop@example.com", "hanako@example.co"] {
            assert_ne!(of_email("hanako@example.com"), of_email(other), "{other}");
        }
    }

    #[test]
    fn a_number_is_found_however_it_was_written() {
        let normal = |text| phone(&Phone::parse(text).unwrap()).to_vec();
        assert_eq!(normal("+81 090-1234-5678"), b"+819012345678");
        assert_ne!(normal("+81 90-1234-5678"), normal("+81 90-1234-5679"));
    }

    #[test]
    fn a_reference_is_trimmed_and_composed_and_keeps_its_case() {
        assert_eq!(*external_reference(" u-\u{65}\u{301} "), "u-é".as_bytes());
        assert_ne!(*external_reference("U-1"), *external_reference("u-1"));
        assert_ne!(*external_reference("ｕ1"), *external_reference("u1"));
    }

    proptest! {
        #[test]
        fn the_normal_form_of_a_normal_form_is_itself(local in "[\\w]{1,12}") {
            if let Ok(address) = Email::parse(&format!("{local}@example.com")) {
                let once = email(&address);
                if let Ok(again) = Email::parse(str::from_utf8(&once).unwrap()) {
                    prop_assert_eq!(&*email(&again), &*once);
                }
            }
        }
    }
}
