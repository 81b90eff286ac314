//! The file of a run's folder that tells whether the run is over, and what it has
//! begun: it is locked while the run lasts, and a run that is killed leaves it
//! without the lock.
//!
//! A change is a new file in the place of the old one. It is written whole and
//! locked before it is there, so that a run that is killed in the middle leaves
//! the old one. The lock is thus on another file after each change: who takes it
//! looks afterwards whether the file is still in its place.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::deploy::run_record::{RunRecord, SCHEMA};
use crate::disk::{Lock, Owned, inode, own_file, require_own};

/// What the names of runs' folders begin with.
pub(crate) const FOLDER_BEGINNING: &str = "samever-";

const FILE: &str = "samever-run";
const BESIDE: &str = "samever-run.new";

/// The most that is read of a run's file, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;

/// A run that lasts as long as this value.
#[derive(Debug)]
pub(crate) struct RunFile {
    folder: PathBuf,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    /// Without locks no run is ever over.
    lock: Option<Lock>,
    record: RunRecord,
}

impl RunFile {
    /// Begins a run in its folder.
    pub(crate) fn begin(folder: &Path, recipe: &str, stack: &str) -> io::Result<Self> {
        let record = RunRecord {
            schema: SCHEMA.to_owned(),
            recipe: Some(recipe.to_owned()),
            stack: stack.to_owned(),
            inode: inode(&folder.metadata()?),
            teardown: None,
            program: None,
        };
        let lock = write(folder, &record)?;
        Ok(Self {
            folder: folder.to_owned(),
            state: RefCell::new(State { lock, record }),
        })
    }

    /// What it says.
    pub(crate) fn record(&self) -> RunRecord {
        self.state.borrow().record.clone()
    }

    /// Has it say something else. Where that cannot be written, it says it after
    /// the next change.
    pub(crate) fn change(&self, change: impl FnOnce(&mut RunRecord)) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        change(&mut state.record);
        // The lock of the old file goes last.
        state.lock = write(&self.folder, &state.record)?;
        Ok(())
    }

    /// Removes the folder of a run that is over, this file last of all: what is
    /// left of a removal that is cut short is found again.
    pub(crate) fn remove_folder(self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name() == FILE {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        fs::remove_dir_all(&self.folder)
    }
}

fn write(folder: &Path, record: &RunRecord) -> io::Result<Option<Lock>> {
    let text = serde_json::to_string_pretty(record)? + "\n";
    Lock::replace(&folder.join(FILE), &folder.join(BESIDE), &text)
}

/// Tells whether the run in a folder lasts: its file is locked.
pub(crate) fn lasts(folder: &Path) -> bool {
    let path = folder.join(FILE);
    let there = path.symlink_metadata();
    let is_run = there.is_ok_and(|there| there.is_file() && there.len() > 0);
    is_run && !Lock::is_free(&path)
}

/// What a folder with the name of a run's is.
pub(crate) enum Found {
    /// There is no run file that could be read, or its run lasts.
    Nothing,
    /// A run that is over. Its file is locked now, so that no other sweep takes it.
    Over(Box<RunFile>),
    /// There is a run file, but not one to act upon, for this reason.
    Strange(String),
}

/// The folders in a folder that have the name of a run's, in order.
pub(crate) fn named_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(std::ffi::OsStr::to_str);
        if name.is_some_and(|name| name.starts_with(FOLDER_BEGINNING)) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Looks for a run that is over in a folder. No link is followed.
pub(crate) fn find(folder: &Path) -> Found {
    let path = folder.join(FILE);
    let there = match (folder.symlink_metadata(), path.symlink_metadata()) {
        (Ok(there), Ok(_)) if there.is_dir() => there,
        (Ok(there), Err(_)) if there.is_dir() => {
            return Found::Strange("it has no run file".to_owned());
        }
        _ => return Found::Nothing,
    };
    // Another user may have put it there, with a command of theirs.
    if let Err(why) = require_own(&there) {
        return Found::Strange(why.to_owned());
    }
    let (lock, text) = match own_file(&path, BYTES_MAX) {
        Ok(Owned::Free(lock, bytes)) => (lock, String::from_utf8_lossy(&bytes).into_owned()),
        Ok(Owned::Held) => return Found::Nothing,
        Err(error) => return Found::Strange(format!("its run file cannot be read: {error}")),
    };
    if text.is_empty() {
        return Found::Nothing;
    }
    let record = match parse(&text, inode(&there)) {
        Ok(record) => record,
        Err(why) => return Found::Strange(why),
    };
    let lock = Some(lock);
    Found::Over(Box::new(RunFile {
        folder: folder.to_owned(),
        state: RefCell::new(State { lock, record }),
    }))
}

/// Reads what a run's file says; one of the old form is a bare name of a stack.
fn parse(text: &str, inode: u64) -> Result<RunRecord, String> {
    let text = text.trim();
    if !text.starts_with('{') {
        return Ok(RunRecord {
            schema: SCHEMA.to_owned(),
            recipe: None,
            stack: text.to_owned(),
            inode,
            teardown: None,
            program: None,
        });
    }
    let unreadable = |error| format!("its run file is none of this samever's: {error}");
    let record: RunRecord = serde_json::from_str(text).map_err(unreadable)?;
    if record.schema != SCHEMA {
        let schema = record.schema;
        return Err(format!("its run file is {schema}, and not {SCHEMA}"));
    }
    if record.inode != inode {
        return Err("its run file was made in another folder".to_owned());
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Found, RunFile, find, lasts, parse};

    #[test]
    fn a_run_lasts_through_all_changes_of_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let run = RunFile::begin(folder, "a", "samever-a-12345678").unwrap();
        for count in 0..5 {
            assert!(lasts(folder), "after {count} changes");
            assert!(matches!(find(folder), Found::Nothing));
            run.change(|record| record.stack.push('0')).unwrap();
        }
        drop(run);
        assert!(!lasts(folder));
        let Found::Over(run) = find(folder) else {
            panic!("it is over")
        };
        assert!(
            matches!(find(folder), Found::Nothing),
            "one sweep at a time"
        );
        assert_eq!(run.record().stack, "samever-a-1234567800000");
        run.remove_folder().unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn what_is_half_written_beside_the_run_file_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        drop(RunFile::begin(folder, "a", "samever-a-12345678").unwrap());
        std::fs::write(folder.join("samever-run.new"), "{\"sche").unwrap();
        let Found::Over(run) = find(folder) else {
            panic!("it is over")
        };
        run.change(|record| record.recipe = None).unwrap();
        assert!(!folder.join("samever-run.new").exists());
    }

    #[test]
    fn a_run_file_of_another_form_or_from_another_folder_is_none() {
        let folder = tempfile::tempdir().unwrap();
        drop(RunFile::begin(folder.path(), "a", "samever-a-12345678").unwrap());
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        let inode = crate::disk::inode(&folder.path().metadata().unwrap());
        assert_eq!(parse(&text, inode).unwrap().recipe.unwrap(), "a");
        let other = parse(&text, inode + 1).unwrap_err();
        assert_eq!(other, "its run file was made in another folder");
        let later = parse(&text.replace("file/1", "file/2"), inode).unwrap_err();
        assert_eq!(
            later,
            "its run file is samever/run-file/2, and not samever/run-file/1"
        );
        let torn = parse(&text[..text.len() / 2], inode).unwrap_err();
        assert!(torn.starts_with("its run file is none of this samever's: "));
        assert_eq!(parse("samever-a-12345678\n", inode).unwrap().recipe, None);
    }
}
