//! One sweep at a time on one state folder; parts of a sweep run side by side.
//!
//! A sweep of everything locks `sweeps/all.lock` for itself. A part shares that
//! lock with other parts, and locks what is its own. Who holds a lock is written
//! beside it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::recipe::RecipeName;
use crate::shard::Shard;

/// What a sweep has for itself.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The name of its files: `all`, such as `2-of-4`, or a digest of the names
    /// of its recipes.
    name: String,
    /// Its locks, beside the common one; none where it is a sweep of everything.
    own: Vec<String>,
}

impl Scope {
    /// The scope of a sweep of these recipes, or of all, or of a part of them.
    pub(crate) fn of(shard: Shard, only: &[String]) -> Self {
        let shard = match shard {
            Shard::WHOLE => None,
            shard => Some(shard.to_string().replace('/', "-of-")),
        };
        if only.is_empty() {
            return Self {
                name: shard.clone().unwrap_or_else(|| "all".to_owned()),
                own: shard.into_iter().collect(),
            };
        }
        let digest = Sha256::digest(format!("{shard:?} {only:?}"));
        let first = digest.iter().take(8);
        let number = first.fold(0, |number, byte| number << 8 | u64::from(*byte));
        let name = format!("only-{number:016x}");
        // What is no name is in no catalogue's runs either.
        let names = only
            .iter()
            .filter(|name| name.parse::<RecipeName>().is_ok());
        let recipes = names.map(|recipe| format!("recipe-{recipe}"));
        Self {
            own: recipes.chain([name.clone()]).collect(),
            name,
        }
    }

    /// Where a file of the sweep is.
    pub(crate) fn file(&self, state: &Path, ending: &str) -> PathBuf {
        state.join("sweeps").join(format!("{}.{ending}", self.name))
    }
}

/// The locks of a running sweep, held until they are dropped or the process is
/// gone.
#[derive(Debug)]
pub(crate) struct SweepLock {
    _files: Vec<File>,
    holder: PathBuf,
}

/// A sweep cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepLockError {
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
    pub(crate) fn take(
        state: &Path,
        scope: &Scope,
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
        loop {
            let taken = try_all(&folder, scope);
            match taken.map_err(|(path, why)| SweepLockError::Io { path, why })? {
                Some(files) => {
                    let holder = scope.file(state, "holder");
                    let (process, now) = (std::process::id(), Timestamp::now());
                    let text = format!("process {process}, since {now:.0}, {what}\n");
                    // Who it is helps people; the lock holds without it.
                    let _ = fs::write(&holder, text);
                    if !scope.own.is_empty() {
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

/// Takes the locks, if nobody holds one of them.
fn try_all(folder: &Path, scope: &Scope) -> Result<Option<Vec<File>>, (PathBuf, io::Error)> {
    let all = folder.join("all.lock");
    if scope.own.is_empty() {
        return Ok(try_one(&all, File::try_lock)?.map(|file| vec![file]));
    }
    let mut files = Vec::new();
    let Some(shared) = try_one(&all, File::try_lock_shared)? else {
        return Ok(None);
    };
    files.push(shared);
    for name in &scope.own {
        let Some(file) = try_one(&folder.join(format!("{name}.lock")), File::try_lock)? else {
            return Ok(None);
        };
        files.push(file);
    }
    Ok(Some(files))
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
