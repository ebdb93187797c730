//! Releases inside one process: the vault's own use case, without a network, as a floor for batches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::cli::bench::asker::VIEW;
use crate::cli::bench::figures::as_float;
use crate::cli::bench::process::own;
use crate::cli::bench::random::Random;
use crate::cli::bench::roster::{PURPOSE, SELLER, Subject};
use crate::cli::bench::stage::AtRest;
use crate::cli::error::Error;
use crate::cli::host::serve_error;
use crate::cli::rest::open_at_rest;
use crate::cli::screen::Screen;
use crate::config;
use crate::config::environment::Environment;
use crate::model::caller::Caller;
use crate::model::ids::PartyId;
use crate::model::recipient::Recipient;
use crate::policy::ask::{Ask, Stated};
use crate::vault::Vault;

/// How many fields one second of the processors opens, with as many releases under way as a batch has.
pub(super) async fn fields_per_processor_second(
    at_rest: &AtRest,
    seed: u64,
    seconds: u64,
    screen: Screen,
) -> Result<f64, Error> {
    let config = config::load(&at_rest.kit().config(), &Environment::default())?;
    let shop = config.callers().iter().find(|caller| caller.name.as_str() == "shop").cloned();
    let shop = Arc::new(shop.ok_or_else(|| Error::argument("the load", "it has no such caller"))?);
    let (opened, _stop) = open_at_rest(&config, screen).await?;
    let before = own()?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut asking = JoinSet::new();
    for number in 0..AT_ONCE {
        let (vault, roster) = (Arc::clone(&opened.vault), Arc::clone(at_rest.roster()));
        asking.spawn(ask_until(vault, roster, Arc::clone(&shop), Random::new(seed, number), until));
    }
    let mut released = 0;
    while let Some(own) = asking.join_next().await {
        released += own.map_err(serve_error)??;
    }
    let taken = own()?.since(before);
    tokio::task::block_in_place(|| opened.close());
    Ok(as_float(released * VIEW as u64) / taken.processor.as_secs_f64())
}

async fn ask_until(
    vault: Arc<Vault>,
    roster: Arc<[Subject]>,
    caller: Arc<Caller>,
    mut random: Random,
    until: Instant,
) -> Result<u64, Error> {
    let mut released = 0;
    while Instant::now() < until {
        let Some(subject) = roster.get(random.below(roster.len())) else { return Ok(released) };
        let ask = ask(subject, &caller)?;
        drop(vault.disclose(&ask).await.map_err(serve_error)?);
        released += 1;
    }
    Ok(released)
}

fn ask(subject: &Subject, caller: &Arc<Caller>) -> Result<Ask, Error> {
    Ok(Ask {
        caller: Arc::clone(caller),
        purpose: Stated::parse(PURPOSE),
        recipient: Recipient::Party(PartyId::parse(SELLER).map_err(|wrong| Error::argument("the seller", wrong))?),
        bases: vec![subject.basis],
        member: subject.member,
        narrowing: None,
        asserted: None,
    })
}

/// As many as the server works out at once of one batch.
const AT_ONCE: u64 = 64;
