//! A ledger's history as one outside sees it: each checkpoint has to continue the one before, and the ledger to hold.

use std::time::Duration;

use fubako::ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use fubako::ledger::merkle::{Hash, is_consistent};
use fubako::ledger::note::NoteKey;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{self, GetCheckpointRequest, GetConsistencyProofRequest, LedgerVerdict, VerifyLedgerRequest};

/// The last checkpoint anybody was shown, and of which ledger it was.
pub(crate) struct History {
    last: Checkpoint,
}

impl History {
    /// Begins with the checkpoint there is.
    pub(crate) async fn begin(client: &Client) -> Self {
        let told = client.get_checkpoint(GetCheckpointRequest {}).await.unwrap().checkpoint.unwrap();
        Self { last: opened(&told) }
    }

    /// How many entries the last checkpoint covers.
    pub(crate) const fn size(&self) -> u64 {
        self.last.size
    }

    /// Remembers every checkpoint a vault shows, until it no longer answers.
    pub(crate) async fn watch(mut self, client: Client) -> Self {
        loop {
            match self.step(&client).await {
                Ok(()) => tokio::time::sleep(BETWEEN).await,
                Err(_) => return self,
            }
        }
    }

    /// Checks that what the vault shows now continues what it showed before, and that it finds its whole ledger in order.
    pub(crate) async fn go_on(&mut self, client: &Client) {
        let verdict = verify(client).await;
        assert!(verdict.ok, "the ledger is broken: {:?}", verdict.breaks);
        assert!(verdict.tree_size >= self.last.size, "the ledger has shrunk");
        self.step(client).await.unwrap();
        assert!(verdict.tree_size <= self.last.size, "the ledger was checked further than it was signed");
    }

    async fn step(&mut self, client: &Client) -> Result<(), Error> {
        let request = GetConsistencyProofRequest { old_size: self.last.size, new_size: 0 };
        let proof = client.get_consistency_proof(request).await?;
        let next = opened(&proof.checkpoint.unwrap());
        assert_eq!(next.origin, self.last.origin);
        let hash = |hash: &Vec<u8>| Hash::try_from(hash.as_slice()).unwrap();
        let path: Vec<Hash> = proof.hashes.iter().map(hash).collect();
        let continues = is_consistent((self.last.size, &self.last.root), (next.size, &next.root), &path);
        assert!(continues, "{next:?} does not continue {:?}", self.last);
        self.last = next;
        Ok(())
    }
}

/// What the vault finds when it checks its whole ledger.
pub(crate) async fn verify(client: &Client) -> LedgerVerdict {
    let mut answers = client.verify_ledger(VerifyLedgerRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    verdict.unwrap()
}

/// The key may change, as signing keys rotate; what it signs has to continue what was signed before.
fn opened(told: &v1::Checkpoint) -> Checkpoint {
    let key = NoteKey::parse(&told.verifier_key).unwrap();
    let checkpoint = SignedCheckpoint::open(&told.note, &key.into()).unwrap().checkpoint().clone();
    assert_eq!((checkpoint.size, checkpoint.root.as_slice()), (told.size, told.root.as_slice()));
    checkpoint
}

const BETWEEN: Duration = Duration::from_millis(20);
