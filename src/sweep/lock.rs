//! One sweep at a time on one state folder; parts of a sweep run side by side.
//!
//! A sweep of everything locks `sweeps/all.lock` for itself. A part shares that
//! lock with other parts, and locks what is its own. The holder of a lock is
//! written beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::cancel::Cancel;
use crate::disk::{Lock, wait_for};
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
        let shard = shard.unwrap_or_default();
        let digest = Sha256::digest(format!("{shard}\n{}", only.join("\n")));
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
    _locks: Vec<Lock>,
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
    Held { state: PathBuf, holder: String },
    /// The state folder cannot be locked.
    #[error(
        "{} cannot be locked: {why}; see that the state folder can be written, then run again",
        .path.display()
    )]
    Io { path: PathBuf, why: io::Error },
}

impl SweepLock {
    /// Takes the locks of a sweep, or, without `wait`, names their holders.
    /// The signal ends the waiting.
    ///
    /// # Errors
    ///
    /// Another sweep holds them, or there can be none.
    pub(crate) fn take(
        state: &Path,
        scope: &Scope,
        what: &str,
        wait: bool,
        cancel: &Cancel,
    ) -> Result<Self, SweepLockError> {
        let folder = state.join("sweeps");
        fs::create_dir_all(&folder).map_err(|why| SweepLockError::Io {
            path: folder.clone(),
            why,
        })?;
        let go_on = |_| wait && !cancel.is_cancelled();
        let Some(locks) = wait_for(|| try_all(&folder, scope), go_on)? else {
            return Err(SweepLockError::Held {
                state: state.to_owned(),
                holder: holders(&folder),
            });
        };
        let holder = scope.file(state, "holder");
        let (process, now) = (std::process::id(), Timestamp::now());
        let text = format!("process {process}, since {now:.0}, {what}\n");
        // The text helps people; the lock holds without it.
        let _ = fs::write(&holder, text);
        if !scope.own.is_empty() {
            let _ = fs::remove_file(folder.join("all.holder"));
        }
        Ok(Self {
            _locks: locks,
            holder,
        })
    }
}

impl Drop for SweepLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder);
    }
}

/// Takes the locks, if all of them are free.
fn try_all(folder: &Path, scope: &Scope) -> Result<Option<Vec<Lock>>, SweepLockError> {
    let take = |name: &str, take: fn(&Path) -> io::Result<Option<Lock>>| {
        let path = folder.join(format!("{name}.lock"));
        take(&path).map_err(|why| SweepLockError::Io { path, why })
    };
    let first = if scope.own.is_empty() {
        take("all", Lock::try_take)?
    } else {
        take("all", Lock::try_share)?
    };
    let mut locks = vec![first];
    for name in &scope.own {
        locks.push(take(name, Lock::try_take)?);
    }
    Ok(locks.into_iter().collect())
}

/// The holders of the locks that are held.
fn holders(folder: &Path) -> String {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "holder") {
            // One whose lock is free was killed.
            let is_free = Lock::is_free(&path.with_extension("lock"));
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
