//! Files that others may hold, replace or fill: locks, and reading within a
//! bound.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another process holds is tried again.
const ATTENTION: Duration = Duration::from_millis(20);

/// A lock on a file: held until it is dropped, or its process is gone.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock of a file for this process alone; `None` where another
    /// process holds it.
    pub(crate) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        try_lock(path, File::try_lock)
    }

    /// Takes the lock of a file together with others that share it.
    pub(crate) fn try_share(path: &Path) -> io::Result<Option<Self>> {
        try_lock(path, File::try_lock_shared)
    }

    /// Tells whether no process holds the lock of a file.
    pub(crate) fn is_free(path: &Path) -> bool {
        match File::open(path) {
            Err(error) => error.kind() == io::ErrorKind::NotFound,
            Ok(file) => file.try_lock().is_ok() && is_at(&file, path),
        }
    }

    /// Puts a file with this text in the place of one, or of none. It is written
    /// and locked `beside` before it is there; `None` where there are no locks.
    pub(crate) fn replace(path: &Path, beside: &Path, text: &str) -> io::Result<Option<Self>> {
        match fs::remove_file(beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut lock = Self::try_take(beside).ok().flatten();
        match &mut lock {
            Some(lock) => lock.sign(text)?,
            None => fs::write(beside, text)?,
        }
        fs::rename(beside, path)?;
        Ok(lock)
    }

    /// Makes this text the content of the locked file.
    pub(crate) fn sign(&mut self, text: &str) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.write_all(text.as_bytes())
    }
}

fn try_lock(path: &Path, lock: fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<Lock>> {
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match lock(&file) {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(why),
    }
}

/// Tells whether an open file is still the one at this path: the lock of one that
/// was replaced is free.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(open), Ok(there)) => is_same(&open, &there),
        _ => false,
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// The number of a file on its disk, where it has one.
#[cfg(unix)]
pub(crate) fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
pub(crate) fn inode(_: &Metadata) -> u64 {
    0
}

/// Requires that something belongs to this user, and that no other may change it.
///
/// # Errors
///
/// It is otherwise: how.
#[cfg(unix)]
pub(crate) fn require_own(metadata: &Metadata) -> Result<(), &'static str> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != nix::unistd::geteuid().as_raw() {
        Err("it belongs to another user")
    } else if metadata.mode() & 0o022 != 0 {
        Err("other users may write to it")
    } else {
        Ok(())
    }
}

#[cfg(not(unix))]
pub(crate) fn require_own(_: &Metadata) -> Result<(), &'static str> {
    Ok(())
}

/// A file of this user's, and its lock.
pub(crate) enum Owned {
    /// The lock is taken; this is what the file holds.
    Free(Lock, Vec<u8>),
    /// Another process holds the lock.
    Held,
}

/// Takes the lock of a regular file of this user's, and reads it up to a bound. A
/// link is not followed.
pub(crate) fn own_file(path: &Path, bytes_max: u64) -> io::Result<Owned> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK);
    }
    let mut file = options.open(path)?;
    let metadata = file.metadata()?;
    require_own(&metadata).map_err(io::Error::other)?;
    if !metadata.is_file() || metadata.len() > bytes_max {
        return Err(io::Error::other("it is no regular file, or too large"));
    }
    match file.try_lock() {
        Ok(()) if is_at(&file, path) => {}
        Ok(()) | Err(TryLockError::WouldBlock) => return Ok(Owned::Held),
        Err(TryLockError::Error(why)) => return Err(why),
    }
    let mut bytes = Vec::new();
    (&mut file).take(bytes_max).read_to_end(&mut bytes)?;
    Ok(Owned::Free(Lock(file), bytes))
}

/// Tries until there is a result, or `go_on`, which gets the time spent so far,
/// returns false; then the result is `None`.
pub(crate) fn wait_for<T, E>(
    mut attempt: impl FnMut() -> Result<Option<T>, E>,
    mut go_on: impl FnMut(Duration) -> bool,
) -> Result<Option<T>, E> {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let result = attempt()?;
        if result.is_some() || !go_on(begin.elapsed()) {
            return Ok(result);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(ATTENTION);
    }
}

/// Reads a file up to one byte past `bytes_max`: an endless file ends, and the
/// caller sees that the file is too large.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file in a folder that a stranger may have filled.
pub(crate) enum SmallFile {
    Content(Vec<u8>),
    Missing,
    /// There is a folder, a link, or a file that is too large.
    Unfit,
}

/// Reads a regular file of at most `bytes_max`; a link is not followed.
pub(crate) fn read_small(path: &Path, bytes_max: u64) -> io::Result<SmallFile> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(SmallFile::Missing),
        Err(error) => Err(error),
        Ok(file) if file.is_file() && file.len() <= bytes_max => {
            read_bounded(path, bytes_max).map(SmallFile::Content)
        }
        Ok(_) => Ok(SmallFile::Unfit),
    }
}

/// The beginning of a regular file as text, as far as it can be read.
pub(crate) fn beginning(path: &Path, bytes_max: u64) -> String {
    let mut bytes = Vec::new();
    let is_file = path.metadata().is_ok_and(|there| there.is_file());
    if is_file && let Ok(file) = File::open(path) {
        let _ = file.take(bytes_max).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Lock, is_at};

    #[test]
    fn the_lock_of_a_file_that_was_replaced_says_nothing_about_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("lock"), folder.path().join("new"));
        let first = Lock::replace(&path, &beside, "first").unwrap().unwrap();
        let old = std::fs::File::open(&path).unwrap();
        let second = Lock::replace(&path, &beside, "second").unwrap().unwrap();
        drop(first);
        eventually(|| old.try_lock().is_ok());
        assert!(!is_at(&old, &path) && !Lock::is_free(&path));
        drop(second);
        eventually(|| Lock::is_free(&path));
    }

    /// A process that another thread starts has the lock for a moment, before it is
    /// the program that it becomes.
    #[track_caller]
    fn eventually(holds: impl Fn() -> bool) {
        let begin = std::time::Instant::now();
        while !holds() {
            assert!(begin.elapsed().as_secs() < 10, "it does not come");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    #[test]
    fn a_signature_replaces_a_longer_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        for name in ["a long name", "short"] {
            let mut lock = Lock::try_take(&path).unwrap().unwrap();
            lock.sign(name).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), name);
        }
    }
}
