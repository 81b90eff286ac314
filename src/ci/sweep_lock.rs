//! One sweep at a time on one state folder; shards of a sweep run side by side.
//!
//! A sweep of everything locks `sweeps/all.lock` for itself. A shard shares that
//! lock with other shards, and locks one of its own. Who holds a lock is written
//! beside it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::shard::Shard;

/// The locks of a running sweep, held until they are dropped or the process is
/// gone.
#[derive(Debug)]
pub struct SweepLock {
    _files: Vec<File>,
    holder: PathBuf,
}

/// A sweep cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SweepLockError {
    /// Another one is running.
    #[error(
        "another sweep holds the lock of {}: {holder}; wait for it (--wait does), or use another --state",
        .state.display()
    )]
    Held {
        /// The state folder.
        state: PathBuf,
        /// Who.
        holder: String,
    },
    /// The state folder cannot be locked.
    #[error("{} cannot be locked: {why}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: io::Error,
    },
}

impl SweepLock {
    /// Takes the locks of a sweep, or, without `wait`, tells who holds them.
    /// While it waits, it asks `go_on` whether to.
    ///
    /// # Errors
    ///
    /// Another sweep holds them, or there can be none.
    pub fn take(
        state: &Path,
        shard: Shard,
        what: &str,
        wait: bool,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self, SweepLockError> {
        let folder = state.join("sweeps");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |why| SweepLockError::Io { path, why }
        };
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let name = shard_name(shard);
        loop {
            let taken = try_all(&folder, shard);
            match taken.map_err(|(path, why)| SweepLockError::Io { path, why })? {
                Some(files) => {
                    let holder = folder.join(format!("{name}.holder"));
                    let (process, now) = (std::process::id(), Timestamp::now());
                    let text = format!("process {process}, since {now:.0}, {what}\n");
                    // Who it is helps people; the lock holds without it.
                    let _ = fs::write(&holder, text);
                    if shard != Shard::WHOLE {
                        let _ = fs::remove_file(folder.join("all.holder"));
                    }
                    return Ok(Self {
                        _files: files,
                        holder,
                    });
                }
                None if wait && go_on() => {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                None => {
                    return Err(SweepLockError::Held {
                        state: state.to_owned(),
                        holder: holders(&folder),
                    });
                }
            }
        }
    }
}

impl Drop for SweepLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder);
    }
}

/// The name of a sweep's files: `all`, or such as `2-of-4`.
pub(super) fn shard_name(shard: Shard) -> String {
    if shard == Shard::WHOLE {
        "all".to_owned()
    } else {
        shard.to_string().replace('/', "-of-")
    }
}

/// Takes the locks, if nobody holds them.
fn try_all(folder: &Path, shard: Shard) -> Result<Option<Vec<File>>, (PathBuf, io::Error)> {
    let all = folder.join("all.lock");
    if shard == Shard::WHOLE {
        return Ok(try_one(&all, File::try_lock)?.map(|file| vec![file]));
    }
    let own = folder.join(format!("{}.lock", shard_name(shard)));
    let Some(shared) = try_one(&all, File::try_lock_shared)? else {
        return Ok(None);
    };
    Ok(try_one(&own, File::try_lock)?.map(|own| vec![shared, own]))
}

fn try_one(
    path: &Path,
    lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<Option<File>, (PathBuf, io::Error)> {
    let failed = |why| (path.to_owned(), why);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed)?;
    match lock(&file) {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

/// Who holds the locks, of those that have said so.
fn holders(folder: &Path) -> String {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "holder") {
            // One whose lock is free was killed.
            let lock = path.with_extension("lock");
            let is_free = matches!(try_one(&lock, File::try_lock), Ok(Some(_)));
            if !is_free && let Ok(text) = fs::read_to_string(&path) {
                found.push(text.trim().to_owned());
            }
        }
    }
    found.sort();
    if found.is_empty() {
        "a process that has not said which".to_owned()
    } else {
        found.join("; ")
    }
}
