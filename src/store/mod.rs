//! The canonical store: one JSON record a recipe in a folder, which survives
//! crashes, full disks and other processes.
//!
//! ```text
//! samever-state            the marker: this is a state folder
//! canonical/RECIPE.json    the record: {recipe, version, commit, origin, status, ts}
//! history/RECIPE.jsonl     what changed it: one JSON object a line
//! locks/RECIPE.lock        held while it is changed
//! ```
//!
//! A record is written whole beside the old one, brought to the disk, and
//! renamed: a reader sees the old one or the new one. The line of its
//! history goes before the rename, so that a disk that fills up stops the
//! change; where a crash comes between the two, the next change adds a line
//! that says what was really there.

mod error;
pub(crate) mod files;
mod history;
mod state;

pub(crate) use error::Quoted;
pub use error::StoreError;
pub use history::Change;
pub(crate) use history::HistoryLine;

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cancel::Cancel;
use crate::disk::{Lock, beginning, wait_for};
use crate::recipe::{CanonicalRecord, ReadCanonicalError, RecipeName};
use samever_core::Order;

pub(crate) use files::StoreStep;
use files::{append, replace, sync_folder};

/// The canonical records of many recipes, in a folder.
#[derive(Clone, Debug)]
pub struct CanonicalStore {
    folder: PathBuf,
    watch: fn(StoreStep),
    cancel: Cancel,
}

/// The most that is kept of a record that cannot be read, in bytes.
const BEGINNING_BYTES_MAX: u64 = 4 * 1024;

/// The folders of the records, their histories and their locks.
const FOLDERS: [&str; 3] = ["canonical", "history", "locks"];

/// How long the lock of a record is waited for: it is held for moments.
const PATIENCE: Duration = Duration::from_mins(1);

/// The one run of a recipe at a time, as long as this value lives.
#[derive(Debug)]
pub struct RunLock(#[expect(dead_code, reason = "it is held, not read")] Lock);

/// What came of a promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The record is the new one.
    Written,
    /// It said so already.
    Unchanged,
    /// It is of a newer version, written by another process in the meantime.
    WouldGoBack(CanonicalRecord),
}

impl CanonicalStore {
    /// The store in a state folder.
    ///
    /// # Errors
    ///
    /// The folder is not there, or has no marker: an empty store would mean that
    /// nothing was ever green.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        state::require(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            watch: |_| (),
            cancel: Cancel::never(),
        })
    }

    /// Makes a folder a state folder: one that is not there or empty but for the files
    /// `beside`, or the state of a samever that put no marker into it.
    ///
    /// # Errors
    ///
    /// It is a state folder already, holds something else, or cannot be written.
    pub fn init(folder: &Path, beside: &[&Path]) -> Result<Self, StoreError> {
        state::init(folder, beside)?;
        Self::open(folder)
    }

    /// The one of these names that has a record, which is none of another origin.
    ///
    /// # Errors
    ///
    /// There are two records.
    pub fn name_of(
        &self,
        names: &[RecipeName],
        origin: Option<&str>,
    ) -> Result<Option<RecipeName>, StoreError> {
        let is_kept = |name: &&RecipeName| match self.get(name) {
            Ok(None) => false,
            Ok(Some(record)) => record.other_origin(origin).is_none(),
            // What cannot be read is there, and is told when it is read.
            Err(_) => true,
        };
        let mut kept: Vec<&RecipeName> = names.iter().filter(is_kept).collect();
        kept.dedup();
        match &kept[..] {
            [one, other, ..] => Err(StoreError::TwoRecords {
                folder: self.folder.clone(),
                one: (*one).clone(),
                other: (*other).clone(),
            }),
            [] | [_] => Ok(kept.first().copied().cloned()),
        }
    }

    /// The same, which tells each step of a change.
    #[must_use]
    pub fn watched(mut self, watch: fn(StoreStep)) -> Self {
        self.watch = watch;
        self
    }

    /// The same, which stops waiting for others at this signal.
    #[must_use]
    pub fn stopping_at(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Waits until no other run of a recipe goes on, and begins one; `waits` gets
    /// the name of the run that must end first. Where the state cannot be written there is no
    /// lock: nothing can be recorded then, either.
    ///
    /// # Errors
    ///
    /// It is interrupted while it waits.
    pub fn begin_run(
        &self,
        recipe: &RecipeName,
        who: &str,
        waits: &dyn Fn(&str),
    ) -> Result<Option<RunLock>, StoreError> {
        let folder = self.folder.join("locks");
        if files::make_folder(&folder).is_err() {
            return Ok(None);
        }
        let path = folder.join(format!("{recipe}.run"));
        let holder = || beginning(&path, BEGINNING_BYTES_MAX).trim().to_owned();
        let mut is_told = false;
        let go_on = |_| {
            if !std::mem::replace(&mut is_told, true) {
                waits(&holder());
            }
            !self.cancel.is_cancelled()
        };
        match wait_for(|| Lock::try_take(&path), go_on) {
            Ok(Some(mut lock)) => {
                // The text helps people; the lock holds without it.
                let _ = lock.sign(&format!("process {}, {who}\n", std::process::id()));
                Ok(Some(RunLock(lock)))
            }
            Ok(None) => Err(StoreError::Interrupted(holder())),
            Err(_) => Ok(None),
        }
    }

    /// Tries whether a recipe's record could be written, so that a run is not for
    /// nothing. It takes no lock and leaves nothing.
    ///
    /// # Errors
    ///
    /// It could not.
    pub fn require_writable(&self, recipe: &RecipeName) -> Result<(), StoreError> {
        self.make_folders()?;
        let failed = |path: PathBuf| {
            move |why| StoreError::Io {
                doing: "writing",
                path,
                why,
            }
        };
        for name in FOLDERS {
            let folder = self.folder.join(name);
            tempfile::tempfile_in(&folder).map_err(failed(folder))?;
        }
        let history = self.history_path(recipe);
        if history.exists() {
            let opened = OpenOptions::new().append(true).open(&history);
            opened.map_err(failed(history))?;
        }
        Ok(())
    }

    /// Reads a recipe's record, if it has one.
    ///
    /// # Errors
    ///
    /// There is one that cannot be read: never taken as "no canonical".
    pub fn get(&self, recipe: &RecipeName) -> Result<Option<CanonicalRecord>, StoreError> {
        let path = self.record(recipe);
        let damaged = |why| StoreError::Damaged {
            path: path.clone(),
            why,
            folder: self.folder.clone(),
            recipe: recipe.clone(),
        };
        match path.symlink_metadata() {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            // What waits for a writer, or has no end, is not read.
            Ok(_) => match path.metadata() {
                Ok(there) if there.is_file() => {}
                Ok(there) if there.is_dir() => {
                    return Err(damaged("is a folder; move it away first".to_owned()));
                }
                Ok(_) => return Err(damaged("is no file".to_owned())),
                Err(why) if why.kind() == io::ErrorKind::NotFound => {
                    return Err(damaged("is a link to what is not there".to_owned()));
                }
                Err(_) => {}
            },
            Err(_) => {}
        }
        match CanonicalRecord::read(&path, Order::CoopCloud).map_err(ReadCanonicalError::into_why) {
            Ok(record) if record.recipe.as_deref() == Some(recipe.as_str()) => Ok(Some(record)),
            Ok(record) => {
                let other = record.recipe.unwrap_or_default();
                Err(damaged(format!("is of the recipe {other}")))
            }
            Err(Err(why)) => Err(damaged(why)),
            Err(Ok(why)) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(Ok(why)) => Err(StoreError::Io {
                doing: "reading",
                path,
                why,
            }),
        }
    }

    /// The folders of the state that are there.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let folders = state::FOLDERS.iter().map(|name| self.folder.join(name));
        folders.filter(|folder| folder.symlink_metadata().is_ok())
    }

    /// What to say of a record that is gone, and that the history does not know to be
    /// dropped.
    pub(crate) fn lost(&self, recipe: &RecipeName) -> Option<String> {
        let is_gone = matches!(self.get(recipe), Ok(None));
        let last = is_gone.then(|| history::last(&self.history_path(recipe)));
        let version = last?.ok()??.to?.version;
        Some(format!(
            "the record of {recipe} is gone, although its history says that {version} was the \
             canonical, so this was a first night again; `samever canonical set {recipe} {version} \
             --state {} --repo DIR --reason WHY`, where DIR is its clone, puts such a record back",
            Quoted(&self.folder)
        ))
    }

    /// The recipes that have a record, in order.
    ///
    /// # Errors
    ///
    /// The folder cannot be listed.
    pub fn list(&self) -> Result<Vec<RecipeName>, StoreError> {
        let folder = self.folder.join("canonical");
        let failed = |why| StoreError::Io {
            doing: "listing",
            path: folder.clone(),
            why,
        };
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".json"));
            names.extend(name.and_then(|name| name.parse().ok()));
        }
        names.sort();
        Ok(names)
    }

    /// Makes a record that of the version which was green. It never moves back.
    ///
    /// # Errors
    ///
    /// The record that is there cannot be read, or the new one not be written;
    /// then the old one is as it was.
    pub fn promote(
        &self,
        recipe: &RecipeName,
        to: &CanonicalRecord,
        change: &Change<'_>,
    ) -> Result<Recorded, StoreError> {
        let lock = self.lock(recipe)?;
        let from = self.get(recipe)?;
        match from {
            // By the whole order: `1.0.3` is the same version as `1.0.3+1` and as
            // `1.0.3+2`, and must not be the way back from one to the other.
            Some(from) if to.version < from.version => Ok(Recorded::WouldGoBack(from)),
            Some(from) if from.is_same_release(to) => Ok(Recorded::Unchanged),
            from => {
                let line = HistoryLine::new("promote", from.as_ref(), Some(to), change);
                self.write(recipe, from.as_ref(), to, &line)?;
                drop(lock);
                Ok(Recorded::Written)
            }
        }
    }

    /// Makes a record what an operator says, in whatever state it is, and returns
    /// what it was.
    ///
    /// # Errors
    ///
    /// The new one cannot be written; then the old one is as it was.
    pub fn set(
        &self,
        recipe: &RecipeName,
        to: &CanonicalRecord,
        change: &Change<'_>,
    ) -> Result<Option<CanonicalRecord>, StoreError> {
        let _lock = self.lock(recipe)?;
        let (from, damaged) = self.whatever_is_there(recipe)?;
        let mut line = HistoryLine::new("set", from.as_ref(), Some(to), change);
        line.damaged = damaged;
        let noted = from.as_ref().and_then(|from| from.origin.clone());
        let to = CanonicalRecord {
            origin: to.origin.clone().or(noted),
            ..to.clone()
        };
        self.write(recipe, from.as_ref(), &to, &line)?;
        Ok(from)
    }

    /// Removes a record, in whatever state it is; tells whether there was one.
    ///
    /// # Errors
    ///
    /// It cannot be removed; then it is as it was.
    pub fn drop(&self, recipe: &RecipeName, change: &Change<'_>) -> Result<bool, StoreError> {
        let _lock = self.lock(recipe)?;
        let (from, damaged) = self.whatever_is_there(recipe)?;
        if from.is_none() && damaged.is_none() {
            return Ok(false);
        }
        let mut line = HistoryLine::new("drop", from.as_ref(), None, change);
        line.damaged = damaged;
        self.tell(recipe, from.as_ref(), &line)?;
        let path = self.record(recipe);
        let failed = |why| StoreError::Io {
            doing: "removing",
            path: path.clone(),
            why,
        };
        std::fs::remove_file(&path).map_err(failed)?;
        sync_folder(&self.folder.join("canonical")).map_err(failed)?;
        Ok(true)
    }

    /// What changed a recipe's record, oldest first.
    ///
    /// # Errors
    ///
    /// The history is there and cannot be read.
    pub fn history(&self, recipe: &RecipeName) -> Result<Vec<serde_json::Value>, StoreError> {
        history::read(&self.history_path(recipe)).map_err(|why| StoreError::Io {
            doing: "reading",
            path: self.history_path(recipe),
            why,
        })
    }

    /// The record, or the text of one that cannot be read.
    fn whatever_is_there(
        &self,
        recipe: &RecipeName,
    ) -> Result<(Option<CanonicalRecord>, Option<String>), StoreError> {
        match self.get(recipe) {
            Ok(record) => Ok((record, None)),
            Err(StoreError::Damaged { path, .. }) => {
                Ok((None, Some(beginning(&path, BEGINNING_BYTES_MAX))))
            }
            Err(error) => Err(error),
        }
    }

    fn write(
        &self,
        recipe: &RecipeName,
        from: Option<&CanonicalRecord>,
        to: &CanonicalRecord,
        line: &HistoryLine,
    ) -> Result<(), StoreError> {
        let path = self.record(recipe);
        let failed = |doing| {
            let path = path.clone();
            move |why| StoreError::Io { doing, path, why }
        };
        let temporary = path.with_file_name(format!(".{recipe}.json.new"));
        let text = history::record_text(recipe, to, &line.ts);
        replace::write(&temporary, text.as_bytes(), self.watch).map_err(failed("writing"))?;
        if let Err(error) = self.tell(recipe, from, line) {
            replace::abandon(&temporary);
            return Err(error);
        }
        (self.watch)(StoreStep::Told);
        replace::rename(&temporary, &path, self.watch).map_err(failed("writing"))
    }

    /// Adds to the history, also what happened to the record without a line.
    fn tell(
        &self,
        recipe: &RecipeName,
        from: Option<&CanonicalRecord>,
        line: &HistoryLine,
    ) -> Result<(), StoreError> {
        let path = self.history_path(recipe);
        let failed = |why| StoreError::Io {
            doing: "writing",
            path: path.clone(),
            why,
        };
        let last = history::last(&path).map_err(failed)?;
        let mut lines = Vec::new();
        lines.extend(HistoryLine::found(last.as_ref(), from, line));
        lines.push(line.clone());
        let text: String = lines.iter().map(HistoryLine::text).collect();
        append(&path, text.as_bytes()).map_err(failed)
    }

    fn make_folders(&self) -> Result<(), StoreError> {
        for name in FOLDERS {
            let folder = self.folder.join(name);
            files::make_folder(&folder).map_err(|why| StoreError::Io {
                doing: "making",
                path: folder.clone(),
                why,
            })?;
        }
        Ok(())
    }

    fn lock(&self, recipe: &RecipeName) -> Result<Lock, StoreError> {
        self.make_folders()?;
        let path = self.folder.join("locks").join(format!("{recipe}.lock"));
        let mut seconds = 0;
        let go_on = |waited: Duration| {
            seconds = waited.as_secs();
            waited < PATIENCE && !self.cancel.is_cancelled()
        };
        let lock = wait_for(|| Lock::try_take(&path), go_on).and_then(|lock| {
            lock.ok_or_else(|| {
                io::Error::other(format!("another process has held it for {seconds} s"))
            })
        });
        let lock = lock.map_err(|why| StoreError::Io {
            doing: "locking",
            path,
            why,
        })?;
        (self.watch)(StoreStep::Locked);
        Ok(lock)
    }

    fn record(&self, recipe: &RecipeName) -> PathBuf {
        self.folder.join("canonical").join(format!("{recipe}.json"))
    }

    fn history_path(&self, recipe: &RecipeName) -> PathBuf {
        self.folder.join("history").join(format!("{recipe}.jsonl"))
    }
}
