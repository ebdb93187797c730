//! The client a marketplace's service uses: mTLS, typed failures, and repeats only where repeating is safe.
//!
//! ```no_run
//! use fubako_proto::client::{Client, ClientConfig};
//! use fubako_proto::v1::{DiscloseRequest, Recipient};
//!
//! # async fn ask(ca: &[u8], cert: &[u8], key: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let config = ClientConfig::new("https://vault.example:7443").ca_pem(ca).cert_pem(cert).key_pem(key);
//! let client = Client::connect(&config).await?;
//! let answer = client
//!     .disclose(DiscloseRequest {
//!         purpose: "transaction-with-seller".into(),
//!         recipient: Some(Recipient::party("green-grocer")),
//!         basis_ids: vec!["0198c0de-0000-7000-8000-000000000001".into()],
//!         member_id: "0198c0de-0000-7000-8000-000000000002".into(),
//!         narrowing: None,
//!     })
//!     .await?;
//! # Ok(())
//! # }
//! ```

mod answers;
mod calls;
mod config;
mod connect;
mod error;
mod retry;

use std::time::Duration;

use tokio::time::sleep;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::MEMBER_ASSERTION_KEY;

pub use answers::{Answers, BatchOutcomes};
pub use config::ClientConfig;
pub use connect::ConnectError;
pub use error::Error;
pub use retry::{Effect, RetryPolicy};

/// A connection to one vault. Clones share the connection, which is made again when it breaks.
///
/// Each call has one method, named like the call. A change whose `request_id` is empty gets one; who wants to repeat a
/// change later, in another call, sets it.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
    timeout: Duration,
    retry: RetryPolicy,
    assertion: Option<MetadataValue<Ascii>>,
}

/// A member assertion with characters no JWT has.
#[derive(Debug, thiserror::Error)]
#[error("the member assertion is not a JWT")]
pub struct InvalidAssertion;

impl Client {
    /// Connects over TLS 1.3 with the client's certificate; one that the server does not accept is refused here.
    pub async fn connect(config: &ClientConfig) -> Result<Self, ConnectError> {
        Ok(Self {
            channel: connect::channel(config).await?,
            timeout: config.timeout,
            retry: config.retry,
            assertion: None,
        })
    }

    /// This client with a member's assertion attached to every call, for the calls of self-service.
    pub fn with_member_assertion(&self, assertion: &str) -> Result<Self, InvalidAssertion> {
        let mut value = MetadataValue::try_from(assertion).map_err(|_| InvalidAssertion)?;
        value.set_sensitive(true);
        Ok(Self { assertion: Some(value), ..self.clone() })
    }

    /// The connection, for a generated client of [`v1`](crate::v1): without time limit, assertion or repeats.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Sends until an answer, a failure that may not be repeated, or the end of the policy's patience.
    async fn call<Q, A, F>(
        &self,
        effect: Effect,
        message: Q,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, Error>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut attempt = 1;
        loop {
            let failure = match send(self.channel(), self.request(message.clone())).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => Error::from(status),
            };
            let Some(delay) = self.retry.delay(effect, &failure, attempt, jitter()) else {
                return Err(failure);
            };
            sleep(delay).await;
            attempt += 1;
        }
    }

    fn request<Q>(&self, message: Q) -> Request<Q> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        if let Some(assertion) = &self.assertion {
            request.metadata_mut().insert(MEMBER_ASSERTION_KEY, assertion.clone());
        }
        request
    }
}

/// A random number to spread repeats with. It guards nothing, so that a random UUID's first byte will do.
fn jitter() -> u8 {
    let [first, ..] = Uuid::new_v4().into_bytes();
    first
}
