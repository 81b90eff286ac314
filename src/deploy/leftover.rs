//! What came of one thing that a run has left, or may have.

use std::path::PathBuf;

use crate::cancel::Cancel;

/// Whose leftovers are swept, and how.
pub(crate) struct LeftoverScope<'a> {
    /// Those of this recipe's runs; `None` for every recipe.
    pub recipe: Option<&'a str>,
    /// Only find them.
    pub dry_run: bool,
    /// Only stacks whose run's folder is there: a folder that no run holds proves that its
    /// run is over. A folder that is not there may be one that this process cannot see.
    pub needs_folder: bool,
    /// The signal to stop.
    pub cancel: &'a Cancel,
}

impl LeftoverScope<'_> {
    /// Whether it takes a run of this recipe; `None` where that is not known.
    pub(crate) fn takes(&self, recipe: Option<&str>) -> Option<bool> {
        match (self.recipe, recipe) {
            (None, _) => Some(true),
            (Some(wanted), Some(recipe)) => Some(wanted == recipe),
            (Some(_), None) => None,
        }
    }
}

/// One thing, and what was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// The program of this step still ran, in this process group, for this stack;
    /// it is ended with all that it started.
    Program {
        step: String,
        group: u32,
        stack: String,
    },
    /// This teardown program ran for this stack, and went well.
    Teardown { program: String, stack: String },
    /// This stack, with all that belongs to it, is removed.
    Stack(String),
    /// This folder is removed; its run was to deploy this stack.
    Folder(PathBuf, String),
    /// The stack is one of a run that is not over.
    Running(String),
    /// The folder of the stack's run is not there, so this scope leaves it.
    Unproved(String),
    /// The stack is one of a run on another machine, which alone can tell
    /// whether it is over.
    Elsewhere(String, String),
    /// Its run does not name its recipe.
    Unnamed(String),
    /// The folder is not one to act upon, for this reason.
    Strange(PathBuf, String),
    /// It could not be removed, for this reason.
    Stuck(String, String),
}
