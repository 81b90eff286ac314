//! What keeps a record from being read or changed.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

use crate::recipe::RecipeName;

/// A canonical record cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The record is there, but is none.
    #[error(
        "the canonical record {} {why}; {}", .path.display(), WaysOut { folder, recipe }
    )]
    Damaged {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// The store.
        folder: PathBuf,
        /// The recipe.
        recipe: RecipeName,
    },
    /// Something of the store cannot be used.
    #[error(
        "{doing} {} failed: {why}; no record is left half written: see that the disk has space and \
         the state folder can be written, then run again", .path.display()
    )]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// The reason.
        why: io::Error,
    },
    /// It was told to stop while another run of the recipe went on.
    #[error("interrupted while it waited for another run of the recipe ({0})")]
    Interrupted(String),
    /// A clone has two canonicals.
    #[error(
        "this clone has two canonicals in {}, of {one} and of {other}, which are both names that it \
         goes by; remove the wrong one with `samever canonical drop NAME --state {} --reason WHY`, or \
         give the right name with --recipe", .folder.display(), Quoted(folder)
    )]
    TwoRecords {
        /// The store.
        folder: PathBuf,
        /// The one record's name.
        one: RecipeName,
        /// The other's.
        other: RecipeName,
    },
    /// The folder is no state folder.
    #[error("{} {why}", .folder.display())]
    NoState {
        /// The folder.
        folder: PathBuf,
        /// Why it is none, or cannot be made one, and what to do.
        why: String,
    },
}

/// A path as a word of a command.
pub(crate) struct Quoted<'a>(pub(crate) &'a Path);

impl Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let path = self.0.to_string_lossy();
        let quoted = shlex::try_quote(&path).unwrap_or_else(|_| path.clone());
        formatter.write_str(&quoted)
    }
}

/// How to get on where a record is damaged.
struct WaysOut<'a> {
    folder: &'a Path,
    recipe: &'a RecipeName,
}

impl Display for WaysOut<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { folder, recipe } = self;
        let state = Quoted(folder);
        write!(
            formatter,
            "put it right with `samever canonical set {recipe} VERSION --state {state} --repo DIR --reason WHY`, where DIR is \
             its clone, or \
             remove it with `samever canonical drop {recipe} --state {state} --reason WHY`; what it was \
             is in {}",
            folder
                .join("history")
                .join(format!("{recipe}.jsonl"))
                .display()
        )
    }
}
