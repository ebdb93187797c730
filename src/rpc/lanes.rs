//! Lanes: a thread for each processor, each with a runtime of its own that carries the connections it was given.
//!
//! The releases of a group become durable at once. On a lane one message wakes all who waited for it, and they run before their
//! connection does, so that their answers leave in one write. A runtime that all threads share wakes each of them by itself, and
//! runs the connection after the first. See docs/benchmarks.md for what that is worth.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport;

use crate::commit::post::Letterbox;
use crate::rpc::connection::{Connection, Scissors};

/// Connections on their way to a lane.
pub(super) type Incoming = ReceiverStream<io::Result<Connection>>;

/// The way to a lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// What runs there.
    pub(super) runtime: Handle,
    /// Where connections that are ready go; closed, the lane takes none any more.
    pub(super) connections: mpsc::Sender<io::Result<Connection>>,
}

/// How a lane ended; nothing comes of one that panicked.
pub(super) type Ending = oneshot::Receiver<Result<(), transport::Error>>;

impl Lane {
    /// The runtime this is called on, as the only lane.
    pub(super) fn here() -> (Self, Incoming) {
        Self::on(Handle::current())
    }

    fn on(runtime: Handle) -> (Self, Incoming) {
        let (connections, incoming) = mpsc::channel(1);
        (Self { runtime, connections }, ReceiverStream::new(incoming))
    }

    /// Starts a thread that serves what comes until that ends, or is cut; nothing of it is left when its ending is told.
    fn start<S>(
        number: usize,
        scissors: Scissors,
        serve: impl FnOnce(Incoming) -> S + Send + 'static,
    ) -> io::Result<(Self, Ending)>
    where
        S: Future<Output = Result<(), transport::Error>>,
    {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (lane, incoming) = Self::on(runtime.handle().clone());
        let (end, ending) = oneshot::channel();
        thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
            let ended = run(runtime, scissors, serve(incoming));
            // Nobody waits for it any more if the server was dropped.
            let _ = end.send(ended);
        })?;
        Ok((lane, ending))
    }
}

/// Starts a lane for each processor; what each serves is made on its own thread.
pub(super) fn start<S>(
    scissors: &Scissors,
    serve: impl Fn(Incoming) -> S + Clone + Send + 'static,
) -> io::Result<(Vec<Lane>, Vec<Ending>)>
where
    S: Future<Output = Result<(), transport::Error>>,
{
    let processors = thread::available_parallelism()?.get();
    let lanes = (0..processors).map(|number| Lane::start(number, scissors.clone(), serve.clone()));
    lanes.collect::<io::Result<Vec<_>>>().map(|lanes| lanes.into_iter().unzip())
}

fn run(
    runtime: Runtime,
    scissors: Scissors,
    serving: impl Future<Output = Result<(), transport::Error>>,
) -> Result<(), transport::Error> {
    let ended = runtime.block_on(async {
        tokio::spawn(Letterbox::of_this_thread().carry());
        tokio::select! {
            ended = serving => ended,
            () = scissors.cut() => Ok(()),
        }
    });
    // Drops what still runs there, but waits for no thread that reads for somebody who has gone.
    runtime.shutdown_background();
    ended
}
