//! Made-up people: as many as are asked for, each with every field a policy may know, and the same ones every time.
//!
//! Towns that do not exist, e-mail under `example.jp`, telephone numbers of a range nobody is given, addresses of
//! RFC 5737, and card numbers the networks publish for tests.

use fubako_proto::v1::{
    AccessTrace, BankAccount, FieldValue, JapaneseAccount, PaymentCard, PersonName, PostalAddress, SlotValue, UsageDay,
    UsageHistory, bank_account, field_value, payment_card,
};

/// A made-up person, told from all others by a number.
pub(super) struct Person {
    number: usize,
    family: [&'static str; 3],
    given: [&'static str; 3],
    gender: &'static str,
}

impl Person {
    /// The person of that number.
    pub(super) fn new(number: usize) -> Self {
        let (kanji, kana, latin, gender) = picked(GIVEN, number);
        Self { number, family: picked(FAMILY, number), given: [kanji, kana, latin], gender }
    }

    /// All of their values.
    pub(super) fn values(&self) -> Vec<SlotValue> {
        let source = picked(SOURCES, self.number);
        let value = |field: &str, value: FieldValue| SlotValue::new(field, value, source);
        let gift = SlotValue { slot: 1, ..value("address", self.gift_address().into()) };
        vec![
            value("name", self.full_name().into()),
            value("login_id", FieldValue::text(self.login())),
            value("password", FieldValue::password(self.password())),
            value("nickname", FieldValue::text(format!("{}{}", self.latin_given(), 17 + self.number * 7 % 80))),
            value("address", self.address().into()),
            gift,
            value("email", FieldValue::email(self.email())),
            value("phone", FieldValue::phone(self.phone())),
            value("gender", FieldValue::text(self.gender)),
            value("birth_date", FieldValue::date(self.birth_date())),
            value("card", self.card().into()),
            value("bank_account", self.bank_account()),
            value("payment_status", FieldValue::text(picked(&["paid", "paid", "due", "paid"], self.number))),
            value("usage", self.usage()),
            value("access_trace", self.access_trace()),
        ]
    }

    /// The name as it is written.
    pub(super) fn name(&self) -> String {
        let ([family, ..], [given, ..]) = (self.family, self.given);
        format!("{family} {given}")
    }

    fn full_name(&self) -> PersonName {
        let ([family, family_kana, _], [given, given_kana, _]) = (self.family, self.given);
        let mut name = PersonName::new(self.name());
        name.family = family.into();
        name.given = given.into();
        name.family_kana = family_kana.into();
        name.given_kana = given_kana.into();
        name
    }

    fn latin_family(&self) -> &'static str {
        let [.., latin] = self.family;
        latin
    }

    fn latin_given(&self) -> &'static str {
        let [.., latin] = self.given;
        latin
    }

    fn login(&self) -> String {
        let login = format!("{}.{}", self.latin_given(), self.latin_family());
        // The names begin again with the first.
        if self.number < GIVEN.len() { login } else { format!("{login}.{}", self.number) }
    }

    /// The e-mail address.
    pub(super) fn email(&self) -> String {
        format!("{}@example.jp", self.login())
    }

    /// The telephone number.
    pub(super) fn phone(&self) -> String {
        format!("+81900{:07}", (10_000 + self.number * 137) % 10_000_000)
    }

    /// The password.
    pub(super) fn password(&self) -> String {
        format!("{}-likes-lacquer-{}", self.latin_given(), self.number)
    }

    /// What the marketplace's own system calls them.
    pub(super) fn reference(&self) -> String {
        format!("customer-{}", 1001 + self.number)
    }

    /// The day of birth.
    pub(super) fn birth_date(&self) -> String {
        format!("{}-{:02}-{:02}", 1950 + (41 + self.number * 11) % 58, 1 + self.number % 12, 1 + self.number * 5 % 28)
    }

    fn address(&self) -> PostalAddress {
        let (postal_code, region, locality, town) = picked(PLACES, self.number);
        let mut address = PostalAddress::default();
        address.country = "JP".into();
        address.postal_code = postal_code.into();
        address.region = region.into();
        address.locality = locality.into();
        address.lines = vec![format!("{town}{}-{}-{}", 1 + self.number % 5, 1 + self.number % 9, 1 + self.number)];
        address
    }

    /// Where gifts go: to the family, somewhere else.
    fn gift_address(&self) -> PostalAddress {
        let elsewhere = Self { number: self.number + 5, ..Self::new(self.number) };
        let mut address = elsewhere.address();
        let [family, ..] = self.family;
        address.addressee = format!("{family} 方");
        address
    }

    /// The card's number, one of those published for tests.
    pub(super) fn pan(&self) -> &'static str {
        picked(CARDS, self.number)
    }

    fn card(&self) -> PaymentCard {
        let mut card = PaymentCard::default();
        card.account = Some(payment_card::Account::Pan(self.pan().to_owned()));
        card.expiry_month = picked(&[4, 7, 10, 12], self.number);
        card.expiry_year = picked(&[2031, 2032, 2033], self.number);
        card.holder = format!("{} {}", self.latin_given(), self.latin_family()).to_uppercase();
        card
    }

    fn bank_account(&self) -> FieldValue {
        let ([_, family, _], [_, given, _]) = (self.family, self.given);
        let mut account = JapaneseAccount::default();
        account.bank_code = "9999".into();
        account.branch_code = format!("{:03}", 1 + self.number % 40);
        account.account_type = "ordinary".into();
        account.number = format!("{:07}", (1_234_567 + self.number * 7919) % 10_000_000);
        account.holder_kana = format!("{family} {given}");
        field_value::Value::BankAccount(BankAccount { account: Some(bank_account::Account::Japanese(account)) }).into()
    }

    fn usage(&self) -> FieldValue {
        let day = |date: String, what: &str| {
            let mut day = UsageDay::default();
            day.date = date;
            day.what = what.into();
            day
        };
        let mut usage = UsageHistory::default();
        usage.days =
            vec![day("2025-10-19".to_owned(), "bought a bowl"), day("2025-09-30".to_owned(), "wrote a review")];
        usage.first_use = format!("20{:02}-04-01", 16 + self.number % 9);
        usage.last_use = "2025-10-19".into();
        usage.days_used = picked(&[2, 9, 31, 120, 400], self.number);
        field_value::Value::Usage(usage).into()
    }

    fn access_trace(&self) -> FieldValue {
        let mut trace = AccessTrace::default();
        trace.url = "https://shop.example.jp/bowls".into();
        trace.browser = picked(&["Firefox 144", "Safari 19", "Chrome 142"], self.number).into();
        trace.device = picked(&["phone", "tablet", "desktop"], self.number).into();
        trace.ip = format!("192.0.2.{}", 1 + self.number % 254);
        field_value::Value::AccessTrace(trace).into()
    }
}

/// One of several, round and round; none of the lists is empty.
fn picked<T: Copy + Default>(list: &[T], number: usize) -> T {
    list.get(number % list.len().max(1)).copied().unwrap_or_default()
}

const FAMILY: &[[&str; 3]] = &[
    ["佐藤", "サトウ", "sato"],
    ["鈴木", "スズキ", "suzuki"],
    ["高橋", "タカハシ", "takahashi"],
    ["田中", "タナカ", "tanaka"],
    ["伊藤", "イトウ", "ito"],
    ["渡辺", "ワタナベ", "watanabe"],
    ["山本", "ヤマモト", "yamamoto"],
    ["中村", "ナカムラ", "nakamura"],
    ["小林", "コバヤシ", "kobayashi"],
    ["加藤", "カトウ", "kato"],
    ["吉田", "ヨシダ", "yoshida"],
    ["髙島", "タカシマ", "takashima"],
];

/// How many people have names of their own; with the next, names begin again.
pub(super) const NAMES: usize = GIVEN.len();

const GIVEN: &[(&str, &str, &str, &str)] = &[
    ("陽菜", "ハルナ", "haruna", "female"),
    ("蓮", "レン", "ren", "male"),
    ("結衣", "ユイ", "yui", "female"),
    ("湊", "ミナト", "minato", "male"),
    ("さくら", "サクラ", "sakura", "female"),
    ("大翔", "ヒロト", "hiroto", "male"),
    ("美咲", "ミサキ", "misaki", "female"),
    ("悠真", "ユウマ", "yuma", "male"),
    ("葵", "アオイ", "aoi", "female"),
    ("樹", "イツキ", "itsuki", "male"),
    ("凛", "リン", "rin", "female"),
    ("健太", "ケンタ", "kenta", "male"),
    ("千尋", "チヒロ", "chihiro", "female"),
    ("翔太", "ショウタ", "shota", "male"),
    ("花子", "ハナコ", "hanako", "female"),
    ("一郎", "イチロウ", "ichiro", "male"),
    ("恵", "メグミ", "megumi", "female"),
    ("誠", "マコト", "makoto", "male"),
    ("由美", "ユミ", "yumi", "female"),
    ("浩", "ヒロシ", "hiroshi", "male"),
    ("真由", "マユ", "mayu", "female"),
    ("拓海", "タクミ", "takumi", "male"),
    ("香織", "カオリ", "kaori", "female"),
    ("亮", "リョウ", "ryo", "male"),
    ("文", "フミ", "fumi", "female"),
    ("勇気", "ユウキ", "yuki", "male"),
    ("光", "ヒカリ", "hikari", "female"),
    ("学", "マナブ", "manabu", "male"),
    ("芽衣", "メイ", "mei", "female"),
    ("直樹", "ナオキ", "naoki", "male"),
    ("琴音", "コトネ", "kotone", "female"),
    ("修", "オサム", "osamu", "male"),
    ("杏", "アン", "an", "female"),
    ("昇", "ノボル", "noboru", "male"),
    ("雪乃", "ユキノ", "yukino", "female"),
    ("徹", "トオル", "toru", "male"),
];

/// Real prefectures, so that regions read well; towns that do not exist.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("100-0099", "東京都", "千代田区", "文箱町"),
    ("530-0099", "大阪府", "大阪市北区", "螺鈿町"),
    ("060-0099", "北海道", "札幌市中央区", "白樺町"),
    ("604-0099", "京都府", "京都市中京区", "蒔絵町"),
    ("810-0099", "福岡県", "福岡市中央区", "紐結町"),
    ("980-0099", "宮城県", "仙台市青葉区", "漆町"),
    ("460-0099", "愛知県", "名古屋市中区", "封緘町"),
    ("920-0099", "石川県", "金沢市", "金箔町"),
    ("900-0099", "沖縄県", "那覇市", "珊瑚町"),
    ("730-0099", "広島県", "広島市中区", "千代紙町"),
];

/// Numbers that Visa, Mastercard, American Express, JCB, Diners Club and Discover, or processors for them, publish for
/// tests; none is charged.
const CARDS: &[&str] = &[
    "4111111111111111",
    "5555555555554444",
    "3530111333300000",
    "378282246310005",
    "4012888888881881",
    "5105105105105100",
    "3566002020360505",
    "371449635398431",
    "30569309025904",
    "6011111111111117",
];

const SOURCES: &[&str] = &["website", "website", "website", "mail", "phone", "email", "fax", "import"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_people_are_alike_and_none_is_real() {
        let people: Vec<Person> = (0..1000).map(Person::new).collect();
        let different = |of: fn(&Person) -> String| people.iter().map(of).collect::<HashSet<_>>().len();
        for unlike in [Person::email, Person::phone, Person::password, Person::reference] {
            assert_eq!(different(unlike), people.len());
        }
        assert_eq!(different(Person::name), NAMES);
        assert!(people.iter().all(|person| person.email().ends_with("@example.jp")));
        // No Japanese mobile number begins with 090-0.
        assert!(people.iter().all(|person| person.phone().starts_with("+81900") && person.phone().len() == 13));
    }
}
