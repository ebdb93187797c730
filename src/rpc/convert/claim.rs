//! Claims: what is said of a member's values, to be confirmed or denied.

use fubako_proto::v1;
use fubako_proto::v1::field_value::Value as Given;
use zeroize::Zeroizing;

use crate::field::kind::Kind;
use crate::model::form::Form;
use crate::policy::table::{Field, Policy};
use crate::record::compare::{Answer, Claim, Claimed};
use crate::rpc::convert::argument;
use crate::rpc::convert::value::{self, Parsed};
use crate::rpc::error::Error;

/// The claims, at least one and at most five.
pub(in crate::rpc) fn parse_all(claims: &mut [v1::VerifyClaim], policy: &Policy) -> Result<Vec<Claim>, Error> {
    if claims.len() > MOST {
        return Err(Error::TooMany { path: "claims", most: MOST });
    }
    argument::counted("claims", claims.len(), 1..=MOST)?;
    claims.iter_mut().enumerate().map(|(position, claim)| parse(position, claim, policy)).collect()
}

/// One answer, beside the claim it is the answer to.
pub(in crate::rpc) fn answer(claim: &v1::VerifyClaim, answer: Answer) -> v1::VerifyAnswer {
    let outcome = match answer {
        Answer::Match => v1::VerifyOutcome::Match,
        Answer::NoMatch => v1::VerifyOutcome::NoMatch,
        Answer::NotHeld => v1::VerifyOutcome::NotHeld,
    };
    v1::VerifyAnswer { field: claim.field.clone(), form: claim.form.clone(), outcome: outcome.into() }
}

fn parse(position: usize, claim: &mut v1::VerifyClaim, policy: &Policy) -> Result<Claim, Error> {
    let path = |part| format!("claims[{position}].{part}");
    let field = policy.field_named(&claim.field).ok_or_else(|| Error::FieldUnknown { path: path("field") })?;
    let slot = argument::slot(|| path("slot"), claim.slot)?;
    let claimed = if field.kind() == Kind::Credential && claim.form.is_empty() {
        whole(position, claim)?
    } else {
        let form = Form::parse(&claim.form).filter(|form| field.kind().forms().contains(*form));
        let form = form.ok_or_else(|| Error::invalid(path("form"), "is none of the field's forms"))?;
        if form == Form::Full { whole(position, claim)? } else { shown(position, claim, form)? }
    };
    if !is_about(&claimed, field) {
        return Err(Error::invalid(path("value"), "is not of the field's kind"));
    }
    Ok(Claim { field: field.id(), slot, claimed })
}

/// A claim of a whole value.
fn whole(position: usize, claim: &v1::VerifyClaim) -> Result<Claimed, Error> {
    match value::parse(claim.value.as_ref()) {
        Ok(Parsed::Value(value)) => Ok(Claimed::Value(value)),
        Ok(Parsed::Password(password)) => Ok(Claimed::Password(password)),
        Err(unusable) => Err(unusable.at(&format!("claims[{position}]"))),
    }
}

/// A claim of the text a view would show.
fn shown(position: usize, claim: &mut v1::VerifyClaim, form: Form) -> Result<Claimed, Error> {
    let path = || format!("claims[{position}].value");
    match claim.value.as_mut().and_then(|value| value.value.as_mut()) {
        Some(Given::Text(text)) if text.value.len() > TEXT_BYTES => {
            Err(Error::invalid(path(), format!("is longer than {TEXT_BYTES} bytes")))
        }
        Some(Given::Text(text)) if !text.value.is_empty() => {
            // Taken, not copied: what is left behind is empty.
            Ok(Claimed::Text(form, Zeroizing::new(std::mem::take(&mut text.value))))
        }
        Some(Given::Text(_)) | None => Err(Error::missing(path())),
        Some(_) => Err(Error::invalid(path(), "is a text for every form but `full`")),
    }
}

fn is_about(claimed: &Claimed, field: &Field) -> bool {
    match claimed {
        Claimed::Password(_) => field.kind() == Kind::Credential,
        Claimed::Value(value) => value.kind() == field.kind(),
        Claimed::Text(..) => true,
    }
}

const MOST: usize = 5;
const TEXT_BYTES: usize = 512;
