//! What keeps a repository from being read.

use std::path::PathBuf;

use crate::escape::Escaped;
use crate::resolve::CommitId;

use super::ReadCanonicalError;

/// A repository, or what was asked of it, cannot be read. Each message says
/// what was found where, and what to do; it is safe to print.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The folder is in no repository that can be opened.
    #[error("{} is not a git repository: {}; name one with --repo", path(.directory), Escaped::new(.why))]
    NotARepository {
        /// The folder.
        directory: PathBuf,
        /// The library's account.
        why: String,
    },
    /// The repository is of a kind that cannot be read, rather than misread.
    #[error("{} {}, which samever cannot read; convert it with `git clone {}`", path(.directory), .what, .clone_option)]
    Unsupported {
        /// The folder.
        directory: PathBuf,
        /// What it has.
        what: &'static str,
        /// The option of `git clone` that makes a readable copy.
        clone_option: &'static str,
    },
    /// No commit has been made yet.
    #[error("{} has no commits yet, so there is no head to test; make one, or fetch", path(.directory))]
    NoCommits {
        /// The folder.
        directory: PathBuf,
    },
    /// The revision does not lead to a commit.
    #[error("{option} {} does not lead to a commit in {}: {}; `git fetch --tags` if it is new", Escaped::new(.revision), path(.directory), Escaped::new(.why))]
    NoSuchRevision {
        /// The option that named it.
        option: &'static str,
        /// The revision.
        revision: String,
        /// The folder.
        directory: PathBuf,
        /// The library's account.
        why: String,
    },
    /// The tag exists, but no commit is behind it.
    #[error("the tag {} leads to a {kind}, not to a commit, so it cannot be deployed; tag the release's commit again, or delete the tag", Escaped::new(.tag))]
    TagWithoutCommit {
        /// The tag.
        tag: String,
        /// What it leads to.
        kind: String,
    },
    /// An object that is needed is not there or not whole.
    #[error("{what} cannot be read: {}; the clone is partial or damaged: `git fsck` tells which, `git fetch --refetch --tags` mends a partial one", Escaped::new(.why))]
    Damaged {
        /// What was to be read.
        what: String,
        /// The library's account.
        why: String,
    },
    /// The labels of one commit contradict each other.
    #[error("compose.yml at {} contradicts itself: {why}; leave one version label", .commit.short())]
    Contradiction {
        /// The commit.
        commit: CommitId,
        /// Who says what, safe to print.
        why: String,
    },
    /// The canonical is a record of another recipe.
    #[error("the canonical is the record of the recipe {}, but this repository is {}; give the right record, or the recipe's name with --recipe", Escaped::new(.recorded), Escaped::new(.expected))]
    AnotherRecipe {
        /// The recipe on record.
        recorded: String,
        /// The recipe at hand.
        expected: String,
    },
    /// The canonical's record cannot be read.
    #[error(transparent)]
    Canonical(#[from] ReadCanonicalError),
}

/// Shows a path so that no terminal acts on it.
pub(super) fn path(path: &std::path::Path) -> String {
    Escaped::new(path.as_os_str().as_encoded_bytes()).to_string()
}
