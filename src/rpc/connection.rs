//! A connection whose client showed a good certificate, with the identity it carries to every call.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use crate::model::caller::Identity;

/// An encrypted stream; its seat among the connections is free again when it is dropped.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    /// Done once the server has ended; none from then on.
    cut: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _seat: OwnedSemaphorePermit,
}

/// Cuts every connection that was given a [`Scissors`] of it, once it is dropped: a call that outlives the server would
/// keep the vault, and with it every key.
#[derive(Debug)]
pub(super) struct Lifeline(watch::Sender<()>);

/// What a connection is cut by.
#[derive(Clone, Debug)]
pub(super) struct Scissors(watch::Receiver<()>);

impl Lifeline {
    pub(super) fn new() -> (Self, Scissors) {
        let (line, scissors) = watch::channel(());
        (Self(line), Scissors(scissors))
    }

    /// Cuts them.
    pub(super) fn cut(self) {
        drop(self.0);
    }
}

impl Scissors {
    /// Done once the lifeline is cut.
    pub(super) async fn cut(mut self) {
        // Nothing is ever sent: it changes by its end.
        drop(self.0.changed().await);
    }
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(super) struct Peer(Option<Arc<Identity>>);

impl Connection {
    /// A stream whose handshake is done.
    pub(super) fn new(
        stream: TlsStream<TcpStream>,
        peer: Peer,
        scissors: Scissors,
        seat: OwnedSemaphorePermit,
    ) -> Self {
        Self { stream, peer, cut: Some(Box::pin(scissors.cut())), _seat: seat }
    }

    fn is_cut(&mut self, cx: &mut Context<'_>) -> bool {
        if self.cut.as_mut().is_some_and(|cut| cut.as_mut().poll(cx).is_ready()) {
            self.cut = None;
        }
        self.cut.is_none()
    }
}

impl Peer {
    /// The client with that identity; none, if its certificate names nobody.
    pub(super) fn new(identity: Option<Identity>) -> Self {
        Self(identity.map(Arc::new))
    }

    /// The identity, if there is one.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.0.as_deref()
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // A connection always waits to read, whatever else it does.
        if self.is_cut(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

/// Does not write vectored, on purpose: HTTP/2 would then send every answer of more than 256 bytes by itself, with a TLS
/// record and a system call of its own. So it copies answers of up to 1 KiB together.
impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
