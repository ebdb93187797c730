//! Does every purpose of the written policy show exactly its fields in exactly its forms, with the right values?

use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::{BasisState, DiscloseResponse, PartyDetails, Recipient, RecordBasisRequest};

use crate::support::callers::{ASKER, BANK, CARDS, REGISTRAR, identity};
use crate::support::member::{hanako, shows};
use crate::support::register::{about, about_all, party, scope};
use crate::support::view::lines;
use crate::support::world::{World, ask, reason};

/// Purpose, recipient class, the bases it needs, what is shown of Hanako, and the terms that travel with it.
///
/// A basis is a kind, `m` if it names the member and `r` if it names the recipient. Written from the policy's text, and
/// not from the file that is tested.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const LINES: &[Line] = &[
    ("transaction-notice", "marketplace", "", "name:full email:full", NONE),
    ("delivery", "marketplace", "transaction m", "name:full address:full phone:full", NONE),
    ("delivery", "subcontractor", "transaction m, contract r", "name:full address:full phone:full", CONSIGNED),
    ("mailing", "marketplace", "", "nickname:full email:full", NONE),
    ("mailing", "subcontractor", "contract r", "nickname:full email:full", CONSIGNED),
    ("service-provision", "marketplace", "", "nickname:full login_id:full email:full", NONE),
    ("payment", "marketplace", "", PAYMENT, NONE),
    ("reward-delivery", "marketplace", "", "name:full address:full phone:full", NONE),
    ("reward-delivery", "subcontractor", "contract r", "name:full address:full phone:full", CONSIGNED),
    ("troubleshooting", "marketplace", "", TROUBLE, NONE),
    ("service-research", "marketplace", "", RESEARCH, NONE),
    ("service-development", "marketplace", "", RESEARCH, NONE),
    ("service-notice", "marketplace", "", "nickname:full email:full", NONE),
    ("survey-and-events", "marketplace", "", "nickname:full email:full", NONE),
    ("survey-results", "marketplace", "", "nickname:full email:full usage:frequency-band", NONE),
    ("maintenance-notice", "marketplace", "", "email:full", NONE),
    ("consented-provision", "partner", "consent m r", CONSENTED, ONWARD),
    ("consented-provision", "seller", "consent m r", CONSENTED, ONWARD),
    ("agreed-at-start", "marketplace", "consent m", "nickname:full email:full", NONE),
    ("transaction-with-seller", "seller", "transaction m r", "name:full address:full phone:full", ONWARD),
    ("public-profile", "public", "", "nickname:full usage:frequency-band", NONE),
    ("subcontracted-work", "subcontractor", "contract r", "name:full address:full phone:full email:full", CONSIGNED),
    ("partner-cooperation", "partner", "contract r, consent m r", PARTNER, SECRET),
    ("settlement", "card-company", "settlement m r", "name:full card:full", ONLY),
    ("settlement", "financial-institution", "settlement m r", "name:full bank_account:full", ONLY),
    ("dispute", "dispute-party", "dispute m r", "name:full address:full phone:full email:full", ONWARD),
    ("self-review", "member", "", REVIEWED, NONE),
    ("self-export", "member", "", EXPORTED, NONE),
];

/// Purposes that wait for two people's approval, or for one's: kind of basis and recipient class.
const WAITING: &[(&str, &str, &str)] = &[
    ("business-transfer", "transfer", "successor"),
    ("legal-order", "legal-order", "authority"),
    ("emergency", "emergency", "authority"),
];

const PAYMENT: &str = "name:full card:last4 card:brand bank_account:bank-only payment_status:full";
const TROUBLE: &str = "login_id:masked nickname:full email:masked payment_status:full access_trace:coarse";
const RESEARCH: &str = "pseudonym:full birth_date:age-band address:region gender:full usage:frequency-band";
const PARTNER: &str = "pseudonym:full birth_date:age-band address:region gender:full";
/// All but the password; of card and account, through another's hands, what does not pay.
const CONSENTED: &str = "name:full login_id:full nickname:full address:full email:full phone:full gender:full \
    birth_date:full card:truncated card:expiry bank_account:bank-only bank_account:last3 payment_status:full \
    usage:full access_trace:full";
const REVIEWED: &str = "name:full login_id:full nickname:full address:full email:full phone:full gender:full \
    birth_date:full card:last4 card:brand card:expiry bank_account:bank-only bank_account:last3 payment_status:full \
    usage:full access_trace:full";
/// The same, to take away: neither card nor account in full.
const EXPORTED: &str = REVIEWED;

const NONE: &[&str] = &[];
const ONLY: &[&str] = &["use-only-for-purpose"];
const ONWARD: &[&str] = &["no-onward-without-consent", "use-only-for-purpose"];
const CONSIGNED: &[&str] = &["no-onward-without-consent", "under-policy 1", "use-only-for-purpose"];
const SECRET: &[&str] =
    &["no-onward-without-consent", "secrecy-agreement NDA 2026-5", "under-policy 1", "use-only-for-purpose"];

const FIELDS: [&str; 13] = [
    "name",
    "login_id",
    "nickname",
    "address",
    "email",
    "phone",
    "gender",
    "birth_date",
    "card",
    "bank_account",
    "payment_status",
    "usage",
    "access_trace",
];

/// One member, one party of every class.
struct Stage {
    world: World,
    member: String,
}

impl Stage {
    async fn set() -> Self {
        let world = World::new().await;
        for class in [
            "seller",
            "subcontractor",
            "partner",
            "card-company",
            "financial-institution",
            "successor",
            "authority",
            "dispute-party",
        ] {
            let certificate_identity = match class {
                "card-company" => identity(CARDS),
                "financial-institution" => identity(BANK),
                _ => String::new(),
            };
            world.register(PartyDetails { certificate_identity, ..party(class, class) }).await;
        }
        let member = world.collect(hanako()).await;
        Self { world, member }
    }

    async fn release(&self, line: &Line) -> DiscloseResponse {
        let (purpose, class, bases, ..) = *line;
        let mut ids = Vec::new();
        for basis in bases.split(", ").filter(|basis| !basis.is_empty()) {
            ids.push(self.basis(purpose, class, basis).await);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let asked = ask(purpose, recipient(class), &self.member, &ids);
        let outcome = self.client(purpose, class).await.disclose(asked).await;
        outcome.unwrap_or_else(|error| panic!("{purpose} to {class}: {error}"))
    }

    async fn basis(&self, purpose: &str, class: &str, needed: &str) -> String {
        let (kind, names) = needed.split_once(' ').unwrap();
        // A consent may name nobody; a transaction always names its seller, whoever receives.
        let party = match (kind, names.contains('r')) {
            (_, true) => class,
            ("consent", false) => "",
            (_, false) => "seller",
        };
        let mut terms = if names.contains('m') {
            about(kind, &self.member, party, purpose)
        } else {
            about_all(kind, party, purpose)
        };
        if kind == "consent" {
            // It names everything there is; what may be shown is for the policy to say.
            terms.scope = Some(scope(&FIELDS.map(|field| (field, "full"))));
            terms.scope.as_mut().unwrap().items.extend(scope(&[("pseudonym", "full")]).items);
        }
        self.world.record(terms).await
    }

    async fn client(&self, purpose: &str, class: &str) -> Client {
        match (purpose, class) {
            ("settlement", "card-company") => self.world.client(CARDS).await,
            ("settlement", "financial-institution") => self.world.client(BANK).await,
            (_, "member") => self.world.client_for(ASKER, &self.member).await,
            _ => self.world.client(ASKER).await,
        }
    }
}

fn recipient(class: &str) -> Recipient {
    match class {
        "marketplace" => Recipient::marketplace(),
        "member" => Recipient::member(),
        "public" => Recipient::public(),
        class => Recipient::party(class),
    }
}

#[tokio::test]
async fn every_purpose_shows_exactly_its_fields_in_exactly_its_forms() {
    let stage = Stage::set().await;
    for line in LINES {
        let (purpose, class, _, expected, terms) = line;
        let view = stage.release(line).await.view.unwrap();
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        for (place, value) in lines(&view) {
            let (field, form) = place.split_once("/0:").unwrap();
            let named = format!("{field}:{form}");
            let position = expected.iter().position(|wanted| *wanted == named);
            expected.remove(position.unwrap_or_else(|| panic!("{purpose} to {class} also shows {place}")));
            if field == "pseudonym" {
                assert_eq!(value.len(), "text ".len() + 32, "{purpose} to {class}");
            } else {
                assert_eq!(value, shows(field, form), "{purpose} to {class}: {place}");
            }
        }
        assert!(expected.is_empty(), "{purpose} to {class} does not show {expected:?}");
        let mut standing: Vec<&str> = view.terms.iter().map(String::as_str).collect();
        standing.retain(|term| !term.starts_with("delete-by "));
        standing.sort_unstable();
        assert_eq!(standing, *terms, "{purpose} to {class}");
        assert_eq!(view.policy_version, 1);
    }
}

#[tokio::test]
async fn every_purpose_of_the_policy_is_tried_here_or_answers_otherwise() {
    let world = World::new().await;
    let otherwise = ["identity-verification", "statistics", "member-search"];
    for purpose in world.policy().purposes() {
        let name = purpose.id().as_str();
        let tried = LINES.iter().any(|line| line.0 == name) || WAITING.iter().any(|line| line.0 == name);
        assert!(tried || otherwise.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn what_needs_approval_stays_proposed_and_releases_nothing() {
    let stage = Stage::set().await;
    for (purpose, kind, class) in WAITING {
        let mut terms = match *kind {
            "transfer" => about_all(kind, class, purpose),
            _ => about(kind, &stage.member, class, purpose),
        };
        terms.scope = Some(scope(&[("name", "full")]));
        let request = RecordBasisRequest { request_id: String::new(), terms: Some(terms) };
        let recorded = stage.world.client(REGISTRAR).await.record_basis(request).await.unwrap();
        assert_eq!(recorded.state(), BasisState::Proposed, "{kind}");
        let asked = ask(purpose, Recipient::party(*class), &stage.member, &[&recorded.basis_id]);
        // A transfer goes to the successor's own certificate only, which comes before the question of approval.
        let expected = if *kind == "transfer" { Reason::RecipientNotEntitled } else { Reason::ApprovalPending };
        assert_eq!(stage.world.refusal(asked).await, expected, "{purpose}");
    }
}

#[tokio::test]
async fn statistics_show_no_member_to_anyone() {
    let stage = Stage::set().await;
    for class in ["marketplace", "public"] {
        let asked = ask("statistics", recipient(class), &stage.member, &[]);
        assert_eq!(stage.world.refusal(asked).await, Reason::NothingToRelease);
    }
}

#[tokio::test]
async fn a_view_for_a_third_party_says_when_it_has_to_be_forgotten() {
    let stage = Stage::set().await;
    let days = |purpose: &'static str| LINES.iter().find(move |line| line.0 == purpose && line.4 != NONE).unwrap();
    for (purpose, after) in [("transaction-with-seller", 90), ("delivery", 30), ("partner-cooperation", 365)] {
        let response = stage.release(days(purpose)).await;
        let (view, receipt) = (response.view.unwrap(), response.receipt.unwrap());
        let kept = view.delete_by_time.unwrap().seconds - receipt.entry_time.unwrap().seconds;
        assert_eq!((kept + 43_200) / 86_400, after, "{purpose}");
        assert_eq!(view.terms.iter().filter(|term| term.starts_with("delete-by ")).count(), 1);
    }
}

#[tokio::test]
async fn two_recipients_cannot_join_what_they_hold_and_one_can() {
    let stage = Stage::set().await;
    stage.world.register(party("rival", "partner")).await;
    let line = |purpose: &str| LINES.iter().find(|line| line.0 == purpose).unwrap();
    let pseudonym = |response: DiscloseResponse| {
        let view = response.view.unwrap();
        lines(&view).into_iter().find(|(place, _)| place.starts_with("pseudonym")).unwrap().1
    };
    let partner = pseudonym(stage.release(line("partner-cooperation")).await);
    let marketplace = pseudonym(stage.release(line("service-research")).await);
    assert_eq!(partner, pseudonym(stage.release(line("partner-cooperation")).await));
    let contract = stage.world.record(about_all("contract", "rival", "partner-cooperation")).await;
    let mut consent = about("consent", &stage.member, "rival", "partner-cooperation");
    consent.scope = Some(scope(&[("pseudonym", "full")]));
    let consent = stage.world.record(consent).await;
    let asked = ask("partner-cooperation", Recipient::party("rival"), &stage.member, &[&contract, &consent]);
    let rival = pseudonym(stage.world.disclose(asked).await.unwrap());
    assert!(partner != rival && rival != marketplace && marketplace != partner);
}

#[tokio::test]
async fn a_member_who_holds_little_shows_little_and_the_view_says_so() {
    let stage = Stage::set().await;
    let member = stage.world.collect(hanako().into_iter().filter(|value| value.field == "email").collect()).await;
    let asked = |purpose| ask(purpose, Recipient::marketplace(), &member, &[]);
    let view = stage.world.disclose(asked("transaction-notice")).await.unwrap().view.unwrap();
    assert_eq!(lines(&view), [("email/0:full".to_owned(), shows("email", "full"))]);
    assert_eq!(crate::support::view::withheld(&view), ["name: not-held"]);
    assert_eq!(reason(stage.world.disclose(asked("payment")).await), Reason::NothingToRelease);
}
