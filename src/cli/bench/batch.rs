//! `fubako bench batch`: views of a thousand members in a call, against the same releases inside one process.

use std::sync::Arc;

use clap::Args;
use fubako_proto::client::{self, Client};
use fubako_proto::v1::batch_disclose_response::Outcome;
use fubako_proto::v1::disclosure_service_client::DisclosureServiceClient;
use fubako_proto::v1::{BatchDiscloseItem, BatchDiscloseRequest, BatchDiscloseResponse, Recipient};
use serde_json::{Value, json};
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use crate::cli::bench::asker::VIEW;
use crate::cli::bench::figures::{Figures, as_float, tell_errors, thousandths};
use crate::cli::bench::inside;
use crate::cli::bench::load::{Caller, Pace, Pressure, press};
use crate::cli::bench::random::Random;
use crate::cli::bench::roster::{PURPOSE, SELLER, Subject, of_many};
use crate::cli::bench::stage::{Population, Stage};
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Measures batches.
#[derive(Args, Debug)]
#[command(mut_arg("in_flight", |argument| argument.default_value("4")))]
pub(in crate::cli) struct Batch {
    #[command(flatten)]
    pressure: Pressure,
    #[command(flatten)]
    population: Population,
}

/// One of those who ask for batches; each view that arrives counts as a call.
struct Batcher {
    client: DisclosureServiceClient<Channel>,
    roster: Arc<[Subject]>,
    random: Random,
    /// The rest of the batch that is under way.
    outcomes: Option<Streaming<BatchDiscloseResponse>>,
}

impl Batch {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stage = Stage::set(&self.population, screen).await?;
        let clients = stage.clients("shop", self.pressure.width.connections).await?;
        let seed = self.population.seed;
        let batchers = (0..self.pressure.width.in_flight).map(|number| Batcher::new(&clients, &stage, seed, number));
        let batchers = batchers.collect::<Result<Vec<_>, _>>()?;
        let timed = press(batchers, Pace::Closed, self.pressure.seconds, stage.server()).await?;
        tell_errors(screen, &timed);
        stage.settle().await?;
        let figures = Figures::of("batch", self.pressure, stage.roster().len(), &timed).on_disk(stage.disk_bytes());
        let at_rest = stage.rest().await?;
        let floor = inside::fields_per_processor_second(&at_rest, seed, self.pressure.seconds, screen).await?;
        let batch = as_float(VIEW as u64) / figures.server_per_call.as_secs_f64();
        screen.show(|| told(&figures, batch, floor), || words(&figures, batch, floor))
    }
}

impl Batcher {
    fn new(clients: &[Client], stage: &Stage, seed: u64, number: u32) -> Result<Self, Error> {
        let client = DisclosureServiceClient::new(of_many(clients, number as usize)?.channel());
        Ok(Self {
            client,
            roster: Arc::clone(stage.roster()),
            random: Random::new(seed, number.into()),
            outcomes: None,
        })
    }
}

/// Releases everyone's view once; says who the first is whose view is refused.
pub(super) async fn release_each(client: &Client, roster: &[Subject]) -> Result<(), Error> {
    for some in roster.chunks(MEMBERS) {
        let mut outcomes = client.batch_disclose(request(some)).await?;
        while let Some(answer) = outcomes.next().await? {
            if !matches!(answer.outcome, Some(Outcome::Disclosure(_))) {
                return Err(Error::argument("a member's view", format!("that of `{}` was refused", answer.member_id)));
            }
        }
    }
    Ok(())
}

fn drawn(roster: &[Subject], random: &mut Random) -> BatchDiscloseRequest {
    let draw = |_| roster.get(random.below(roster.len()));
    request((0..MEMBERS).filter_map(draw))
}

fn request<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> BatchDiscloseRequest {
    let item = |Subject { member, basis }: &Subject| BatchDiscloseItem {
        member_id: member.to_string(),
        basis_ids: vec![basis.to_string()],
    };
    BatchDiscloseRequest {
        purpose: PURPOSE.to_owned(),
        recipient: Some(Recipient::party(SELLER)),
        items: subjects.into_iter().map(item).collect(),
        ..BatchDiscloseRequest::default()
    }
}

impl Caller for Batcher {
    /// Waits for the next view, of another batch where the last is over.
    async fn call(&mut self) -> Result<(), client::Error> {
        loop {
            let outcomes = match &mut self.outcomes {
                Some(outcomes) => outcomes,
                over => {
                    let begun = self.client.batch_disclose(drawn(&self.roster, &mut self.random)).await?;
                    over.insert(begun.into_inner())
                }
            };
            match outcomes.message().await {
                Ok(Some(BatchDiscloseResponse { outcome: Some(Outcome::Disclosure(_)), .. })) => return Ok(()),
                Ok(Some(_)) => return Err(Status::aborted("a member of the batch was refused").into()),
                Ok(None) => self.outcomes = None,
                Err(status) => {
                    self.outcomes = None;
                    return Err(status.into());
                }
            }
        }
    }
}

fn told(figures: &Figures, batch: f64, floor: f64) -> Value {
    let mut whole = figures.json();
    if let Some(object) = whole.as_object_mut() {
        object.insert("members_per_call".to_owned(), json!(MEMBERS));
        object.insert("fields_per_server_cpu_second".to_owned(), json!(batch.round()));
        object.insert("in_process_fields_per_cpu_second".to_owned(), json!(floor.round()));
        object.insert("ratio".to_owned(), json!(thousandths(batch / floor)));
    }
    whole
}

fn words(figures: &Figures, batch: f64, floor: f64) -> String {
    format!(
        "{}fields     {batch:.0} opened per second of the server's processors; inside one process, without gRPC, \
         {floor:.0}: {:.3} of it\n",
        figures.words(),
        batch / floor
    )
}

/// As many as a call may name.
const MEMBERS: usize = 1000;
