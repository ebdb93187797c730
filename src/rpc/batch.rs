//! Batches: the views of many members, worked out several at a time and told in the order they were asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::batch_disclose_response::Outcome;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::policy::ask::Ask;
use crate::record::open::Released;
use crate::rpc::convert::ask::Common;
use crate::rpc::convert::{argument, view};
use crate::rpc::error::Error;
use crate::rpc::gate::{Call, Gate};
use crate::rpc::status;
use crate::vault::Vault;

/// The outcomes of a batch, in order, as they come to be known.
pub(super) type Outcomes = ReceiverStream<Result<v1::BatchDiscloseResponse, Status>>;

/// Begins to disclose; refuses the whole where what is common to all items, or the form of one of them, does not do.
pub(super) fn disclose(gate: &Arc<Gate>, call: Call<v1::BatchDiscloseRequest>) -> Result<Outcomes, Error> {
    let items = &call.message.items;
    if items.len() > MOST {
        return Err(Error::TooMany { path: "items", most: MOST });
    }
    argument::counted("items", items.len(), 1..=MOST)?;
    let common = Common::parse(&call, &gate.vault().policy())?;
    let asks = items.iter().enumerate().map(|(position, item)| common.ask(position, item));
    let asks = asks.collect::<Result<Vec<_>, _>>()?;
    let (outcomes, told) = mpsc::channel(AT_ONCE);
    tokio::spawn(disclose_all(Arc::clone(gate), call.message.items, asks, outcomes));
    Ok(ReceiverStream::new(told))
}

/// Discloses item by item, a window of them at a time, until the last is told or nobody listens any more.
async fn disclose_all(
    gate: Arc<Gate>,
    items: Vec<v1::BatchDiscloseItem>,
    asks: Vec<Ask>,
    outcomes: mpsc::Sender<Result<v1::BatchDiscloseResponse, Status>>,
) {
    let mut asks = asks.into_iter();
    let mut window = VecDeque::with_capacity(AT_ONCE);
    for (index, item) in (0..).zip(items) {
        while window.len() < AT_ONCE
            && let Some(ask) = asks.next()
        {
            window.push_back(tokio::spawn(disclose_one(Arc::clone(&gate), ask)));
        }
        let Some(task) = window.pop_front() else { return };
        let outcome = Some(outcome(task, gate.vault()).await);
        let response = v1::BatchDiscloseResponse { index, member_id: item.member_id, outcome };
        if outcomes.send(Ok(response)).await.is_err() {
            return;
        }
    }
}

/// Discloses one item to the caller as the configuration has it by now: a reload may have taken away what the batch began
/// with.
async fn disclose_one(gate: Arc<Gate>, ask: Ask) -> Result<Released, Error> {
    let ask = Ask { caller: gate.present(&ask.caller)?, ..ask };
    Ok(gate.vault().disclose(&ask).await?)
}

async fn outcome(task: JoinHandle<Result<Released, Error>>, vault: &Vault) -> Outcome {
    let error = match task.await {
        Ok(Ok(released)) => return Outcome::Disclosure(view::of(released, &vault.policy())),
        Ok(Err(error)) => error,
        Err(_) => Error::BrokenOff,
    };
    Outcome::Refusal(status::refusal(&error))
}

const MOST: usize = 1000;
/// How many items are worked out at once: enough to fill a commit group, few enough to leave room for other calls.
const AT_ONCE: usize = 64;
