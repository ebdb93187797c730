//! `MemberService`: collecting, reviewing, correcting and erasing a member's data, and what the member refuses.

use std::slice;
use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::member_service_server::MemberService;
use tonic::{Request, Response, Status, async_trait};

use crate::model::ids::Revision;
use crate::model::recipient::Recipient;
use crate::policy::ask::{Ask, Stated};
use crate::rpc::account::{self, Page, Reading};
use crate::rpc::convert::{argument, clue, preferences, receipt, retained, slot, standing, view};
use crate::rpc::gate::Gate;
use crate::vault::account::Account;
use crate::vault::collect::NewMember;
use crate::vault::correct::Correction;
use crate::vault::erase::{Erasure, Unreadable};
use crate::vault::hold::Holding;
use crate::vault::mutation::Method;
use crate::vault::pending::Cancellation;
use crate::vault::preferences::{PreferenceChange, RestrictionChange};
use crate::vault::remove::Removal;

/// Answers from the vault behind the gate.
pub(super) struct Member(pub(super) Arc<Gate>);

#[async_trait]
impl MemberService for Member {
    async fn collect_member(
        &self,
        request: Request<v1::CollectMemberRequest>,
    ) -> Result<Response<v1::CollectMemberResponse>, Status> {
        let call = self.0.admit(request)?;
        // Before passwords are worked on, which takes time and memory.
        self.0.vault().admit_collector(&call.caller)?;
        let once = self.0.once(&call, Method::CollectMember, &call.message.request_id)?;
        let id = call.message.member_id.as_deref();
        let new = NewMember {
            member: id.map(|id| argument::member("member_id", id)).transpose()?,
            reference: call.message.external_reference.as_ref().map(clue::reference).transpose()?,
            values: slot::new_values(&self.0, &call.message.values).await?,
        };
        let done = self.0.vault().collect(once, &new).await?;
        Ok(Response::new(v1::CollectMemberResponse {
            member_id: done.outcome.subject,
            revision: done.outcome.revision.0,
            receipt: Some(receipt::of(done.receipt)),
        }))
    }

    async fn review_member(
        &self,
        request: Request<v1::ReviewMemberRequest>,
    ) -> Result<Response<v1::ReviewMemberResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let purpose = if call.message.purpose.is_empty() { SELF_REVIEW } else { &call.message.purpose };
        let ask = Ask {
            caller: call.caller,
            purpose: Stated::parse(purpose),
            recipient: Recipient::Member,
            bases: Vec::new(),
            member: argument::member("member_id", &call.message.member_id)?,
            narrowing: None,
            asserted: call.asserted,
        };
        let released = vault.disclose(&ask).await?;
        let revision = released.revision().0;
        let v1::Disclosure { view, receipt } = view::of(released, &vault.policy());
        Ok(Response::new(v1::ReviewMemberResponse { view, revision, receipt }))
    }

    async fn correct_member(
        &self,
        request: Request<v1::CorrectMemberRequest>,
    ) -> Result<Response<v1::CorrectMemberResponse>, Status> {
        let call = self.0.admit(request)?;
        self.0.vault().admit_collector(&call.caller)?;
        let once = self.0.once(&call, Method::CorrectMember, &call.message.request_id)?;
        let correction = Correction {
            member: self.0.concerns(&call, argument::member("member_id", &call.message.member_id)?)?,
            expected: Revision(call.message.expected_revision),
            values: slot::new_values(&self.0, &call.message.values).await?,
        };
        let done = self.0.vault().correct(once, &correction).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::CorrectMemberResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn remove_fields(
        &self,
        request: Request<v1::RemoveFieldsRequest>,
    ) -> Result<Response<v1::RemoveFieldsResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::RemoveFields, &call.message.request_id)?;
        let named = slot::names(&call.message.slots, &self.0.vault().policy())?;
        let removal = Removal {
            member: self.0.concerns(&call, argument::member("member_id", &call.message.member_id)?)?,
            expected: Revision(call.message.expected_revision),
            fields: named.into_iter().map(|(field, slot)| (field, Some(slot))).collect(),
        };
        let done = self.0.vault().remove_fields(once, &removal).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::RemoveFieldsResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn erase_member(
        &self,
        request: Request<v1::EraseMemberRequest>,
    ) -> Result<Response<v1::EraseMemberResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::EraseMember, &call.message.request_id)?;
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let erasure = Erasure {
            member: argument::member("member_id", &call.message.member_id)?,
            asserted: call.asserted,
            expected: Revision(call.message.expected_revision),
            reason: reason.to_owned(),
            unreadable: if call.message.even_if_unreadable { Unreadable::LetGo } else { Unreadable::Stop },
        };
        let done = self.0.vault().erase(once, &erasure).await?;
        Ok(Response::new(standing::of_asked(&done)))
    }

    async fn cancel_erasure(
        &self,
        request: Request<v1::CancelErasureRequest>,
    ) -> Result<Response<v1::CancelErasureResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::CancelErasure, &call.message.request_id)?;
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let cancellation = Cancellation {
            member: argument::member("member_id", &call.message.member_id)?,
            asserted: call.asserted,
            reason: reason.to_owned(),
        };
        let done = self.0.vault().cancel_erasure(once, &cancellation).await?;
        Ok(Response::new(v1::CancelErasureResponse { receipt: Some(receipt::of(done.receipt)) }))
    }

    async fn get_retained(
        &self,
        request: Request<v1::GetRetainedRequest>,
    ) -> Result<Response<v1::GetRetainedResponse>, Status> {
        let call = self.0.admit(request)?;
        let member = argument::member("member_id", &call.message.member_id)?;
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let released = self.0.vault().read_retained(&call.caller, member, reason).await?;
        Ok(Response::new(retained::of(released)))
    }

    async fn get_erasure(
        &self,
        request: Request<v1::GetErasureRequest>,
    ) -> Result<Response<v1::GetErasureResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let member = argument::member("member_id", &call.message.member_id)?;
        let named = call.message.slot.as_ref().map(|named| slot::names(slice::from_ref(named), &vault.policy()));
        let slot = named.transpose()?.and_then(|named| named.first().copied());
        if let (None, Some(pending)) = (slot, vault.pending_erasure(&call.caller, member, call.asserted)?) {
            return Ok(Response::new(standing::of_pending(&pending)));
        }
        let standing = vault.erasure(&call.caller, (member, slot), call.asserted)?;
        let certificate = vault.certify(&standing)?;
        Ok(Response::new(standing::of(&standing, certificate)))
    }

    async fn set_hold(&self, request: Request<v1::SetHoldRequest>) -> Result<Response<v1::SetHoldResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::SetHold, &call.message.request_id)?;
        let member = argument::member("member_id", &call.message.member_id)?;
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let holding = if call.message.held { Holding::Held } else { Holding::Lifted };
        let done = self.0.vault().set_hold(once, member, (holding, reason)).await?;
        Ok(Response::new(v1::SetHoldResponse { receipt: Some(receipt::of(done.receipt)) }))
    }

    async fn find_member(
        &self,
        request: Request<v1::FindMemberRequest>,
    ) -> Result<Response<v1::FindMemberResponse>, Status> {
        let call = self.0.admit(request)?;
        let clue = clue::parse(call.message.key.as_ref())?;
        let stated = Stated::parse(&call.message.purpose);
        let found = self.0.vault().find(&call.caller, &stated, &clue).await?;
        let member_ids = found.members.iter().map(ToString::to_string).collect();
        Ok(Response::new(v1::FindMemberResponse { member_ids, receipt: Some(receipt::of(found.receipt)) }))
    }

    async fn set_preferences(
        &self,
        request: Request<v1::SetPreferencesRequest>,
    ) -> Result<Response<v1::SetPreferencesResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::SetPreferences, &call.message.request_id)?;
        let change = PreferenceChange {
            member: argument::member("member_id", &call.message.member_id)?,
            asserted: call.asserted,
            expected: Revision(call.message.expected_revision),
            purposes: preferences::purposes(&call.message.purposes)?,
            signals: preferences::signals(&call.message)?,
        };
        let done = self.0.vault().set_preferences(once, &change).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::SetPreferencesResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn get_preferences(
        &self,
        request: Request<v1::GetPreferencesRequest>,
    ) -> Result<Response<v1::GetPreferencesResponse>, Status> {
        let call = self.0.admit(request)?;
        let member = argument::member("member_id", &call.message.member_id)?;
        let row = self.0.vault().preferences(&call.caller, member)?;
        let preferences = Some(preferences::to_wire(&row, &self.0.vault().policy()));
        Ok(Response::new(v1::GetPreferencesResponse { preferences }))
    }

    async fn set_restriction(
        &self,
        request: Request<v1::SetRestrictionRequest>,
    ) -> Result<Response<v1::SetRestrictionResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::SetRestriction, &call.message.request_id)?;
        let change = RestrictionChange {
            member: argument::member("member_id", &call.message.member_id)?,
            asserted: call.asserted,
            expected: Revision(call.message.expected_revision),
            restricted: preferences::restricted(call.message.restriction)?,
        };
        let done = self.0.vault().set_restriction(once, &change).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::SetRestrictionResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn list_disclosures(
        &self,
        request: Request<v1::ListDisclosuresRequest>,
    ) -> Result<Response<v1::ListDisclosuresResponse>, Status> {
        let call = self.0.admit(request)?;
        let v1::ListDisclosuresRequest { member_id, page_size, page_token, with_proofs } = &call.message;
        let of = Account::Member(argument::member("member_id", member_id)?);
        let reading = Reading { rpc: "ListDisclosures", page: (*page_size, page_token), with_proofs: *with_proofs };
        let Page { disclosures, next_page_token, gaps } = account::read(self.0.vault(), &call, of, reading).await?;
        Ok(Response::new(v1::ListDisclosuresResponse { disclosures, next_page_token, gaps }))
    }
}

const SELF_REVIEW: &str = "self-review";
