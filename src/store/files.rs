//! Files that are whole on the disk or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// A step of a change, for a test that watches what a crash after it leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreStep {
    /// The lock is held.
    Locked,
    /// The new record is written beside the old one.
    Written,
    /// It is on the disk.
    Synced,
    /// The history has its line, on the disk.
    Told,
    /// The new record is in its place.
    Renamed,
    /// That is on the disk, too.
    FolderSynced,
}

impl StoreStep {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Locked,
        Self::Written,
        Self::Synced,
        Self::Told,
        Self::Renamed,
        Self::FolderSynced,
    ];
}

/// The new content of a file, in three steps.
pub(crate) mod replace {
    use std::fs::{self, File};
    use std::io::{self, Write};
    use std::path::Path;

    use super::StoreStep;

    /// Writes a new file beside the old one and brings it to the disk; where
    /// that fails, it leaves nothing.
    pub(crate) fn write(temporary: &Path, content: &[u8], watch: fn(StoreStep)) -> io::Result<()> {
        let written = File::create(temporary).and_then(|mut file| {
            file.write_all(content)?;
            watch(StoreStep::Written);
            file.sync_all()
        });
        if written.is_err() {
            abandon(temporary);
        } else {
            watch(StoreStep::Synced);
        }
        written
    }

    /// Puts the new file in the place of the old one, on the disk, too.
    pub(crate) fn rename(temporary: &Path, path: &Path, watch: fn(StoreStep)) -> io::Result<()> {
        if let Err(error) = fs::rename(temporary, path) {
            abandon(temporary);
            return Err(error);
        }
        watch(StoreStep::Renamed);
        if let Some(folder) = path.parent() {
            super::sync_folder(folder)?;
        }
        watch(StoreStep::FolderSynced);
        Ok(())
    }

    /// Gives a new file up. One that stays is overwritten the next time.
    pub(crate) fn abandon(temporary: &Path) {
        let _ = fs::remove_file(temporary);
    }
}

/// Appends whole lines, and brings them to the disk; where that fails, the file
/// is as long as it was.
pub(crate) fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .open(path)?;
    let length = file.metadata()?.len();
    // A crash may have cut the last line off: it is left, on a line of its own.
    let torn = length > 0 && !ends_with_newline(path)?;
    let mut content = Vec::new();
    if torn {
        content.push(b'\n');
    }
    content.extend(lines);
    let appended = file.write_all(&content).and_then(|()| file.sync_all());
    if appended.is_err() {
        let _ = file.set_len(length);
    }
    appended?;
    match path.parent() {
        Some(folder) if length == 0 => sync_folder(folder),
        Some(_) | None => Ok(()),
    }
}

fn ends_with_newline(path: &Path) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Makes a folder with those above it, where they are not there.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    match folder.parent() {
        Some(parent) if parent == Path::new("") => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Brings the names in a folder to the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened, and its names need no help.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
