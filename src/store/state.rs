//! The marker of a state folder. A folder that is mistyped or lost has none: that
//! is an error, and never a state in which nothing was ever green.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::disk::beginning;
use crate::store::error::StoreError;
use crate::store::files::{make_folder, sync_folder};

/// The name of the marker.
const FILE: &str = "samever-state";

/// What it says.
const TEXT: &str = "samever/state/1\n";

/// What a state folder holds beside it.
pub(super) const FOLDERS: [&str; 5] = ["canonical", "history", "locks", "logs", "sweeps"];

/// Why a folder is not made one again.
const ALREADY: &str =
    "is a state folder already; leave out --init-state, so that a lost one is told";

/// The most that is read of a marker, in bytes.
const BYTES_MAX: u64 = 64;

/// Requires a folder with the marker.
pub(crate) fn require(folder: &Path) -> Result<(), StoreError> {
    let refuse = |why: &str| {
        Err(StoreError::NoState {
            folder: folder.to_owned(),
            why: why.to_owned(),
        })
    };
    if !folder.is_dir() {
        return refuse(match folder.symlink_metadata() {
            Ok(_) => "is no folder, so it is no state folder; give another path with --state",
            Err(_) => {
                "is not there, so it is not known what was green; give the right path with \
                 --state, or make a new state folder with --init-state"
            }
        });
    }
    let marker = folder.join(FILE);
    if !marker.is_file() {
        return refuse(
            "is no state folder: it has no file samever-state; give the right path with --state, \
             or make it one with --init-state, which keeps the records of an earlier samever",
        );
    }
    if beginning(&marker, BYTES_MAX).trim() != TEXT.trim() {
        return refuse(
            "is the state folder of another samever: its file samever-state does not say \
             samever/state/1; use that samever, or give another path with --state",
        );
    }
    Ok(())
}

/// Puts the marker into a folder that holds nothing else than a state and these files.
pub(crate) fn init(folder: &Path, beside: &[&Path]) -> Result<(), StoreError> {
    let failed = |why| StoreError::Io {
        doing: "making",
        path: folder.to_owned(),
        why,
    };
    let refuse = |why: String| {
        Err(StoreError::NoState {
            folder: folder.to_owned(),
            why,
        })
    };
    if folder.exists() && !folder.is_dir() {
        return refuse("is no folder; give another path with --state".to_owned());
    }
    make_folder(folder).map_err(failed)?;
    let marker = folder.join(FILE);
    if marker.symlink_metadata().is_ok() {
        return refuse(ALREADY.to_owned());
    }
    if let Some(other) = other_than_state(folder, beside).map_err(failed)? {
        return refuse(format!(
            "holds {other}, which is not of a state folder; give an empty folder with --state"
        ));
    }
    match put_marker(folder, &marker) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse(ALREADY.to_owned()),
        put => put.map_err(failed),
    }
}

/// Puts it there whole, where there is none: of two that make a state, one does.
fn put_marker(folder: &Path, marker: &Path) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".samever-state");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(TEXT.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(marker)?;
    sync_folder(folder)
}

/// The first name in a folder that no state has and that is none of these files;
/// hidden ones do not count.
fn other_than_state(folder: &Path, beside: &[&Path]) -> io::Result<Option<String>> {
    let beside = beside.iter().filter_map(|path| path.canonicalize().ok());
    let beside: Vec<_> = beside.collect();
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.canonicalize().is_ok_and(|path| beside.contains(&path)) {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !FOLDERS.contains(&name.as_str()) {
            others.push(name);
        }
    }
    others.sort();
    Ok(others.into_iter().next())
}
