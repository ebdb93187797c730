//! A vault served on a loopback port, with a client for every caller.

use std::net::SocketAddr;
use std::sync::Arc;

use fubako::model::caller::Caller;
use fubako::policy::table::Policy;
use fubako::rpc::callers::Callers;
use fubako::rpc::limits::Limits;
use fubako::rpc::security::{Security, SharedSecurity};
use fubako::rpc::server::{HeldAddress, Mode, Server, Serving};
use fubako::rpc::tls::{ServerTls, TlsPem};
use fubako::vault::Vault;
use fubako::vault::open::Opened;
use fubako_proto::Reason;
use fubako_proto::client::{Client, ClientConfig, Error, RetryPolicy};
use fubako_proto::v1::{
    BasisTerms, CollectMemberRequest, DiscloseRequest, DiscloseResponse, PartyDetails, Recipient, RecordBasisRequest,
    RegisterPartyRequest, SlotValue,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::authority::{Authority, Certified};
use super::callers::{self, ASKER, REGISTRAR, SHOP, identity};
use super::place::Place;
use super::signer::Signer;

/// A served vault.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) authority: Authority,
    pub(crate) signer: Signer,
    pub(crate) address: SocketAddr,
    security: SharedSecurity,
    opened: Opened,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl World {
    /// The marketplace's vault, empty, with every caller of the tests.
    pub(crate) async fn new() -> Self {
        Self::at(Place::new()).await
    }

    /// Serves the vault of a place.
    pub(crate) async fn at(place: Place) -> Self {
        let (authority, signer) = (Authority::new(), Signer::new());
        let opened = place.open().await;
        let security = trusting(&authority, &signer, callers::all(&opened.vault.policy())).shared();
        let vault = Arc::clone(&opened.vault);
        let serving =
            Serving { vault, security: Arc::clone(&security), limits: Limits::default(), mode: Mode::Production };
        let held = HeldAddress::hold("127.0.0.1:0".parse().unwrap()).unwrap();
        let server = Server::listen(held, serving).unwrap();
        let address = server.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move { server.serve(async { drop(stopped.await) }).await.unwrap() });
        Self { place, authority, signer, address, security, opened, stop, serving }
    }

    /// Serves these callers from now on and no others, as a reload of the configuration would.
    pub(crate) fn reload(&self, callers: Vec<Caller>) {
        self.security.store(Arc::new(trusting(&self.authority, &self.signer, callers)));
    }

    /// Stops serving, closes the vault, and leaves its folder.
    pub(crate) async fn close(self) -> Place {
        drop(self.stop);
        self.serving.await.unwrap();
        self.opened.close();
        self.place
    }

    pub(crate) fn vault(&self) -> &Arc<Vault> {
        &self.opened.vault
    }

    pub(crate) fn policy(&self) -> Arc<Policy> {
        self.opened.vault.policy()
    }

    /// The caller of that name, connected; what fails is not repeated.
    pub(crate) async fn client(&self, caller: &str) -> Client {
        let certified = self.authority.caller(&identity(caller));
        Client::connect(&self.config(&certified)).await.unwrap()
    }

    /// That caller, with the member's assertion.
    pub(crate) async fn client_for(&self, caller: &str, member: &str) -> Client {
        let assertion = self.signer.assert(member, self.place.clock.now());
        self.client(caller).await.with_member_assertion(&assertion).unwrap()
    }

    /// How a client with that certificate connects.
    pub(crate) fn config(&self, certified: &Certified) -> ClientConfig {
        ClientConfig::new(format!("https://{}", self.address))
            .server_name("localhost")
            .ca_pem(self.authority.pem())
            .cert_pem(certified.cert.as_str())
            .key_pem(certified.key.as_str())
            .retry(RetryPolicy::NEVER)
    }

    /// Collects a member with these values.
    pub(crate) async fn collect(&self, values: Vec<SlotValue>) -> String {
        let request = CollectMemberRequest { values, ..CollectMemberRequest::default() };
        self.client(SHOP).await.collect_member(request).await.unwrap().member_id
    }

    pub(crate) async fn register(&self, details: PartyDetails) {
        let request = RegisterPartyRequest { request_id: String::new(), details: Some(details) };
        self.client(REGISTRAR).await.register_party(request).await.unwrap();
    }

    pub(crate) async fn record(&self, terms: BasisTerms) -> String {
        let request = RecordBasisRequest { request_id: String::new(), terms: Some(terms) };
        self.client(REGISTRAR).await.record_basis(request).await.unwrap().basis_id
    }

    /// Asks, as the caller that may ask for everything.
    pub(crate) async fn disclose(&self, ask: DiscloseRequest) -> Result<DiscloseResponse, Error> {
        self.client(ASKER).await.disclose(ask).await
    }

    /// The reason the ask is refused for.
    pub(crate) async fn refusal(&self, ask: DiscloseRequest) -> Reason {
        reason(self.disclose(ask).await)
    }
}

/// Trust in the certificates of that authority, in these callers, and in that signer's assertions.
fn trusting(authority: &Authority, signer: &Signer, callers: Vec<Caller>) -> Security {
    let (server, ca) = (authority.server(), authority.pem());
    let pem = TlsPem { cert_chain: server.cert.as_bytes(), key: server.key.as_bytes(), client_ca: ca.as_bytes() };
    Security::new(ServerTls::from_pem(pem).unwrap(), Callers::new(callers).unwrap(), signer.issuers())
}

/// An ask for a member's view.
pub(crate) fn ask(purpose: &str, recipient: Recipient, member: &str, bases: &[&str]) -> DiscloseRequest {
    DiscloseRequest {
        purpose: purpose.into(),
        recipient: Some(recipient),
        basis_ids: bases.iter().map(|id| (*id).to_owned()).collect(),
        member_id: member.into(),
        narrowing: None,
    }
}

/// Why a call failed, which it must have.
pub(crate) fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Reason {
    outcome.unwrap_err().reason().clone()
}
