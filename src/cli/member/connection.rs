//! Connections for the commands about members: with the member's own assertion, where there is one.

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::{GetPolicyRequest, PolicyField};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::wire;

/// A connection on which a member may speak for themself.
#[derive(Args, Debug)]
pub(in crate::cli) struct MemberConnection {
    /// An assertion, signed by an issuer of the server's configuration, that this member asks
    #[arg(long, env = "FUBAKO_ASSERTION", hide_env_values = true, value_name = "JWT")]
    assertion: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl MemberConnection {
    pub(in crate::cli) async fn open(&self) -> Result<Client, Error> {
        let client = self.connection.open().await?;
        match &self.assertion {
            Some(assertion) => Ok(client.with_member_assertion(assertion)?),
            None => Ok(client),
        }
    }
}

/// The fields of the policy in force.
pub(super) async fn policy_fields(client: &Client) -> Result<Vec<PolicyField>, Error> {
    let answer = client.get_policy(GetPolicyRequest { version: 0 }).await?;
    Ok(wire::sent(answer.policy, "policy")?.fields)
}
