//! `previous/`: what lets one old version deploy that by itself no longer does.
//!
//! A recipe's CI folder may hold `previous/`, with a file `VERSION` and files
//! to lay over the tree of that version. They are for a base of that version
//! alone: never for the head, and never for another base.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::read_bounded;
use crate::written::utf8;
use samever_core::{Order, ParseVersionError, Version};

/// The most that is read of `VERSION`, in bytes.
const VERSION_BYTES_MAX: u64 = 1024;

/// The overlay for one old version.
#[derive(Debug)]
pub struct Previous {
    folder: PathBuf,
    version: Version,
}

/// The overlay cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} {why}; mend it, or remove the folder previous/", .path.display())]
pub struct PreviousError {
    path: PathBuf,
    #[source]
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("is over 1 KiB, or not UTF-8, so it is no version")]
    NotText,
    #[error("is empty; write the version that the overlay is for")]
    Empty,
    #[error("holds {0}, which is no version: {1}")]
    Version(String, ParseVersionError),
    #[error("is no folder, or a link that leads to none")]
    NoFolder,
    #[error("is neither a file nor a folder, and is not copied")]
    Link,
}

impl PreviousError {
    /// Tells whether the machine is at fault: the disk is full, say.
    pub fn is_of_the_machine(&self) -> bool {
        match &self.why {
            Why::Io(error) => error.kind() != io::ErrorKind::NotFound,
            Why::NotText | Why::Empty | Why::Version(..) | Why::NoFolder | Why::Link => false,
        }
    }
}

impl Previous {
    /// Reads `previous/` in a recipe's CI folder, if it is there.
    ///
    /// # Errors
    ///
    /// It is there without a readable `VERSION`.
    pub fn read(ci_folder: &Path, order: Order) -> Result<Option<Self>, PreviousError> {
        let folder = ci_folder.join("previous");
        let failed = |why| PreviousError {
            path: folder.clone(),
            why,
        };
        match folder.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(Why::Io(error))),
            Ok(_) if !folder.is_dir() => return Err(failed(Why::NoFolder)),
            Ok(_) => {}
        }
        let path = folder.join("VERSION");
        let version = read_version(&path, order).map_err(|why| PreviousError { path, why })?;
        Ok(Some(Self { folder, version }))
    }

    /// The version that the overlay is for.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Lays the files over a checked-out tree, in place of those of the same
    /// name.
    ///
    /// # Errors
    ///
    /// A file cannot be copied, or is none.
    pub fn apply(&self, tree: &Path) -> Result<(), PreviousError> {
        lay_over(&self.folder, tree, true)
    }
}

fn read_version(path: &Path, order: Order) -> Result<Version, Why> {
    let bytes = read_bounded(path, VERSION_BYTES_MAX)?;
    let Some(text) = utf8(&bytes)
        .ok()
        .filter(|_| bytes.len() as u64 <= VERSION_BYTES_MAX)
    else {
        return Err(Why::NotText);
    };
    let version = text.trim();
    if version.is_empty() {
        return Err(Why::Empty);
    }
    order
        .parse_tag(version)
        .map_err(|error| Why::Version(version.to_owned(), error))
}

fn lay_over(from: &Path, to: &Path, is_top: bool) -> Result<(), PreviousError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why: io::Error| PreviousError {
            path,
            why: Why::Io(why),
        }
    };
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let entry = entry.map_err(failed(from))?;
        let path = entry.path();
        if is_top && entry.file_name() == "VERSION" {
            continue;
        }
        let target = to.join(entry.file_name());
        let kind = entry.file_type().map_err(failed(&path))?;
        // What the tree has there may be a link: it is replaced, not followed.
        let there = target.symlink_metadata().map(|there| there.file_type());
        if kind.is_dir() {
            match there {
                Ok(there) if there.is_dir() => {}
                Ok(_) => {
                    fs::remove_file(&target).map_err(failed(&target))?;
                    fs::create_dir(&target).map_err(failed(&target))?;
                }
                Err(_) => fs::create_dir(&target).map_err(failed(&target))?,
            }
            lay_over(&path, &target, false)?;
        } else if kind.is_file() {
            match there {
                Ok(there) if there.is_dir() => {
                    fs::remove_dir_all(&target).map_err(failed(&target))?;
                }
                Ok(_) => fs::remove_file(&target).map_err(failed(&target))?,
                Err(_) => {}
            }
            fs::copy(&path, &target).map_err(failed(&path))?;
        } else {
            let why = Why::Link;
            return Err(PreviousError { path, why });
        }
    }
    Ok(())
}
