//! Security: who is trusted, in one piece, so that all of it is replaced at once while the server runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;

use crate::rpc::assertion::Issuers;
use crate::rpc::callers::Callers;
use crate::rpc::tls::ServerTls;

/// Certificates, callers and issuers as the configuration has them.
#[derive(Debug)]
pub struct Security {
    tls: ServerTls,
    callers: Callers,
    issuers: Issuers,
}

/// The [`Security`] in force. What is stored into it holds for every later handshake and, on open connections too, for
/// every later call and, of an answer that is still being given, every later piece.
pub type SharedSecurity = Arc<ArcSwap<Security>>;

impl Security {
    /// Puts its parts together.
    #[must_use]
    pub const fn new(tls: ServerTls, callers: Callers, issuers: Issuers) -> Self {
        Self { tls, callers, issuers }
    }

    /// Puts it where it can be replaced.
    #[must_use]
    pub fn shared(self) -> SharedSecurity {
        Arc::new(ArcSwap::from_pointee(self))
    }

    /// When the server's certificate expires.
    #[must_use]
    pub const fn certificate_expires(&self) -> Timestamp {
        self.tls.expires()
    }

    /// How handshakes are made.
    pub(super) const fn tls(&self) -> &ServerTls {
        &self.tls
    }

    /// Who may call.
    pub(super) const fn callers(&self) -> &Callers {
        &self.callers
    }

    /// Whose assertions about members are believed.
    pub(super) const fn issuers(&self) -> &Issuers {
        &self.issuers
    }
}
