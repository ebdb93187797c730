//! The outcomes of a batch as they arrive.

use std::fmt;

use tonic::Streaming;

use crate::client::Error;
use crate::v1::BatchDiscloseResponse;

/// The outcomes of a batch, item by item in the order of the request.
///
/// A batch is never repeated once it has begun: who asks again for what is missing begins at the item after the last.
pub struct BatchOutcomes {
    stream: Streaming<BatchDiscloseResponse>,
}

impl BatchOutcomes {
    pub(super) fn new(stream: Streaming<BatchDiscloseResponse>) -> Self {
        Self { stream }
    }

    /// The next outcome, or `None` behind the last. A failure ends the batch; what came before it stands.
    pub async fn next(&mut self) -> Result<Option<BatchDiscloseResponse>, Error> {
        self.stream.message().await.map_err(Error::from)
    }
}

impl fmt::Debug for BatchOutcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchOutcomes")
    }
}
