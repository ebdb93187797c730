//! Asks: the purpose, recipient, bases, member and narrowing of a release.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::recipient::Kind;

use crate::model::caller::Caller;
use crate::model::form::{Form, FormSet};
use crate::model::ids::{BasisId, FieldId};
use crate::model::recipient::Recipient;
use crate::policy::ask::{Ask, Stated};
use crate::policy::table::Policy;
use crate::rpc::convert::argument;
use crate::rpc::error::Error;
use crate::rpc::gate::Call;

/// What Disclose and Explain ask with, alike.
pub(in crate::rpc) struct Asked<'a> {
    purpose: &'a str,
    recipient: Option<&'a v1::Recipient>,
    bases: &'a [String],
    member: &'a str,
    narrowing: Option<&'a v1::Narrowing>,
}

/// What all items of a batch ask with.
pub(in crate::rpc) struct Common {
    caller: Arc<Caller>,
    purpose: Stated,
    recipient: Recipient,
    bases: Vec<BasisId>,
    narrowing: Narrowed,
}

/// The part of a view that is wanted, parsed.
type Narrowed = Option<Vec<(FieldId, FormSet)>>;

impl Asked<'_> {
    /// The ask of a call.
    pub(in crate::rpc) fn parse<M>(&self, call: &Call<M>, policy: &Policy) -> Result<Ask, Error> {
        Ok(Ask {
            caller: Arc::clone(&call.caller),
            purpose: Stated::parse(self.purpose),
            recipient: recipient(self.recipient)?,
            bases: argument::bases("basis_ids", self.bases)?,
            member: argument::member("member_id", self.member)?,
            narrowing: narrowing(self.narrowing, policy)?,
            asserted: call.asserted,
        })
    }
}

impl<'a> From<&'a v1::DiscloseRequest> for Asked<'a> {
    fn from(request: &'a v1::DiscloseRequest) -> Self {
        Self {
            purpose: &request.purpose,
            recipient: request.recipient.as_ref(),
            bases: &request.basis_ids,
            member: &request.member_id,
            narrowing: request.narrowing.as_ref(),
        }
    }
}

impl<'a> From<&'a v1::ExplainRequest> for Asked<'a> {
    fn from(request: &'a v1::ExplainRequest) -> Self {
        Self {
            purpose: &request.purpose,
            recipient: request.recipient.as_ref(),
            bases: &request.basis_ids,
            member: &request.member_id,
            narrowing: request.narrowing.as_ref(),
        }
    }
}

impl Common {
    /// What all items of a batch share.
    pub(in crate::rpc) fn parse(call: &Call<v1::BatchDiscloseRequest>, policy: &Policy) -> Result<Self, Error> {
        let message = &call.message;
        Ok(Self {
            caller: Arc::clone(&call.caller),
            purpose: Stated::parse(&message.purpose),
            recipient: recipient(message.recipient.as_ref())?,
            bases: argument::bases("basis_ids", &message.basis_ids)?,
            narrowing: narrowing(message.narrowing.as_ref(), policy)?,
        })
    }

    /// The ask for one item. A batch never carries the word of a member: an assertion is about one.
    pub(in crate::rpc) fn ask(&self, position: usize, item: &v1::BatchDiscloseItem) -> Result<Ask, Error> {
        let path = |part| format!("items[{position}].{part}");
        let own = argument::bases(&path("basis_ids"), &item.basis_ids)?;
        let mut bases = self.bases.clone();
        bases.extend(own.into_iter().filter(|id| !self.bases.contains(id)));
        Ok(Ask {
            caller: Arc::clone(&self.caller),
            purpose: self.purpose.clone(),
            recipient: self.recipient.clone(),
            bases,
            member: argument::member(&path("member_id"), &item.member_id)?,
            narrowing: self.narrowing.clone(),
            asserted: None,
        })
    }
}

/// Who a view is for.
fn recipient(recipient: Option<&v1::Recipient>) -> Result<Recipient, Error> {
    let kind = recipient.and_then(|recipient| recipient.kind.as_ref()).ok_or_else(|| Error::missing("recipient"))?;
    match kind {
        Kind::PartyId(id) => argument::party("recipient.party_id", id).map(Recipient::Party),
        Kind::Builtin(builtin) => match v1::BuiltInRecipient::try_from(*builtin) {
            Ok(v1::BuiltInRecipient::Marketplace) => Ok(Recipient::Marketplace),
            Ok(v1::BuiltInRecipient::Member) => Ok(Recipient::Member),
            Ok(v1::BuiltInRecipient::Public) => Ok(Recipient::Public),
            Ok(v1::BuiltInRecipient::Unspecified) | Err(_) => {
                Err(Error::invalid("recipient.builtin", "is no recipient"))
            }
        },
    }
}

/// The part of a view that is wanted; absent, all of it, and empty, nothing.
fn narrowing(narrowing: Option<&v1::Narrowing>, policy: &Policy) -> Result<Narrowed, Error> {
    let Some(v1::Narrowing { fields }) = narrowing else { return Ok(None) };
    argument::counted("narrowing.fields", fields.len(), 0..=MOST_FIELDS)?;
    let field = |(position, wanted): (usize, &v1::FieldRequest)| {
        let path = |part| format!("narrowing.fields[{position}].{part}");
        let field = policy.field_named(&wanted.field).ok_or_else(|| Error::FieldUnknown { path: path("field") })?;
        Ok((field.id(), forms(|| path("forms"), &wanted.forms)?))
    };
    fields.iter().enumerate().map(field).collect::<Result<_, _>>().map(Some)
}

/// A list of forms, at least one.
pub(in crate::rpc) fn forms(path: impl Fn() -> String, names: &[String]) -> Result<FormSet, Error> {
    argument::counted(&path(), names.len(), 1..=MOST_FORMS)?;
    let form = |name: &String| Form::parse(name).ok_or_else(|| argument::none_of(path(), Form::ALL.map(Form::name)));
    names.iter().map(form).collect()
}

const MOST_FIELDS: usize = 64;
const MOST_FORMS: usize = 8;
