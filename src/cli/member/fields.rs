//! Fields: those of the policy in force, which say what kind of value each takes.

use fubako_proto::client::Client;
use fubako_proto::v1::{GetPolicyRequest, PolicyField};

use crate::cli::error::Error;
use crate::cli::wire;

/// The fields of the policy in force.
pub(super) async fn policy_fields(client: &Client) -> Result<Vec<PolicyField>, Error> {
    let answer = client.get_policy(GetPolicyRequest { version: 0 }).await?;
    Ok(wire::sent(answer.policy, "policy")?.fields)
}
