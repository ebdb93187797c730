//! The rows of the policy, each asked once as the policy means it, and compared with what it says.

use fubako_proto::v1::{
    DiscloseRequest, FieldValue, FindMemberRequest, Recipient, ReviewMemberRequest, VerifyClaim, VerifyRequest,
    find_member_request,
};

use crate::cli::demo::companies;
use crate::cli::demo::grounds::{Grounds, named};
use crate::cli::demo::people::Member;
use crate::cli::demo::seen::{Outcome, Seen};
use crate::cli::demo::world::World;
use crate::cli::dev::callers::asking_for;
use crate::cli::error::Error;
use crate::cli::wire;
use crate::model::ids::PurposeId;
use crate::model::recipient::RecipientClass;
use crate::policy::matrix::{Matrix, MatrixRow};
use crate::policy::purpose::Answers;
use crate::policy::row::Row;

/// Asks for every row about the leading member.
pub(super) async fn ask_every_row(
    world: &mut World,
    members: &[Member],
    grounds: &Grounds,
) -> Result<Vec<Seen>, Error> {
    let Some(member) = members.first() else { return Ok(Vec::new()) };
    let matrix = Matrix::of(world.policy());
    let mut views = Vec::with_capacity(matrix.rows().len());
    for line in matrix.rows() {
        let asked = Asked::new(world, line, grounds);
        let Some(asked) = asked else { continue };
        let outcome = asked.answer(world, member).await?;
        let mut seen = Seen::new(line.purpose(), asked.class, "", outcome);
        seen.expected = asked.expected(&matrix, line).differing(&seen.outcome);
        views.push(seen);
    }
    Ok(views)
}

/// One row of the policy on its way to the server.
struct Asked {
    purpose: String,
    answers: Answers,
    class: RecipientClass,
    bases: Vec<String>,
    row: Row,
}

impl Asked {
    fn new(world: &World, line: &MatrixRow, grounds: &Grounds) -> Option<Self> {
        let class = RecipientClass::parse(line.recipient_class())?;
        let id = PurposeId::parse(line.purpose()).ok()?;
        let purpose = world.policy().purpose(&id)?;
        let row = purpose.row(class)?.clone();
        let bases = grounds.of(line.purpose(), &row);
        Some(Self { purpose: line.purpose().to_owned(), answers: purpose.answers(), class, bases, row })
    }

    async fn answer(&self, world: &mut World, member: &Member) -> Result<Outcome, Error> {
        match self.answers {
            Answers::View if self.class == RecipientClass::Member => self.review(world, member).await,
            // Counts are not built yet; asked for as a view, the vault says that there is none.
            Answers::View | Answers::Statistics => self.disclose(world, member).await,
            Answers::Verify => verify(world, &self.purpose, &claims(member)).await,
            Answers::Search => self.search(world, member).await,
        }
    }

    async fn disclose(&self, world: &mut World, member: &Member) -> Result<Outcome, Error> {
        let caller = asking_for(self.class).map_or("", |caller| caller.name);
        let request = DiscloseRequest {
            purpose: self.purpose.clone(),
            recipient: Some(recipient(self.class)),
            basis_ids: self.bases.clone(),
            member_id: member.id.clone(),
            narrowing: None,
        };
        let (outcome, receipt) = Outcome::of(world.client(caller)?.disclose(request).await);
        world.keep(receipt);
        Ok(outcome)
    }

    async fn review(&self, world: &mut World, member: &Member) -> Result<Outcome, Error> {
        let request = ReviewMemberRequest { member_id: member.id.clone(), purpose: self.purpose.clone() };
        match world.portal_of(&member.id)?.review_member(request).await {
            Ok(answer) => {
                world.keep(answer.receipt);
                Ok(Outcome::of_view(&answer.view.unwrap_or_default()))
            }
            Err(error) => Ok(Outcome::refused(&error)),
        }
    }

    async fn search(&self, world: &mut World, member: &Member) -> Result<Outcome, Error> {
        let keys = [
            ("by e-mail", find_member_request::Key::Email(fubako_proto::v1::Text::new(&member.email))),
            ("by phone", find_member_request::Key::Phone(fubako_proto::v1::Text::new(&member.phone))),
            (
                "by reference",
                find_member_request::Key::ExternalReference(fubako_proto::v1::Text::new(&member.reference)),
            ),
        ];
        let mut found = Vec::new();
        for (by, key) in keys {
            let request = FindMemberRequest { purpose: self.purpose.clone(), key: Some(key) };
            match world.client("shop")?.find_member(request).await {
                Ok(answer) => {
                    world.keep(answer.receipt);
                    found.push((by.to_owned(), answer.member_ids.join(" ")));
                }
                Err(error) => return Ok(Outcome::refused(&error)),
            }
        }
        Ok(Outcome::answered(found))
    }

    /// What the policy's row says should come of it.
    fn expected(&self, matrix: &Matrix, line: &MatrixRow) -> Expected {
        let waits = self.row.bases().iter().any(|need| need.kind().approvals_needed() > 0);
        if waits || self.answers == Answers::Statistics {
            return Expected::Refused;
        }
        if self.answers != Answers::View {
            return Expected::Granted(Vec::new());
        }
        if line.is_named_by_basis() {
            let names = self.row.bases().iter().flat_map(|need| named(need.kind()));
            return Expected::Granted(names.map(|(field, form)| ((*field).to_owned(), (*form).to_owned())).collect());
        }
        let cells = matrix.fields().iter().zip(line.cells()).filter(|(_, forms)| !forms.is_empty());
        Expected::Granted(cells.map(|(field, forms)| (field.clone(), forms.clone())).collect())
    }
}

/// What the policy says of a row.
enum Expected {
    Granted(Vec<(String, String)>),
    Refused,
}

impl Expected {
    /// What was expected, in words, if the outcome is another.
    fn differing(self, outcome: &Outcome) -> Option<String> {
        match (self, outcome) {
            (Self::Refused, Outcome::Refused { .. }) => None,
            (Self::Refused, Outcome::Granted { .. }) => Some("a refusal".to_owned()),
            (Self::Granted(mut fields), outcome) => {
                let mut given = outcome.forms();
                fields.sort();
                given.sort();
                let as_expected = matches!(outcome, Outcome::Granted { .. }) && fields == given;
                let words = || fields.iter().map(|(field, forms)| format!("{field} {forms}")).collect::<Vec<_>>();
                (!as_expected).then(|| format!("granted: {}", words().join(", ")))
            }
        }
    }
}

/// Holds claims against a member's values, and tells the answers.
pub(super) async fn verify(
    world: &mut World,
    purpose: &str,
    (member, claims): &(String, Vec<VerifyClaim>),
) -> Result<Outcome, Error> {
    let request = VerifyRequest { purpose: purpose.to_owned(), member_id: member.clone(), claims: claims.clone() };
    match world.client("shop")?.verify(request).await {
        Ok(answer) => {
            world.keep(answer.receipt);
            let told = answer.answers.iter().map(|told| {
                let answer = wire::verify_outcome(told.outcome());
                (format!("{} {}?", told.field, told.form).replace(" ?", "?"), answer.to_owned())
            });
            Ok(Outcome::answered(told))
        }
        Err(error) => Ok(Outcome::refused(&error)),
    }
}

/// What a member would say of themself, all true.
fn claims(member: &Member) -> (String, Vec<VerifyClaim>) {
    let claims = vec![
        claim("password", "", FieldValue::password(&member.password)),
        claim("birth_date", "full", FieldValue::date(&member.birth_date)),
        claim("phone", "full", FieldValue::phone(&member.phone)),
        claim("card", "last4", FieldValue::text(&member.card_last4)),
    ];
    (member.id.clone(), claims)
}

/// One claim.
pub(super) fn claim(field: &str, form: &str, value: FieldValue) -> VerifyClaim {
    VerifyClaim { field: field.to_owned(), form: form.to_owned(), slot: 0, value: Some(value) }
}

/// The recipient the demo has for a class.
pub(super) fn recipient(class: RecipientClass) -> Recipient {
    match class {
        RecipientClass::Marketplace => Recipient::marketplace(),
        RecipientClass::Member => Recipient::member(),
        RecipientClass::Public => Recipient::public(),
        RecipientClass::Seller
        | RecipientClass::Subcontractor
        | RecipientClass::Partner
        | RecipientClass::CardCompany
        | RecipientClass::FinancialInstitution
        | RecipientClass::Successor
        | RecipientClass::Authority
        | RecipientClass::DisputeParty => Recipient::party(companies::of(class).map_or("", |company| company.id)),
    }
}
