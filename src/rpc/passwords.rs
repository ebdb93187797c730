//! Passwords on their way in: made into verifiers beside the calls, a few at a time.

use std::sync::Arc;

use fubako_keys::{ArgonCost, PasswordVerifier};
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::field::credential::{Credential, Password};
use crate::rpc::error::Error;

/// Makes verifiers. Each takes 19 MiB and tens of milliseconds by design, so that only so many are made at once.
pub(super) struct Passwords {
    seats: Semaphore,
    random: Arc<SystemRandom>,
}

impl Passwords {
    /// Makes at most four at once.
    pub(super) fn new() -> Self {
        Self { seats: Semaphore::new(AT_ONCE), random: Arc::new(SystemRandom::new()) }
    }

    /// The verifier that is stored in a password's place.
    pub(super) async fn verifier(&self, password: Password) -> Result<Credential, Error> {
        let _seat = self.seats.acquire().await.map_err(|_| Error::Password)?;
        let random = Arc::clone(&self.random);
        let made = spawn_blocking(move || {
            // EXPOSE: the password goes into Argon2id, and is wiped right behind.
            PasswordVerifier::make(password.expose(), ArgonCost::PASSWORD, random.as_ref())
        });
        let verifier = made.await.map_err(|_| Error::Password)?.map_err(|_| Error::Password)?;
        Credential::from_verifier(verifier.phc()).map_err(|_| Error::Password)
    }
}

const AT_ONCE: usize = 4;
