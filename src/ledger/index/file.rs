//! One file of a run: written whole, looked up block by block, checked byte for byte.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fubako_keys::{Keyring, replace_file};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use crate::ledger::index::directory::{Directory, DirectoryDraft, Listed};
use crate::ledger::index::error::{IndexError, RunFault};
use crate::ledger::index::header::{RunHeader, RunPlace};
use crate::ledger::index::postings::{Postings, search_block};
use crate::ledger::journal::take::take_slice;

/// The part of a run that is sealed under one key.
///
/// `header | sealed directory | sealed block *`. The directory is opened once and kept, blocks whenever one is looked into.
#[derive(Debug)]
pub(super) struct RunFile {
    path: PathBuf,
    header: RunHeader,
    directory: OnceLock<Directory>,
}

impl RunFile {
    /// Seals postings into a new file; it is durable, and whole under its name, when this returns.
    pub(super) fn write(
        folder: &Path,
        mut header: RunHeader,
        postings: &Postings,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<Self, IndexError> {
        let mut directory = DirectoryDraft::new(&header.place);
        let mut blocks = Vec::new();
        for (number, block) in (0..).zip(postings.blocks()) {
            let sealed = keyring.seal_index(header.part(), &header.binding(number), &block.plain, random)?;
            directory.list(&block.first_key, &sealed);
            blocks.extend_from_slice(&sealed);
        }
        let directory = keyring.seal_index(header.part(), &header.binding(DIRECTORY), directory.bytes(), random)?;
        header.directory_length = directory.len() as u64;
        header.blocks_length = blocks.len() as u64;
        let path = folder.join(header.file_name());
        let bytes = [header.encode().as_slice(), &directory, &blocks].concat();
        replace_file(&path, &bytes).map_err(IndexError::io(&path))?;
        Ok(Self { path, header, directory: OnceLock::new() })
    }

    /// Opens the file that has the name of the expected one; none if there is none, its header is damaged or another's, or
    /// its length is not what the header says.
    pub(super) fn open(folder: &Path, expected: &RunHeader) -> io::Result<Option<Self>> {
        let path = folder.join(expected.file_name());
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let length = file.metadata()?.len();
        let mut front = Vec::with_capacity(RunHeader::LENGTH);
        file.by_ref().take(RunHeader::LENGTH as u64).read_to_end(&mut front)?;
        let header = RunHeader::parse(&front).filter(|header| {
            let ours = (header.id, header.lifetime) == (expected.id, expected.lifetime);
            ours && header.place.first_index == expected.place.first_index && header.file_length() == length
        });
        Ok(header.map(|header| Self { path, header, directory: OnceLock::new() }))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Which entries it lists.
    pub(super) const fn place(&self) -> &RunPlace {
        &self.header.place
    }

    /// The entries listed under a key, as offsets from the run's first.
    pub(super) fn list(&self, key: &[u8], keyring: &Keyring) -> Result<Vec<u32>, RunFault> {
        let blocks = self.directory(keyring)?.blocks_with(key);
        let mut offsets = Vec::new();
        if blocks.is_empty() {
            return Ok(offsets);
        }
        let file = File::open(&self.path).map_err(RunFault::io(&self.path))?;
        for block in blocks {
            let mut sealed = vec![0; block.length];
            file.read_exact_at(&mut sealed, block.offset).map_err(RunFault::io(&self.path))?;
            let plain = self.open_block(block, &sealed, keyring)?;
            search_block(&plain, key, &mut offsets).ok_or_else(|| self.malformed())?;
        }
        Ok(offsets)
    }

    /// Compares every byte with what the postings of these entries are sealed as.
    pub(super) fn check(&self, place: &RunPlace, postings: &Postings, keyring: &Keyring) -> Result<(), RunFault> {
        let bytes = fs::read(&self.path).map_err(RunFault::io(&self.path))?;
        let mut rest = bytes.as_slice();
        let header = take_slice(&mut rest, RunHeader::LENGTH).and_then(RunHeader::parse);
        if header.as_ref() != Some(&self.header) {
            return Err(RunFault::Header { file: self.path.clone() });
        }
        let directory_length = usize::try_from(self.header.directory_length).unwrap_or(usize::MAX);
        let sealed = take_slice(&mut rest, directory_length).ok_or_else(|| self.differs())?;
        let directory = self.open_directory(sealed, keyring)?;
        let mut expected = DirectoryDraft::new(place);
        for (number, block) in (0..).zip(postings.blocks()) {
            let listed = directory.block(number).ok_or_else(|| self.differs())?;
            let sealed = take_slice(&mut rest, listed.length).ok_or_else(|| self.differs())?;
            if *self.open_block(listed, sealed, keyring)? != block.plain {
                return Err(self.differs());
            }
            expected.list(&block.first_key, sealed);
        }
        let same = self.header.place == *place && rest.is_empty() && directory.bytes() == expected.bytes();
        if same { Ok(()) } else { Err(self.differs()) }
    }

    /// The directory, opened at the first call.
    fn directory(&self, keyring: &Keyring) -> Result<&Directory, RunFault> {
        if let Some(directory) = self.directory.get() {
            return Ok(directory);
        }
        let length = usize::try_from(self.header.directory_length).map_err(|_| self.malformed())?;
        let mut sealed = vec![0; length];
        let file = File::open(&self.path).map_err(RunFault::io(&self.path))?;
        file.read_exact_at(&mut sealed, RunHeader::LENGTH as u64).map_err(RunFault::io(&self.path))?;
        let directory = self.open_directory(&sealed, keyring)?;
        Ok(self.directory.get_or_init(|| directory))
    }

    fn open_directory(&self, sealed: &[u8], keyring: &Keyring) -> Result<Directory, RunFault> {
        let plain = self.open_piece(DIRECTORY, sealed, keyring)?;
        Directory::parse(plain, &self.header).ok_or_else(|| self.malformed())
    }

    fn open_block(&self, block: &Listed, sealed: &[u8], keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, RunFault> {
        if !block.is(sealed) {
            return Err(RunFault::Replaced { file: self.path.clone() });
        }
        self.open_piece(block.number, sealed, keyring)
    }

    fn open_piece(&self, number: u32, sealed: &[u8], keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, RunFault> {
        let binding = self.header.binding(number);
        let opened = keyring.open_index(self.header.part(), &binding, sealed);
        opened.map_err(|source| RunFault::Unopened { file: self.path.clone(), source })
    }

    fn malformed(&self) -> RunFault {
        RunFault::Malformed { file: self.path.clone() }
    }

    fn differs(&self) -> RunFault {
        RunFault::Differs { file: self.path.clone() }
    }
}

/// The number of the directory, which no block has.
const DIRECTORY: u32 = u32::MAX;
