//! Files: what a copy of a ledger is made of, as far as a checkpoint covers it.

use std::path::{Path, PathBuf};

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::reader::{Error, Reader};
use crate::ledger::tree::{hashes_of_level, level};

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerFile {
    /// Its path within the data folder.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// How many of its bytes are meant; they are durable, and do not change any more.
    pub length: u64,
}

impl Reader {
    /// The hashes under the checkpoint, and every frame that is durable now, which is all it covers and maybe more.
    pub fn files(&self, tree: &Path, checkpoint: &SignedCheckpoint) -> Result<Vec<LedgerFile>, Error> {
        let size = checkpoint.checkpoint().size;
        let levels = (0..).map(|number| (number, hashes_of_level(size, number)));
        let levels = levels.take_while(|(_, hashes)| *hashes > 0).map(|(number, hashes)| {
            let path = level::path(tree, usize::try_from(number).unwrap_or(usize::MAX));
            LedgerFile { name: format!("tree/level-{number}"), path, length: hashes * level::HASH }
        });
        let mut files: Vec<LedgerFile> = levels.collect();
        for (path, length) in self.journal.files()? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push(LedgerFile { name: format!("journal/{name}"), path, length });
        }
        Ok(files)
    }
}
