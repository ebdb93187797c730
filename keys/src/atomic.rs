//! Files that are there whole or not at all, readable to their owner only.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Puts a file with these bytes at `path`, in place of the one there may be.
///
/// Writes beside it, syncs, renames, syncs the folder. An error before the rename leaves what was there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    let file = written(folder, |file| file.write_all(bytes))?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Does what [`replace`] does, and writes zeros over the file that was there before it is let go.
///
/// A disk or file system that writes elsewhere keeps the old bytes all the same, so this is a best effort, and its failure
/// is none: the new file is in place.
pub(crate) fn replace_and_overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = OpenOptions::new().write(true).open(path);
    replace(path, bytes)?;
    if let Ok(mut before) = before {
        let _ = overwrite(&mut before);
    }
    Ok(())
}

/// Writes zeros over what a process that was killed while it replaced or created a file has left in the folder, and removes it.
///
/// What is left may be a whole keyring with keys that are destroyed later. Nobody else may be writing in the folder.
pub fn remove_left_behind(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) && entry.file_type()?.is_file() {
            let mut file = OpenOptions::new().write(true).open(entry.path())?;
            fs::remove_file(entry.path())?;
            overwrite(&mut file)?;
        }
    }
    sync_folder(folder)
}

fn overwrite(file: &mut File) -> io::Result<()> {
    let was = file.metadata()?;
    // A file that goes by another name still is somebody's copy, which is theirs to destroy.
    if was.nlink() == 0 {
        io::copy(&mut io::repeat(0).take(was.len()), file)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Puts a file with these bytes at `path`, where there must be none.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    let file = written(folder, |file| file.write_all(bytes))?;
    file.persist_noclobber(path)?;
    sync_folder(folder)
}

/// A synced file of mode 0600 in `folder`, with what `write` writes; it is removed if that fails.
fn written(folder: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let owner_only = Permissions::from_mode(0o600);
    let mut file = Builder::new().prefix(UNFINISHED).permissions(owner_only).tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Without this, the rename itself might not outlive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What the name of a file begins with until it is whole.
const UNFINISHED: &str = ".fubako-";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_readable_to_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn what_was_there_before_is_overwritten_also_for_those_who_hold_it_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace_and_overwrite(&path, b"old").unwrap();
        let mut held = File::open(&path).unwrap();
        replace_and_overwrite(&path, b"newer").unwrap();
        let mut before = Vec::new();
        held.read_to_end(&mut before).unwrap();
        assert_eq!(before, [0; 3]);
        assert_eq!(fs::read(&path).unwrap(), b"newer");
    }

    #[test]
    fn what_a_kill_has_left_is_overwritten_and_gone_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".fubako-x1", "keyring", "x.fubako-"] {
            fs::write(folder.path().join(name), b"keys").unwrap();
        }
        fs::create_dir(folder.path().join(".fubako-folder")).unwrap();
        let mut held = File::open(folder.path().join(".fubako-x1")).unwrap();
        remove_left_behind(folder.path()).unwrap();
        let mut was = Vec::new();
        held.read_to_end(&mut was).unwrap();
        assert_eq!(was, [0; 4]);
        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".fubako-folder", "keyring", "x.fubako-"]);
        assert_eq!(fs::read(folder.path().join("keyring")).unwrap(), b"keys");
    }

    #[test]
    fn a_copy_under_another_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("file"), folder.path().join("copy"));
        replace_and_overwrite(&path, b"old").unwrap();
        fs::hard_link(&path, &copy).unwrap();
        replace_and_overwrite(&path, b"new").unwrap();
        assert_eq!(fs::read(&copy).unwrap(), b"old");
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let failed = written(folder.path(), |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_failed_rename_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"old").unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read(path.join("inside")).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[test]
    fn a_file_that_is_there_is_never_created_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"first").unwrap();
        let refused = create(&path, b"second").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(&folder.path().join("none/file"), b"").is_err());
    }

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        assert_eq!(folder(Path::new("name")), Path::new("."));
        assert_eq!(folder(Path::new("a/name")), Path::new("a"));
    }
}
