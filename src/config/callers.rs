//! Callers: who may call and what each may do, from names to the model's types.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::config::authority::own_ground;
use crate::config::finding::Findings;
use crate::config::problem::Problem;
use crate::config::source::CallerSource;
use crate::model::basis::BasisKind;
use crate::model::caller::{Caller, Identity, Role, VAULT_ITSELF};
use crate::model::ids::{CallerName, PartyId, PurposeId};
use crate::model::recipient::RecipientClass;
use crate::policy::table::Policy;

/// The callers, as far as they are right; without a policy their purposes cannot be checked.
pub(super) fn callers(sources: &[CallerSource], policy: Option<&Policy>, findings: &mut Findings<'_>) -> Vec<Caller> {
    let mut callers: Vec<(Caller, usize)> = Vec::with_capacity(sources.len());
    for source in sources {
        let Some(caller) = caller(source, policy, findings) else { continue };
        if let Some((known, line)) = callers.iter().find(|(known, _)| known.name == caller.name) {
            let problem = Problem::NameTaken { name: known.name.to_string(), line: *line };
            findings.at(&source.name.span(), problem);
        }
        if let Some((known, _)) = callers.iter().find(|(known, _)| known.identity == caller.identity) {
            let problem =
                Problem::IdentityTaken { identity: known.identity.to_string(), caller: known.name.to_string() };
            findings.at(&source.identity.span(), problem);
        }
        for ground in policy.map_or_else(Vec::new, |policy| own_ground(policy, &caller)) {
            let stated = source.records.iter().find(|kind| kind.get_ref() == ground.kind.name());
            let place = stated.map_or_else(|| source.name.span(), Spanned::span);
            findings.at(&place, ground.into());
        }
        if caller.name.as_str() == VAULT_ITSELF {
            findings.at(&source.name.span(), Problem::NameReserved);
        }
        let line = findings.line_of(source.name.span().start);
        callers.push((caller, line));
    }
    callers.into_iter().map(|(caller, _)| caller).collect()
}

fn caller(source: &CallerSource, policy: Option<&Policy>, findings: &mut Findings<'_>) -> Option<Caller> {
    let name = parsed(&source.name, |text| CallerName::parse(text).ok(), Problem::Name, findings);
    let identity = parsed(&source.identity, Identity::parse, Problem::Identity, findings);
    let roles = each(&source.roles, Role::parse, Problem::Role, findings);
    let purposes = each(&source.purposes, |text| purpose(policy, text), Problem::Purpose, findings);
    let records = each(&source.records, BasisKind::parse, Problem::Kind, findings);
    let mut classes = BTreeSet::new();
    let mut parties = BTreeSet::new();
    for stated in &source.recipients {
        match recipients(stated.get_ref()) {
            Ok(Recipients::Class(class)) => drop(classes.insert(class)),
            Ok(Recipients::Party(party)) => drop(parties.insert(party)),
            Err(problem) => findings.at(&stated.span(), problem),
        }
    }
    Some(Caller { name: name?, identity: identity?, roles, purposes, classes, parties, records })
}

/// The purpose of that name, if the policy has it, or if there is no policy to ask.
fn purpose(policy: Option<&Policy>, name: &str) -> Option<PurposeId> {
    let purpose = PurposeId::parse(name).ok()?;
    policy.is_none_or(|policy| policy.purpose(&purpose).is_some()).then_some(purpose)
}

/// Whom a caller may ask for, in one word of the configuration.
enum Recipients {
    Class(RecipientClass),
    Party(PartyId),
}

fn recipients(text: &str) -> Result<Recipients, Problem> {
    match text.split_once(':') {
        Some(("class", name)) => {
            RecipientClass::parse(name).map(Recipients::Class).ok_or_else(|| Problem::Class(name.to_owned()))
        }
        Some(("party", name)) => {
            PartyId::parse(name).map(Recipients::Party).map_err(|_| Problem::Name(name.to_owned()))
        }
        Some(_) | None => Err(Problem::Recipient(text.to_owned())),
    }
}

fn each<T: Ord>(
    stated: &[Spanned<String>],
    parse: impl Fn(&str) -> Option<T>,
    problem: impl Fn(String) -> Problem,
    findings: &mut Findings<'_>,
) -> BTreeSet<T> {
    stated.iter().filter_map(|text| parsed(text, &parse, &problem, findings)).collect()
}

fn parsed<T>(
    stated: &Spanned<String>,
    parse: impl Fn(&str) -> Option<T>,
    problem: impl Fn(String) -> Problem,
    findings: &mut Findings<'_>,
) -> Option<T> {
    let value = parse(stated.get_ref());
    if value.is_none() {
        findings.at(&stated.span(), problem(stated.get_ref().clone()));
    }
    value
}
