//! The file of a run's folder that tells whether the run is over: it is locked
//! while the run lasts, and a run that is killed leaves it without the lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::Lock;

/// What the names of runs' folders begin with.
pub(crate) const FOLDER_BEGINNING: &str = "samever-";

const FILE: &str = "samever-run";

/// A run that lasts as long as this value.
#[derive(Debug)]
pub(crate) struct RunFile(#[expect(dead_code, reason = "it is held, not read")] Option<Lock>);

impl RunFile {
    /// Begins a run in its folder, with the name of its stack.
    pub(crate) fn begin(folder: &Path, stack: &str) -> io::Result<Self> {
        let path = folder.join(FILE);
        // A run with an empty file is not over, and without locks no run ever is.
        let mut lock = Lock::try_take(&path).ok().flatten();
        match &mut lock {
            Some(lock) => lock.sign(stack)?,
            None => fs::write(&path, stack)?,
        }
        Ok(Self(lock))
    }
}

/// Tells whether the run in a folder lasts: its file is locked.
pub(crate) fn lasts(folder: &Path) -> bool {
    file(folder).is_some_and(|path| !Lock::is_free(&path))
}

/// The name of the stack of the run in a folder.
pub(crate) fn stack_of(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join(FILE));
    text.unwrap_or_default().trim().chars().take(64).collect()
}

/// The folders in a folder that runs which are over have left, in order.
pub(crate) fn left_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(std::ffi::OsStr::to_str);
        let is_named = name.is_some_and(|name| name.starts_with(FOLDER_BEGINNING));
        if is_named && file(&path).is_some() && !lasts(&path) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn file(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(FILE);
    let there = path.symlink_metadata().ok()?;
    (there.is_file() && there.len() > 0).then_some(path)
}
