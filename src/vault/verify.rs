//! Verify: claims about a member compared inside the vault; only a yes or no leaves it, and guessing is slow.

use std::sync::Arc;

use fubako_keys::Scope;

use crate::ledger::accounted::Receipt;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::form::Form;
use crate::model::ids::MemberId;
use crate::model::recipient::RecipientClass;
use crate::policy::ask::Stated;
use crate::policy::authorise::authorise_answer;
use crate::policy::decide::keys_held;
use crate::policy::purpose::{Answers, Purpose};
use crate::policy::rule::Rule;
use crate::policy::table::Policy;
use crate::record::compare::{self, Answer, Claim, Claimed};
use crate::record::permit::Verification;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};

/// How each claim compared, in the order they were made, with the entry that tells of it.
#[derive(Debug)]
pub struct Verified {
    /// The answers.
    pub answers: Vec<Answer>,
    /// The entry.
    pub receipt: Receipt,
}

impl Vault {
    /// Compares claims; needs the role `discloser` and a purpose of the caller that verifies what is claimed.
    pub async fn verify(
        &self,
        caller: &Caller,
        stated: &Stated,
        member: MemberId,
        claims: Vec<Claim>,
    ) -> Result<Verified, Error> {
        self.check_role(caller, &[Role::Discloser])?;
        let suspended = self.is_suspended(&caller.name)?;
        let policy = self.policy();
        let purpose = match authorise_answer(&policy, caller, suspended, stated, Answers::Verify) {
            Ok(purpose) => purpose,
            Err(refusal) => return Err(self.refuse_answer(caller, stated, Some(member), refusal).await),
        };
        let names = match verifiable(&policy, purpose, &claims) {
            Ok(names) => names,
            Err(rule) => return Err(self.refuse_answer(caller, stated, Some(member), rule.into()).await),
        };
        let claimed = claims.iter().filter_map(|claim| policy.field(claim.field));
        if let Err(rule) = keys_held(purpose, claimed, self.keyring.load().scope().map(Scope::classes)) {
            return Err(self.refuse_answer(caller, stated, Some(member), rule.into()).await);
        }
        let guesses = u32::try_from(claims.len()).unwrap_or(u32::MAX);
        if let Err(retry_after) = self.guesses.count(&caller.name, member, guesses, self.now()) {
            self.turned_away(caller, Some(member), "BUDGET_EXCEEDED");
            return Err(Error::BudgetExceeded { retry_after });
        }
        let mut entry = self.entry(Event::Verified, &caller.name)?.about(member).of_subject(&names);
        entry.leaf.purpose = purpose.id().into();
        let permit = self.permit(caller, &entry, Verification { member }).await?;
        let receipt = permit.receipt();
        let record = self.record_row(member)?.ok_or(Error::MemberNotFound)?;
        let (keyring, policy) = (self.keyring.load_full(), Arc::clone(&policy));
        // A password's verifier takes tens of milliseconds and megabytes: not on the threads that serve, and few at once.
        let seat = Arc::clone(&self.comparisons).acquire_owned().await.map_err(|_| Cause::Panicked)?;
        let compared = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            claims.iter().map(|claim| compare::verify(&record, &permit, claim, (&keyring, &policy))).collect()
        });
        let answers: Result<_, _> = compared.await.map_err(|_| Cause::Panicked)?;
        Ok(Verified { answers: answers?, receipt })
    }
}

/// What is claimed, by field and form; refuses claims the purpose does not answer.
fn verifiable(policy: &Policy, purpose: &Purpose, claims: &[Claim]) -> Result<String, Rule> {
    let row = purpose.row(RecipientClass::Marketplace);
    let mut names = Vec::with_capacity(claims.len());
    for claim in claims {
        let position = policy.fields().iter().position(|field| field.id() == claim.field);
        let forms = row.zip(position).and_then(|(row, position)| row.verify().get(position).copied().flatten());
        let form = match &claim.claimed {
            Claimed::Password(_) => None,
            Claimed::Value(_) => Some(Form::Full),
            Claimed::Text(form, _) => Some(*form),
        };
        let field = position.and_then(|position| policy.fields().get(position)).map(|field| field.name().to_string());
        let field = field.unwrap_or_else(|| claim.field.to_string());
        let name = form.map_or_else(|| field.clone(), |form| format!("{field}:{form}"));
        if !forms.is_some_and(|forms| form.is_none_or(|form| forms.contains(form))) {
            return Err(Rule::NotVerified { place: purpose.place(), claim: name });
        }
        names.push(name);
    }
    Ok(names.join("+"))
}
