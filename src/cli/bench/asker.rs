//! Askers: each asks for a seller's view of one member after the other, chosen uniformly.

use std::sync::Arc;

use fubako_proto::client::{self, Client};
use fubako_proto::v1::disclosure_service_client::DisclosureServiceClient;
use fubako_proto::v1::{DiscloseRequest, DiscloseResponse, Recipient};
use tonic::transport::Channel;

use crate::cli::bench::load::Caller;
use crate::cli::bench::random::Random;
use crate::cli::bench::roster::{PURPOSE, SELLER, Subject, of_many};
use crate::cli::error::Error;

/// One of those who ask. It uses the bare generated client, without repeats: a failure is a failure.
pub(super) struct Asker {
    client: DisclosureServiceClient<Channel>,
    roster: Arc<[Subject]>,
    random: Random,
}

impl Caller for Asker {
    async fn call(&mut self) -> Result<(), client::Error> {
        let place = self.random.below(self.roster.len());
        let Some(subject) = self.roster.get(place) else { return Ok(()) };
        self.client.disclose(request(subject)).await?;
        Ok(())
    }
}

/// So many askers, spread over the connections; `round` makes them ask in another order.
pub(super) fn askers(
    clients: &[Client],
    roster: &Arc<[Subject]>,
    in_flight: u32,
    (seed, round): (u64, u32),
) -> Result<Vec<Asker>, Error> {
    let asker = |number: u32| {
        let client = DisclosureServiceClient::new(of_many(clients, number as usize)?.channel());
        let random = Random::new(seed, (u64::from(round) << 32) | u64::from(number));
        Ok(Asker { client, roster: Arc::clone(roster), random })
    };
    (0..in_flight).map(asker).collect()
}

/// A real answer, with the view of three fields that all are asked for.
pub(super) async fn sample(client: &Client, subject: &Subject) -> Result<DiscloseResponse, Error> {
    let answer = client.disclose(request(subject)).await?;
    match answer.view.as_ref().map(|view| view.fields.len()) {
        Some(VIEW) => Ok(answer),
        fields => {
            Err(Error::argument("the seller's view", format!("it has {} fields, not {VIEW}", fields.unwrap_or(0))))
        }
    }
}

/// The seller's ask for one member's view.
pub(super) fn request(subject: &Subject) -> DiscloseRequest {
    DiscloseRequest {
        purpose: PURPOSE.to_owned(),
        recipient: Some(Recipient::party(SELLER)),
        basis_ids: vec![subject.basis.to_string()],
        member_id: subject.member.to_string(),
        narrowing: None,
    }
}

/// How many fields the view has: name, address and telephone number.
pub(super) const VIEW: usize = 3;
