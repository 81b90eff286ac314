//! Files that others may hold, replace or fill: locks, and reading within a
//! bound.

use std::fs::{File, OpenOptions, TryLockError};
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
            Ok(file) => file.try_lock().is_ok(),
        }
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
    use super::Lock;

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
