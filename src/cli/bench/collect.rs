//! `fubako bench collect`: new members of ten fields, each durable with its entry before it is acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use fubako_proto::client::{self, Client};
use fubako_proto::v1::CollectMemberRequest;
use fubako_proto::v1::member_service_client::MemberServiceClient;
use tonic::transport::Channel;

use crate::cli::bench::figures::{Figures, tell_errors};
use crate::cli::bench::load::{Caller, Pace, Pressure, press};
use crate::cli::bench::roster::{collecting, member_id, of_many};
use crate::cli::bench::stage::{Population, Stage};
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Measures collections.
#[derive(Args, Debug)]
pub(in crate::cli) struct Collect {
    #[command(flatten)]
    pressure: Pressure,
    #[command(flatten)]
    population: Population,
}

/// One of those who collect.
pub(super) struct Collector {
    client: MemberServiceClient<Channel>,
    numbers: Numbers,
}

/// Members nobody has collected yet.
#[derive(Clone)]
pub(super) struct Numbers {
    next: Arc<AtomicUsize>,
    seed: u64,
}

impl Collect {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stage = Stage::set(&self.population, screen).await?;
        let clients = stage.clients("shop", self.pressure.width.connections).await?;
        let numbers = Numbers::beyond(&stage, self.population.seed).await?;
        let collectors = (0..self.pressure.width.in_flight).map(|number| Collector::new(&clients, number, &numbers));
        let collectors = collectors.collect::<Result<Vec<_>, _>>()?;
        let timed = press(collectors, Pace::Closed, self.pressure.seconds, stage.server()).await?;
        tell_errors(screen, &timed);
        stage.settle().await?;
        let figures = Figures::of("collect", self.pressure, stage.roster().len(), &timed).on_disk(stage.disk_bytes());
        stage.clear().await?;
        screen.show(|| figures.json(), || figures.words())
    }
}

impl Numbers {
    /// Those behind everyone a vault has ever had: each of them left an entry.
    pub(super) async fn beyond(stage: &Stage, seed: u64) -> Result<Self, Error> {
        let entries = usize::try_from(stage.entries().await?).unwrap_or(usize::MAX);
        Ok(Self { next: Arc::new(AtomicUsize::new(stage.roster().len() + entries)), seed })
    }

    /// The request for the next.
    pub(super) fn next(&self) -> CollectMemberRequest {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let member = member_id(self.seed, number);
        // Any UUID names a request; this one is as new as the member's.
        CollectMemberRequest { request_id: member.to_string(), ..collecting(number, member) }
    }
}

impl Collector {
    fn new(clients: &[Client], number: u32, numbers: &Numbers) -> Result<Self, Error> {
        let client = MemberServiceClient::new(of_many(clients, number as usize)?.channel());
        Ok(Self { client, numbers: numbers.clone() })
    }
}

impl Caller for Collector {
    async fn call(&mut self) -> Result<(), client::Error> {
        self.client.collect_member(self.numbers.next()).await?;
        Ok(())
    }
}
