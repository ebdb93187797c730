//! Desks: each makes one call after the other, as the caller a step names.

use fubako_proto::MEMBER_ASSERTION_KEY;
use fubako_proto::client::{self, Client};
use fubako_proto::v1::ErasureLevel;
use fubako_proto::v1::basis_service_client::BasisServiceClient;
use fubako_proto::v1::disclosure_service_client::DisclosureServiceClient;
use fubako_proto::v1::ledger_service_client::LedgerServiceClient;
use fubako_proto::v1::member_service_client::MemberServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::cli::bench::load::Width;
use crate::cli::bench::mix::operation::Workload;
use crate::cli::bench::mix::plan::{Message, Step};
use crate::cli::bench::roster::of_many;
use crate::cli::bench::stage::Stage;
use crate::cli::error::Error;

/// One of those who call, with a connection for each caller. It uses the bare generated clients, without repeats.
#[derive(Clone)]
pub(super) struct Desk {
    channels: Vec<(&'static str, Channel)>,
}

impl Desk {
    /// As many as calls may be under way, spread over as many connections for each caller of the workload.
    pub(super) async fn for_each(stage: &Stage, workload: Workload, width: Width) -> Result<Vec<Self>, Error> {
        let mut clients: Vec<(&'static str, Vec<Client>)> = Vec::new();
        for operation in workload.operations() {
            if !clients.iter().any(|(caller, _)| *caller == operation.caller) {
                clients.push((operation.caller, stage.clients(operation.caller, width.connections).await?));
            }
        }
        let desk = |number: u32| {
            let channels = clients.iter().map(|(caller, of)| Ok((*caller, of_many(of, number as usize)?.channel())));
            Ok(Self { channels: channels.collect::<Result<_, Error>>()? })
        };
        (0..width.in_flight).map(desk).collect()
    }

    /// Makes the call, and waits for the answer. One that is not what the mix is about is a failure.
    pub(super) async fn make(&self, step: Step) -> Result<(), client::Error> {
        let channel =
            self.channels.iter().find(|(caller, _)| *caller == step.caller).map(|(_, channel)| channel.clone());
        let channel = channel.ok_or_else(|| Status::internal("no connection is that caller's"))?;
        let members = || MemberServiceClient::new(channel.clone());
        let assertion = step.assertion;
        match step.message {
            Message::Collect(ask) => drop(members().collect_member(asserted(ask, assertion)).await?),
            Message::Erase(ask) => {
                let answer = members().erase_member(asserted(ask, assertion)).await?;
                expect(answer.get_ref().level() == ErasureLevel::Erased, "an erasure was put off")?;
            }
            Message::RecordBasis(ask) => {
                drop(BasisServiceClient::new(channel).record_basis(asserted(ask, assertion)).await?);
            }
            Message::Restrict(ask) => drop(members().set_restriction(asserted(ask, assertion)).await?),
            Message::Review(ask) => drop(members().review_member(asserted(ask, assertion)).await?),
            Message::Account(ask) => {
                let answer = members().list_disclosures(asserted(ask, assertion)).await?;
                expect(!answer.get_ref().disclosures.is_empty(), "a member's account was empty")?;
            }
            Message::Correct(ask) => drop(members().correct_member(asserted(ask, assertion)).await?),
            Message::Prefer(ask) => drop(members().set_preferences(asserted(ask, assertion)).await?),
            Message::Disclose(ask) => {
                drop(DisclosureServiceClient::new(channel).disclose(asserted(ask, assertion)).await?);
            }
            Message::Entries(ask) => {
                let answer = LedgerServiceClient::new(channel).list_entries(asserted(ask, assertion)).await?;
                expect(!answer.get_ref().entries.is_empty(), "a purpose had no entries")?;
            }
        }
        Ok(())
    }
}

fn asserted<T>(message: T, assertion: Option<MetadataValue<Ascii>>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(assertion) = assertion {
        request.metadata_mut().insert(MEMBER_ASSERTION_KEY, assertion);
    }
    request
}

fn expect(is_so: bool, otherwise: &'static str) -> Result<(), Status> {
    if is_so { Ok(()) } else { Err(Status::aborted(otherwise)) }
}
