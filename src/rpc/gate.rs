//! The gate every call passes: who calls, for which member, and under which request id.

use std::sync::Arc;

use fubako_proto::MEMBER_ASSERTION_KEY;
use jiff::Timestamp;
use prost::Message;
use tonic::Request;
use tonic::metadata::MetadataMap;
use zeroize::Zeroizing;

use crate::model::caller::{Caller, Identity};
use crate::model::ids::{CallerName, MemberId};
use crate::rpc::assertion;
use crate::rpc::connection::Peer;
use crate::rpc::convert::argument;
use crate::rpc::error::Error;
use crate::rpc::passwords::Passwords;
use crate::rpc::security::{Security, SharedSecurity};
use crate::rpc::status;
use crate::vault::Vault;
use crate::vault::mutation::{self, Method};

/// What every service answers calls with.
pub(super) struct Gate {
    vault: Arc<Vault>,
    security: SharedSecurity,
    passwords: Passwords,
    started: Timestamp,
}

/// A call that was let in.
pub(super) struct Call<M> {
    /// Who calls.
    pub(super) caller: Arc<Caller>,
    /// The member an assertion is about, if one is attached; it was verified.
    pub(super) asserted: Option<MemberId>,
    /// What is asked.
    pub(super) message: M,
}

impl Gate {
    /// The gate to a vault.
    pub(super) fn new(vault: Arc<Vault>, security: SharedSecurity) -> Self {
        let started = vault.now();
        Self { vault, security, passwords: Passwords::new(), started }
    }

    /// The vault.
    pub(super) const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// What makes verifiers of passwords.
    pub(super) const fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// When the server started.
    pub(super) const fn started(&self) -> Timestamp {
        self.started
    }

    /// Lets a call in whose connection is a configured caller's, with its assertion verified if it has one.
    pub(super) fn admit<M>(&self, request: Request<M>) -> Result<Call<M>, Error> {
        let security = self.security.load();
        let known = identified(&security, &request)
            .and_then(|caller| Ok((caller, self.asserted(&security, request.metadata())?)));
        let (caller, asserted) = self.counted(known)?;
        Ok(Call { caller, asserted, message: request.into_inner() })
    }

    /// Refuses an assertion about anyone but this member; none at all passes.
    pub(super) fn concerns<M>(&self, call: &Call<M>, member: MemberId) -> Result<MemberId, Error> {
        self.counted(match call.asserted {
            Some(other) if other != member => Err(Error::AssertionForeign),
            Some(_) | None => Ok(member),
        })
    }

    /// A caller whose call is still being answered, as the configuration says now: a reload may have taken roles from it, or
    /// the caller itself away.
    pub(super) fn present(&self, caller: &Caller) -> Result<Arc<Caller>, Error> {
        let security = self.security.load();
        let present = security.callers().identified(&caller.identity);
        self.counted(present.cloned().ok_or_else(|| turned_away(Some(&caller.identity))))
    }

    /// Whether a configured caller has that name.
    pub(super) fn is_caller(&self, name: &CallerName) -> bool {
        self.security.load().callers().named(name).is_some()
    }

    /// The configured caller of that name.
    pub(super) fn caller_named(&self, name: CallerName) -> Result<CallerName, Error> {
        if self.is_caller(&name) { Ok(name) } else { Err(Error::CallerNotFound(name)) }
    }

    /// What makes a change happen once: the caller, the call, the client's id for it, and what tells it from another.
    pub(super) fn once<'a, M: Message>(
        &self,
        call: &'a Call<M>,
        method: Method,
        request_id: &str,
    ) -> Result<mutation::Request<'a>, Error> {
        let id = argument::request_id(request_id)?;
        // The request holds values. `encode_to_vec` takes its room at once, so that growing leaves no copies behind.
        let bytes = Zeroizing::new(call.message.encode_to_vec());
        let digest = self.vault.digest("request", &bytes)?;
        Ok(mutation::Request { caller: &call.caller, method, id, digest })
    }

    /// What was found of a caller; who is turned away here gets no entry, so that only the metrics count it.
    fn counted<T>(&self, known: Result<T, Error>) -> Result<T, Error> {
        known.inspect_err(|error| self.vault.count_refusal(status::reason(error)))
    }

    fn asserted(&self, security: &Security, metadata: &MetadataMap) -> Result<Option<MemberId>, Error> {
        let mut attached = metadata.get_all(MEMBER_ASSERTION_KEY).iter();
        match (attached.next(), attached.next()) {
            (None, _) => Ok(None),
            (Some(token), None) => {
                let token = token.to_str().map_err(|_| assertion::Error::NotOneToken)?;
                Ok(Some(security.issuers().verify(token, self.vault.now())?))
            }
            (Some(_), Some(_)) => Err(assertion::Error::NotOneToken.into()),
        }
    }
}

/// The configured caller whose connection it is.
pub(super) fn identified<M>(security: &Security, request: &Request<M>) -> Result<Arc<Caller>, Error> {
    let peer = request.extensions().get::<Peer>();
    let identity = peer.and_then(Peer::identity);
    let caller = identity.and_then(|identity| security.callers().identified(identity));
    caller.map(Arc::clone).ok_or_else(|| turned_away(identity))
}

/// Nobody the configuration names calls; the log says who, so that a new caller's certificate can be put right.
fn turned_away(identity: Option<&Identity>) -> Error {
    if let Some(identity) = identity {
        tracing::info!(%identity, "no configured caller has this identity; it was turned away");
    } else {
        tracing::info!("a certificate that does not name one identity was turned away");
    }
    Error::CallerUnauthenticated
}
