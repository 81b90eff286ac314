//! What keeps a repository from being read.

use std::path::PathBuf;

use samever_core::CommitId;

use crate::recipe::canonical::ReadCanonicalError;
use crate::recipe::checkout::CheckoutError;

/// A repository, or what was asked of it, cannot be read.
///
/// Each message says what was found where, and what to do. It quotes the
/// repository as it is: print it through [`Escaped`](samever_core::Escaped).
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The folder is in no repository that can be opened.
    #[error("{} is not a git repository that can be read: {why}; name one with --repo", .directory.display())]
    NotARepository {
        /// The folder.
        directory: PathBuf,
        /// The reason.
        why: String,
    },
    /// The repository is of a kind that cannot be read, rather than misread.
    #[error("{} {what}, which samever cannot read; {remedy}", .directory.display())]
    Unsupported {
        /// The folder.
        directory: PathBuf,
        /// What it has.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The checked-out branch has no commits.
    #[error(
        "HEAD in {} is a branch that has no commits yet, so there is no head to test; \
         commit something, or name another revision with --head",
        .directory.display()
    )]
    NoCommits {
        /// The folder.
        directory: PathBuf,
    },
    /// The revision does not lead to a commit.
    #[error(
        "{option} {revision} does not lead to a commit in {}: {why}; \
         name a revision that does, or bring it here with {}",
        .directory.display(), fetch_of(revision)
    )]
    NoSuchRevision {
        /// The option that named it.
        option: &'static str,
        /// The revision.
        revision: String,
        /// The folder.
        directory: PathBuf,
        /// What it leads to, or why it leads nowhere.
        why: String,
    },
    /// The tag exists, but what it leads to is no commit.
    #[error(
        "the tag {tag} leads to a {kind}, not to a commit, so it cannot be deployed; \
         tag the release's commit again, or delete the tag"
    )]
    TagWithoutCommit {
        /// The tag.
        tag: String,
        /// What it leads to.
        kind: String,
    },
    /// The tag exists, but leads to nothing that is there.
    #[error(
        "the tag {tag} cannot be followed to its commit: {why}; \
         bring it here again with `git fetch --force --tags`, or delete it"
    )]
    TagLeadsNowhere {
        /// The tag.
        tag: String,
        /// The library's account.
        why: String,
    },
    /// An object or a file that is needed is not there or not whole.
    #[error(
        "{what} in {} cannot be read: {why}; the clone is damaged or partial: `git fsck` tells \
         what is wrong, `git fetch --refetch --no-filter --tags` completes a partial one",
        .directory.display()
    )]
    Damaged {
        /// What was to be read.
        what: String,
        /// The folder.
        directory: PathBuf,
        /// The library's account.
        why: String,
    },
    /// The labels of one commit contradict each other.
    #[error("compose.yml at {} contradicts itself: {why}; leave one version label", .commit.short())]
    Contradiction {
        /// The commit.
        commit: CommitId,
        /// Both names.
        why: String,
    },
    /// The head's version is needed and cannot be read.
    #[error(
        "the version of the head {} is not known under the scheme {scheme}: {why}; give it with \
         --head-version, or name the scheme that says where it stands with --scheme",
        .commit.short()
    )]
    HeadUnknown {
        /// The head.
        commit: CommitId,
        /// The scheme's name.
        scheme: String,
        /// Why it cannot be read.
        why: String,
    },
    /// No tag publishes a version.
    #[error("{}", nothing_published(.scheme, .form, *.tags, .such_as))]
    NothingPublished {
        /// The scheme's name.
        scheme: String,
        /// What a tag looks like that publishes a version.
        form: String,
        /// How many tags there are.
        tags: usize,
        /// The first of them.
        such_as: String,
    },
    /// Nothing older than the head is published.
    #[error(
        "{why}, so there is nothing to upgrade from; where it is the first release under the scheme \
         {scheme}, say so with --not-applicable"
    )]
    NothingOlder {
        /// The scheme's name.
        scheme: String,
        /// What was looked for, and what was passed over.
        why: String,
    },
    /// Nothing says that the upgrade would go forward.
    #[error(
        "under the scheme {scheme}, nothing says whether the base {base} is older than the head \
         {head}, so the upgrade would prove nothing; give another base with --override"
    )]
    DeltaUnknown {
        /// The scheme's name.
        scheme: String,
        /// The tag or the commit of the base.
        base: String,
        /// The head's version.
        head: String,
    },
    /// The canonical is a version of another order.
    #[error(
        "the canonical {version} is on record as a version of the order {recorded}, and the scheme \
         has the order {order}; name the scheme of that record with --scheme, or record it again"
    )]
    AnotherOrder {
        /// The version on record.
        version: String,
        /// Its order.
        recorded: &'static str,
        /// That of the scheme.
        order: &'static str,
    },
    /// The commit's tree cannot be checked out.
    #[error("the commit {} cannot be deployed: {source}", .commit.short())]
    Checkout {
        /// The commit.
        commit: CommitId,
        /// The reason.
        source: Box<CheckoutError>,
    },
    /// The canonical is a record of another recipe.
    #[error(
        "the canonical is the record of the recipe {recorded}, but this repository is {expected}; \
         give the right record, or the recipe's name with --recipe"
    )]
    AnotherRecipe {
        /// The recipe on record.
        recorded: String,
        /// The recipe at hand.
        expected: String,
    },
    /// The canonical is of a recipe of the same name and of another origin.
    #[error(
        "the canonical of {recipe} was recorded for {recorded}, but the origin of this clone is \
         {origin}; where that has moved, record the canonical again with `samever canonical \
         set {recipe} VERSION --state STATE --repo DIR --reason WHY`, where DIR is this clone; else give another name with --recipe"
    )]
    AnotherOrigin {
        /// The recipe.
        recipe: String,
        /// The origin on record.
        recorded: String,
        /// The origin at hand.
        origin: String,
    },
    /// The canonical's record cannot be read.
    #[error(transparent)]
    Canonical(#[from] ReadCanonicalError),
}

fn nothing_published(scheme: &str, form: &str, tags: usize, such_as: &str) -> String {
    let found = match tags {
        0 => "there is no tag at all; `git fetch --tags` brings them, if there are any".to_owned(),
        1 => format!("the only tag is {such_as}"),
        tags => format!("there are {tags} tags, such as {such_as}"),
    };
    let advice = match tags {
        0 => "",
        _ => "; `samever scheme detect` says which schemes fit them",
    };
    format!(
        "nothing is published under the scheme {scheme}, in which a tag is {form}: {found}{advice}"
    )
}

/// The command that brings a revision here. git fetches no pull request by itself.
fn fetch_of(revision: &str) -> String {
    let is_kept_by_git = ["refs/heads/", "refs/tags/", "refs/remotes/"]
        .iter()
        .any(|folder| revision.starts_with(folder));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    if revision.starts_with("refs/") && !is_kept_by_git && revision.chars().all(is_plain) {
        format!("`git fetch origin +{revision}:{revision}`")
    } else {
        "`git fetch`".to_owned()
    }
}

/// The library's account of an error, with its causes, in one line.
pub(crate) fn account(error: &gix::Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.iter_errors().map(ToString::to_string) {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes.join(": ")
}
