//! Tests of bank accounts: which are taken, which refused, and what their forms show.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const MIZUHO: JapaneseParts<'_> = JapaneseParts {
    bank_code: "0001",
    branch_code: "123",
    account_type: "ordinary",
    number: "1234567",
    holder_kana: "ヤマダ　ハナコ",
};

fn shown(form: Option<Zeroizing<String>>) -> Option<String> {
    form.map(|text| text.as_str().to_owned())
}

#[test]
fn a_short_number_is_filled_with_zeros() {
    for (number, stored) in [("1234567", "1234567"), ("12345", "0012345"), ("0", "0000000")] {
        let account = BankAccount::parse_japanese(JapaneseParts { number, ..MIZUHO }).unwrap();
        assert!(matches!(account, BankAccount::Japanese(account) if account.number().expose() == stored));
    }
}

#[test]
fn a_holder_is_kept_as_given_in_either_width() {
    for holder_kana in
        ["ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマダ ハナコ", "カ）フバコ", "ｶ)ﾌﾊﾞｺ", "ジョン　スミス", "IKEA JAPAN", "サトー・ハナコ"]
    {
        let account = BankAccount::parse_japanese(JapaneseParts { holder_kana, ..MIZUHO }).unwrap();
        assert!(matches!(account, BankAccount::Japanese(account) if account.holder_kana().expose() == holder_kana));
    }
}

#[test]
fn a_holder_that_no_bank_writes_is_refused() {
    let malformed = InvalidValue::Malformed { part: "holder_kana", expected: Expected::Katakana };
    for holder_kana in ["山田花子", "やまだはなこ", "Yamada", "ヤマダ@", "---", "123", "ヤマダ　ハナこ", "ヤマダ；"]
    {
        let refused = BankAccount::parse_japanese(JapaneseParts { holder_kana, ..MIZUHO });
        assert_eq!(refused.err(), Some(malformed), "{holder_kana}");
    }
}

#[test]
fn what_is_no_japanese_account_is_refused_by_its_part() {
    let refused = [
        (JapaneseParts { bank_code: "", ..MIZUHO }, InvalidValue::Missing { part: "bank_code" }),
        (JapaneseParts { bank_code: "001", ..MIZUHO }, InvalidValue::NotDigits { part: "bank_code", digits: 4 }),
        (JapaneseParts { bank_code: "00011", ..MIZUHO }, InvalidValue::NotDigits { part: "bank_code", digits: 4 }),
        (JapaneseParts { bank_code: "０００１", ..MIZUHO }, InvalidValue::NotDigits { part: "bank_code", digits: 4 }),
        (JapaneseParts { branch_code: "12a", ..MIZUHO }, InvalidValue::NotDigits { part: "branch_code", digits: 3 }),
        (JapaneseParts { number: "", ..MIZUHO }, InvalidValue::Missing { part: "number" }),
        (JapaneseParts { number: "12345678", ..MIZUHO }, InvalidValue::PartTooLong { part: "number", limit: 7 }),
        (JapaneseParts { number: "123-456", ..MIZUHO }, InvalidValue::NotDigits { part: "number", digits: 7 }),
        (JapaneseParts { account_type: "", ..MIZUHO }, InvalidValue::Missing { part: "account_type" }),
        (
            JapaneseParts { account_type: "Ordinary", ..MIZUHO },
            InvalidValue::Malformed { part: "account_type", expected: Expected::AccountType },
        ),
        (JapaneseParts { holder_kana: "", ..MIZUHO }, InvalidValue::Missing { part: "holder_kana" }),
        (
            JapaneseParts { holder_kana: "ヤマダ 4242424242424242", ..MIZUHO },
            InvalidValue::CardNumber { part: "holder_kana" },
        ),
    ];
    for (parts, error) in refused {
        assert_eq!(BankAccount::parse_japanese(parts).err(), Some(error));
    }
}

#[test]
fn an_iban_is_stored_without_spaces_in_capitals() {
    for written in ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89370400440532013000"] {
        let account = BankAccount::parse_iban(written, "Hanako Yamada").unwrap();
        assert!(matches!(account, BankAccount::Iban(account) if account.iban().expose() == "DE89370400440532013000"));
    }
}

#[test]
fn what_is_no_iban_is_refused() {
    let malformed = InvalidValue::Malformed { part: "iban", expected: Expected::Iban };
    for iban in [
        "DE89370400440532013001",
        "DE8937040044053201300",
        "DE893704004405320130000",
        "JP89370400440532013000",
        "XX89370400440532013000",
        "DE89-3704-0044-0532-0130-00",
        "DE89３70400440532013000",
        "1234567",
        "D",
    ] {
        assert_eq!(BankAccount::parse_iban(iban, "").err(), Some(malformed), "{iban}");
    }
    assert_eq!(BankAccount::parse_iban("", "").err(), Some(InvalidValue::Missing { part: "iban" }));
    let holder = BankAccount::parse_iban("DE89370400440532013000", "a\u{0}").err();
    assert_eq!(holder, Some(InvalidValue::ControlCharacter { part: "holder" }));
}

#[test]
fn each_form_shows_its_part_and_no_more() {
    let japanese = BankAccount::parse_japanese(MIZUHO).unwrap();
    assert_eq!(shown(japanese.bank_only()).as_deref(), Some("0001"));
    assert_eq!(shown(japanese.last3()).as_deref(), Some("567"));
    let german = BankAccount::parse_iban("DE89370400440532013000", "").unwrap();
    assert_eq!(shown(german.bank_only()).as_deref(), Some("DE 37040044"));
    assert_eq!(shown(german.last3()).as_deref(), Some("000"));
    let british = BankAccount::parse_iban("GB29NWBK60161331926819", "").unwrap();
    assert_eq!(shown(british.bank_only()).as_deref(), Some("GB NWBK"));
}

#[test]
fn bytes_that_are_no_account_do_not_decode() {
    let whole = codec::encode(&BankAccount::parse_japanese(MIZUHO).unwrap());
    for (place, byte) in [(0, 3), (0, 9), (1, 3), (2, b'x'), (5, 4), (9, 6)] {
        let mut changed = whole.to_vec();
        *changed.get_mut(place).unwrap() = byte;
        assert_eq!(codec::decode::<BankAccount>(&changed).err(), Some(Malformed), "{place} {byte}");
    }
    for length in 0..whole.len() {
        assert!(codec::decode::<BankAccount>(whole.get(..length).unwrap()).is_err(), "{length}");
    }
}
