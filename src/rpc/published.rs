//! The published tree: checkpoint and hash tiles over plain HTTP, for witnesses and monitors (C2SP `tlog-tiles`).
//!
//! Off by default, and on a listener of its own. It never serves entries, and hashes tell nothing of them: every leaf has
//! a random salt. How long the ledger is, and how fast it grows, is no secret where it is published.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::ledger::proofs::Proofs;
use crate::ledger::tile::TilePath;
use crate::rpc::seated::Seated;

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
        axum::serve(Seated::on(self.listener), routes).await
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

const YEAR: Duration = Duration::from_hours(365 * 24);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::rpc::trial::{self, fetch};

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
