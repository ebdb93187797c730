//! Files that commands read and write, with errors that name them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::error::Error;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Readers {
    /// Everybody the system lets.
    Everybody,
    /// Its owner and its group.
    Group,
    /// Its owner alone.
    Owner,
}

impl Readers {
    /// The mode a file of theirs is made with.
    const fn mode(self) -> u32 {
        match self {
            Self::Everybody => 0o644,
            Self::Group => 0o640,
            Self::Owner => 0o600,
        }
    }
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// The bytes of a file that must not be open to others than these; wiped when they are dropped.
pub(super) fn read_secret(path: &Path, readers: Readers) -> Result<Zeroizing<Vec<u8>>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // Of the open file, since the path may name another one a moment later.
    let found = file.metadata().map_err(failed)?;
    let mode = found.permissions().mode() & 0o777;
    if mode & !readers.mode() & 0o077 != 0 {
        return Err(Error::OpenToOthers { path: path.to_owned(), mode, allowed: readers.mode() });
    }
    // Room for all of it at once, so that growing leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default() + 1));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The text of a file, or of the standard input for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Makes a new file; one that is there is never replaced.
pub(super) fn write_new(path: &Path, content: impl AsRef<[u8]>, readers: Readers) -> Result<(), Error> {
    let file = OpenOptions::new().write(true).create_new(true).mode(readers.mode()).open(path);
    match file.and_then(|mut file| file.write_all(content.as_ref())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(path.to_owned())),
        written => written.map_err(|source| Error::Write { path: path.to_owned(), source }),
    }
}

/// Makes a folder with those above it, if it is not there.
pub(super) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_secret_that_is_open_to_others_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "words").unwrap();
        for (readers, mode, is_read) in [
            (Readers::Owner, 0o600, true),
            (Readers::Owner, 0o400, true),
            (Readers::Owner, 0o640, false),
            (Readers::Group, 0o640, true),
            (Readers::Group, 0o660, false),
            (Readers::Group, 0o644, false),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let read = read_secret(&path, readers);
            assert_eq!(read.is_ok(), is_read, "{readers:?} {mode:o}");
            let told = read.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(is_read || told.contains(&format!("mode {mode:o}")), "{told}");
        }
    }
}
