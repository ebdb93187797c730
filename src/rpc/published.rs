//! The published tree: checkpoint and hash tiles over plain HTTP, for witnesses and monitors (C2SP `tlog-tiles`).
//!
//! Off by default, and on a listener of its own. It never serves entries, and hashes tell nothing of them: every leaf has
//! a random salt. How long the ledger is, and how fast it grows, is no secret where it is published.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use crate::ledger::proofs::Proofs;
use crate::ledger::tile::TilePath;

/// A listener that serves what may be published of a ledger.
#[derive(Debug)]
pub struct PublishedTree {
    listener: TcpListener,
    proofs: Proofs,
}

impl PublishedTree {
    /// Will serve on the listener.
    #[must_use]
    pub const fn new(listener: TcpListener, proofs: Proofs) -> Self {
        Self { listener, proofs }
    }

    /// Serves until it is aborted; an error of one connection ends that connection.
    pub async fn serve(self) -> io::Result<()> {
        let routes = Router::new()
            .route("/checkpoint", get(checkpoint))
            .route("/tile/{*path}", get(tile))
            .with_state(self.proofs);
        let seats = Arc::new(Semaphore::new(CONNECTIONS));
        axum::serve(Seated { listener: self.listener, seats }, routes).await
    }
}

/// A listener that lets in only so many connections at a time: those that idle must not take the vault's descriptors.
struct Seated {
    listener: TcpListener,
    seats: Arc<Semaphore>,
}

/// A connection with its seat.
struct Connection {
    stream: TcpStream,
    _seat: OwnedSemaphorePermit,
}

impl Listener for Seated {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(seat) = Arc::clone(&self.seats).acquire_owned().await else { pending().await };
            match self.listener.accept().await {
                Ok((stream, address)) => return (Connection { stream, _seat: seat }, address),
                // Such as a connection that was gone before it was taken.
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

async fn checkpoint(State(proofs): State<Proofs>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, proofs.checkpoint().note().to_owned()).into_response()
}

async fn tile(State(proofs): State<Proofs>, Path(path): Path<String>) -> Response {
    let parsed = TilePath::parse(&format!("tile/{path}"));
    let Some((level, index, width)) = parsed.and_then(|tile| Some((tile.level?, tile.index, tile.width))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match proofs.tile(level, index, width) {
        Ok(hashes) => (immutable(), hashes.concat()).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A tile that was served once never changes.
fn immutable() -> [(HeaderName, String); 2] {
    let forever = format!("public, max-age={}, immutable", YEAR.as_secs());
    [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CACHE_CONTROL, forever)]
}

/// Connections at a time; others wait.
const CONNECTIONS: usize = 64;
const PAUSE: Duration = Duration::from_millis(100);
const YEAR: Duration = Duration::from_hours(365 * 24);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::rpc::trial;

    /// The head and the body of an answer.
    async fn fetch(address: std::net::SocketAddr, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (String::from_utf8_lossy(bytes.get(..end).unwrap()).to_lowercase(), bytes.split_off(end + 4))
    }

    #[tokio::test]
    async fn the_checkpoint_and_its_tiles_are_served_and_nothing_else() {
        let (opened, _folder) = trial::vault().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proofs = opened.vault.published();
        let size = proofs.covering(1).await.unwrap().checkpoint().size;
        let serving = tokio::spawn(PublishedTree::new(listener, proofs.clone()).serve());

        let (head, body) = fetch(address, "/checkpoint").await;
        assert!(head.starts_with("http/1.1 200") && head.contains("text/plain"), "{head}");
        assert_eq!(body, proofs.checkpoint().note().as_bytes());
        let (head, body) = fetch(address, &format!("/tile/0/000.p/{size}")).await;
        assert!(head.starts_with("http/1.1 200") && head.contains("immutable"), "{head}");
        assert_eq!(body, proofs.tile(0, 0, size).unwrap().concat());
        let beyond = format!("/tile/0/000.p/{}", size + 1);
        for nothing in [beyond.as_str(), "/tile/entries/000.p/1", "/tile/0/000", "/tile/0/0", "/tile/../keyring", "/"] {
            assert!(fetch(address, nothing).await.0.starts_with("http/1.1 404"), "{nothing}");
        }
        serving.abort();
    }
}
