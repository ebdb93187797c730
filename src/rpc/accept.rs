//! Accepting connections and dealing them out to lanes: every handshake in a task of its own, with a time limit, and only so many at once.

use std::io;
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::rpc::connection::{Connection, Peer, Scissors};
use crate::rpc::identity;
use crate::rpc::lanes::Lane;
use crate::rpc::limits::Limits;
use crate::rpc::security::SharedSecurity;
use crate::rpc::tls::HTTP_2;

/// Makes connections of what a listener accepts.
pub(super) struct Acceptor {
    listener: TcpListener,
    security: SharedSecurity,
    scissors: Scissors,
    handshake_timeout: Duration,
    seats: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    refused: Arc<AtomicU64>,
}

/// One client that is being let in.
struct Entrant {
    /// Bound to no runtime yet.
    tcp: net::TcpStream,
    address: SocketAddr,
    seat: OwnedSemaphorePermit,
}

impl Acceptor {
    /// Accepts from the listener within the limits.
    pub(super) fn new(listener: TcpListener, security: SharedSecurity, scissors: Scissors, limits: &Limits) -> Self {
        Self {
            listener,
            security,
            scissors,
            handshake_timeout: limits.handshake_timeout,
            seats: Arc::new(Semaphore::new(limits.connections)),
            handshakes: Arc::new(Semaphore::new(limits.handshakes)),
            refused: Arc::default(),
        }
    }

    /// Accepts until a lane takes no connections any more; each lane gets one in turn.
    pub(super) async fn run(self, lanes: Vec<Lane>) {
        for lane in lanes.iter().cycle() {
            let entrant = tokio::select! {
                () = lane.connections.closed() => return,
                entrant = self.next() => entrant,
            };
            match entrant {
                Ok((entrant, handshake)) => self.let_in(entrant, handshake, lane),
                Err(error) => {
                    // Mostly a lack of file descriptors, which a pause may mend.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn next(&self) -> io::Result<(Entrant, OwnedSemaphorePermit)> {
        let seat = Arc::clone(&self.seats).acquire_owned().await.map_err(io::Error::other)?;
        let handshake = Arc::clone(&self.handshakes).acquire_owned().await.map_err(io::Error::other)?;
        let (tcp, address) = self.listener.accept().await?;
        Ok((Entrant { tcp: tcp.into_std()?, address, seat }, handshake))
    }

    fn let_in(&self, entrant: Entrant, handshake: OwnedSemaphorePermit, lane: &Lane) {
        let tls = TlsAcceptor::from(self.security.load().tls().config());
        let (limit, refused) = (self.handshake_timeout, Arc::clone(&self.refused));
        let (scissors, connections) = (self.scissors.clone(), lane.connections.clone());
        lane.runtime.spawn(async move {
            let address = entrant.address;
            let outcome =
                timeout(limit, shake_hands(&tls, entrant, scissors)).await.unwrap_or_else(|late| Err(late.into()));
            drop(handshake);
            match outcome {
                // Nobody takes it any more when the server stops; it is closed then.
                Ok(connection) => drop(connections.send(Ok(connection)).await),
                Err(error) => {
                    // What the client sent is none of the error's business, and so not in the log.
                    let so_far = refused.fetch_add(1, Ordering::Relaxed) + 1;
                    tracing::info!(%address, %error, refused = so_far, "a handshake failed");
                }
            }
        });
    }
}

async fn shake_hands(tls: &TlsAcceptor, entrant: Entrant, scissors: Scissors) -> io::Result<Connection> {
    // tonic's own setting does not reach sockets it did not accept itself.
    entrant.tcp.set_nodelay(true)?;
    let stream = tls.accept(TcpStream::from_std(entrant.tcp)?).await?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(HTTP_2) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the client does not speak HTTP/2"));
    }
    let certificate = session.peer_certificates().and_then(|chain| chain.first());
    let identity = certificate.and_then(|certificate| identity::of_certificate(certificate));
    Ok(Connection::new(stream, Peer::new(identity), scissors, entrant.seat))
}

const PAUSE: Duration = Duration::from_millis(100);
