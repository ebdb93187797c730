//! What may not be stored: card verification codes anywhere, and card numbers outside the card field.
//!
//! It is a guard against mistakes (an agent who types a card into a note), not against someone who hides digits on
//! purpose. Texts are compared folded: compatibility forms (full-width digits, half-width kana) and case do not matter.
//!
//! **In a part people write into** (free text, names, address lines, holders; and what goes into the ledger and the
//! register, such as reasons, references and the names of parties) these are refused:
//! - a card verification code: `cvv`, `cvc` (also with a `2`), `security code` or `セキュリティコード`, then a space, `:`,
//!   `=` or `#`, then 3 or 4 digits standing alone (`CVV: 123`). `cvc2024`, a login somebody may have, passes;
//! - a card number: 14 to 19 digits that a known network issues, with the right check digit, written together or in the
//!   groups cards are printed in (4-4-4-4, 4-6-5, 4-6-4, 4-4-4-4-3). A nickname is public, an address goes to sellers;
//!   the price is that of sixteen-digit texts that are no card, about one in forty is refused.
//!
//! **In a card's number**: a group of 3 or 4 digits after what is a whole card number already
//! (`4242424242424242 123`). **In a card's holder**: a last word of 3 or 4 digits. Not detected, because it can be
//! anything: a code written to the digits of the number without a gap, and a bare `123` in a free text.
//!
//! Web addresses, browser and device names, and what was used are not searched: they are written by software and full of
//! order and session numbers, of which one in forty would be refused for nothing.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::field::card_network;
use crate::field::invalid::InvalidValue;

/// Refuses a free text with a card verification code or a card number in it, be it of a value or beside one.
pub fn refuse_card_data(part: &'static str, text: &str) -> Result<(), InvalidValue> {
    let folded = fold(text);
    if folded.bytes().filter(u8::is_ascii_digit).count() < SHORTEST_CODE {
        return Ok(());
    }
    if names_a_code(&folded) {
        return Err(InvalidValue::CardVerificationCode { part });
    }
    refuse_card_number(part, &folded)
}

/// Refuses a text with a card number in it.
pub(super) fn refuse_card_number(part: &'static str, text: &str) -> Result<(), InvalidValue> {
    let in_one_stretch = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-');
    if text.split(|c| !in_one_stretch(c)).any(holds_a_card_number) {
        return Err(InvalidValue::CardNumber { part });
    }
    Ok(())
}

/// Refuses a card number that goes on, after it is complete, with what can only be its verification code.
pub(super) fn refuse_code_after_number(part: &'static str, text: &str) -> Result<(), InvalidValue> {
    let folded = fold(text);
    let mut groups: Vec<&str> = folded.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    if !groups.pop().is_some_and(has_the_length_of_a_code) {
        return Ok(());
    }
    let mut digits = Zeroizing::new(String::with_capacity(folded.len()));
    for group in groups {
        digits.push_str(group);
        if card_network::is_network_number(&digits) {
            return Err(InvalidValue::CardVerificationCode { part });
        }
    }
    Ok(())
}

/// Refuses a card holder whose last word is 3 or 4 digits: nobody's name, but what is printed beside it.
pub(super) fn refuse_code_after_name(part: &'static str, text: &str) -> Result<(), InvalidValue> {
    let folded = fold(text);
    let last = folded.split_whitespace().next_back().unwrap_or_default();
    if has_the_length_of_a_code(last) && last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidValue::CardVerificationCode { part });
    }
    Ok(())
}

/// The text without compatibility forms, in lower case, with one kind of hyphen.
fn fold(text: &str) -> Zeroizing<String> {
    // Folding shortens most texts and doubles hardly any: room enough not to grow, which would leave a copy behind.
    let mut folded = Zeroizing::new(String::with_capacity(text.len() * 2));
    let one_hyphen = |c: char| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c };
    folded.extend(text.nfkc().flat_map(char::to_lowercase).map(one_hyphen));
    folded
}

fn names_a_code(folded: &str) -> bool {
    CODE_NAMES.iter().any(|name| {
        let mut rest = folded;
        while let Some((before, after)) = rest.split_once(name) {
            if !before.ends_with(|c: char| c.is_ascii_alphanumeric()) && starts_with_a_code(after) {
                return true;
            }
            rest = after;
        }
        false
    })
}

/// Whether what follows the name of a code is a gap and 3 or 4 digits standing alone.
fn starts_with_a_code(after: &str) -> bool {
    let after = after.strip_prefix('2').unwrap_or(after);
    let code = after.trim_start_matches([' ', ':', '=', '#']);
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    let stands_alone = code.as_bytes().get(digits).is_none_or(|next| !next.is_ascii_alphanumeric());
    code.len() < after.len() && CODE_LENGTHS.contains(&digits) && stands_alone
}

/// Whether a stretch of digits, spaces and hyphens holds a card number, in one group or in those cards are printed in.
fn holds_a_card_number(stretch: &str) -> bool {
    let groups: Vec<&str> = stretch.split([' ', '-']).filter(|group| !group.is_empty()).collect();
    groups.iter().any(|group| card_network::is_network_number(group))
        || PRINTED_GROUPS.iter().any(|lengths| {
            groups.windows(lengths.len()).any(|window| {
                window.iter().map(|group| group.len()).eq(lengths.iter().copied())
                    && card_network::is_network_number(&Zeroizing::new(window.concat()))
            })
        })
}

fn has_the_length_of_a_code(group: &str) -> bool {
    CODE_LENGTHS.contains(&group.len())
}

/// Digits of a verification code: three, and four on American Express.
const CODE_LENGTHS: [usize; 2] = [SHORTEST_CODE, 4];

const SHORTEST_CODE: usize = 3;

/// What people call the code, folded.
const CODE_NAMES: &[&str] = &["cvv", "cvc", "security code", "セキュリティコード", "セキュリティーコード"];

/// The groups card numbers are printed in.
const PRINTED_GROUPS: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = "line";
    const CODE: Result<(), InvalidValue> = Err(InvalidValue::CardVerificationCode { part: PART });
    const NUMBER: Result<(), InvalidValue> = Err(InvalidValue::CardNumber { part: PART });

    #[test]
    fn a_named_verification_code_is_refused_however_it_is_written() {
        for text in [
            "CVV: 123",
            "cvv2=123",
            "my cvc 1234",
            "(CVC2 #123)",
            "Security Code 123",
            "セキュリティコード：１２３",
            "ｾｷｭﾘﾃｨｺｰﾄﾞ 123",
            "cvv cvv 123",
            "4242 4242 4242 4242 cvv 123",
        ] {
            assert_eq!(refuse_card_data(PART, text), CODE, "{text}");
        }
    }

    #[test]
    fn a_word_that_only_looks_like_a_code_is_not() {
        for text in [
            "cvc2024",
            "cvv123",
            "cvv 12",
            "cvv 12345",
            "cvv 123a",
            "acvv 123",
            "cvv or 123",
            "123 cvv",
            "cvv",
            "cvv2",
            "security codes 123",
            "123",
        ] {
            assert_eq!(refuse_card_data(PART, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_card_number_is_refused_however_it_is_grouped() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "4242\u{2010}4242\u{2010}4242\u{2010}4242",
            "card 4242 4242 4242 4242 please",
            "４２４２４２４２４２４２４２４２",
            "Hana 378282246310005",
            "3782 822463 10005",
            "3056 930902 5904",
            "1-2-3 3530111333300000",
            "x5555555555554444x",
        ] {
            assert_eq!(refuse_card_data(PART, text), NUMBER, "{text}");
        }
    }

    #[test]
    fn numbers_that_people_write_for_other_reasons_pass() {
        for text in [
            "4242424242424241",
            "42424242424242424242",
            "42 42 42 42 42 42 42 42",
            "4242 4242 4242",
            "450-0002 090-1234-5678",
            "4901234567894",
            "9999999999999995",
            "渋谷1-2-3 メゾン101",
            "order 20250101-0001",
        ] {
            assert_eq!(refuse_card_data(PART, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_code_behind_a_whole_number_is_refused() {
        for text in [
            "4242424242424242 123",
            "4242 4242 4242 4242 123",
            "4242-4242-4242-4242-123",
            "4242424242424242/123",
            "4242424242424242 12/31 123",
            "378282246310005 1234",
            "4242424242424242 cvv 123",
        ] {
            assert_eq!(refuse_code_after_number(PART, text), CODE, "{text}");
        }
    }

    #[test]
    fn the_last_group_of_the_number_itself_is_not_a_code() {
        for text in ["4242 4242 4242 4242", "4242424242424242", "3056 930902 5904", "3782 822463 10005", "123", ""] {
            assert_eq!(refuse_code_after_number(PART, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_holder_may_not_end_in_a_code() {
        for text in ["HANAKO YAMADA 123", "HANAKO YAMADA １２３４", "123"] {
            assert_eq!(refuse_code_after_name(PART, text), CODE, "{text}");
        }
        for text in ["HANAKO YAMADA", "HANAKO 2ND", "SHOP 24", "SHOP 12345", "STUDIO-123", ""] {
            assert_eq!(refuse_code_after_name(PART, text), Ok(()), "{text}");
        }
    }
}
