//! The answers of a streaming call as they arrive.

use std::fmt;

use tonic::Streaming;

use crate::client::Error;
use crate::v1::BatchDiscloseResponse;

/// The answers of a streaming call, in the order the vault gives them.
///
/// A stream is never repeated once it has begun: who asks again for what is missing begins behind the last answer.
pub struct Answers<T> {
    stream: Streaming<T>,
}

/// The outcomes of a batch, item by item in the order of the request.
pub type BatchOutcomes = Answers<BatchDiscloseResponse>;

impl<T> Answers<T> {
    pub(super) fn new(stream: Streaming<T>) -> Self {
        Self { stream }
    }

    /// The next answer, or `None` behind the last. A failure ends the stream; what came before it stands.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        self.stream.message().await.map_err(Error::from)
    }
}

impl<T> fmt::Debug for Answers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")
    }
}
