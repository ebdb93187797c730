//! `PolicyService`: what the vault may release, and why, version by version.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::policy_service_server::PolicyService;
use tonic::{Request, Response, Status, async_trait};

use crate::model::ids::PolicyVersion;
use crate::policy::table::Policy as Version;
use crate::rpc::convert::policy;
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::page::{self, Listing};

/// Answers from the vault behind the gate.
pub(super) struct Policy(pub(super) Arc<Gate>);

#[async_trait]
impl PolicyService for Policy {
    async fn get_policy(
        &self,
        request: Request<v1::GetPolicyRequest>,
    ) -> Result<Response<v1::GetPolicyResponse>, Status> {
        let call = self.0.admit(request)?;
        let versions = self.0.vault().policies(&call.caller)?;
        let wanted = PolicyVersion(call.message.version);
        let found = if wanted.0 == 0 { Some(versions.current()) } else { versions.version(wanted) };
        let found = found.ok_or(Error::PolicyNotFound(wanted))?;
        Ok(Response::new(v1::GetPolicyResponse { policy: Some(policy::of(&found)) }))
    }

    async fn list_policies(
        &self,
        request: Request<v1::ListPoliciesRequest>,
    ) -> Result<Response<v1::ListPoliciesResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let versions = vault.policies(&call.caller)?;
        let newest_first: Vec<Arc<Version>> = {
            let mut all: Vec<_> = versions.all().cloned().collect();
            all.reverse();
            all
        };
        let listing = Listing { vault, caller: &call.caller.name, rpc: "ListPolicies", filter: Vec::new() };
        let after = listing.open(&call.message.page_token)?.map(|key| version(&key)).transpose()?;
        let behind = |version: &&Arc<Version>, after: Option<&PolicyVersion>| {
            after.is_none_or(|after| version.version() < *after)
        };
        let page = page::read(
            page::size(call.message.page_size)?,
            after,
            |after, limit| Ok(newest_first.iter().filter(|version| behind(version, after)).take(limit).collect()),
            |version: &&Arc<Version>| version.version(),
            |_| true,
        )?;
        Ok(Response::new(v1::ListPoliciesResponse {
            policies: page.items.into_iter().map(|version| policy::summary(version)).collect(),
            next_page_token: page
                .next
                .map(|version| listing.token(&version.0.to_be_bytes()))
                .transpose()?
                .unwrap_or_default(),
        }))
    }
}

/// The version a page ended with.
fn version(key: &[u8]) -> Result<PolicyVersion, Error> {
    <[u8; 4]>::try_from(key).map(|bytes| PolicyVersion(u32::from_be_bytes(bytes))).map_err(|_| Error::PageToken)
}
