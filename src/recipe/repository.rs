//! The repository itself: revisions, tags, files of a commit.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::object::Kind;
use gix::objs::tree::EntryKind;

use crate::escape::Escaped;
use crate::resolve::CommitId;
use crate::version::{PublishedSet, RecipeVersion};

use super::label::{Unreadable, read_label};
use super::{FILE_BYTES_MAX, RecipeError, tags};

/// What is tried, in this order, where the main branch is not named.
const MAIN_BRANCHES: [(&str, &str); 5] = [
    ("origin/HEAD", "refs/remotes/origin/HEAD"),
    ("origin/main", "refs/remotes/origin/main"),
    ("origin/master", "refs/remotes/origin/master"),
    ("main", "refs/heads/main"),
    ("master", "refs/heads/master"),
];

/// A recipe's repository on disk, open for reading.
#[derive(Debug)]
pub struct Recipe {
    repository: gix::Repository,
    directory: PathBuf,
}

impl Recipe {
    /// Opens the repository that holds `directory`: a worktree or a folder in
    /// one, a linked worktree, or a bare repository.
    ///
    /// # Errors
    ///
    /// There is none, or it is of a kind that cannot be read.
    pub fn open(directory: &Path) -> Result<Self, RecipeError> {
        let unsupported = |what, clone_option| RecipeError::Unsupported {
            directory: directory.to_owned(),
            what,
            clone_option,
        };
        let mut repository = open_or_discover(directory).map_err(|error| {
            let why = account(&error);
            if why.contains("sha256") {
                unsupported("names its objects by SHA-256", "--object-format=sha1")
            } else {
                RecipeError::NotARepository {
                    directory: directory.to_owned(),
                    why,
                }
            }
        })?;
        if repository.object_hash() != gix::hash::Kind::Sha1 {
            return Err(unsupported(
                "names its objects by SHA-256",
                "--object-format=sha1",
            ));
        }
        let storage = repository.config_snapshot().string("extensions.refStorage");
        if storage.is_some_and(|storage| !storage.eq_ignore_ascii_case(b"files")) {
            return Err(unsupported(
                "keeps its references as a reftable",
                "--ref-format=files",
            ));
        }
        // The head's commit is asked for by its revision and for its tree.
        repository.object_cache_size(64 * 1024);
        Ok(Self {
            repository,
            directory: directory.to_owned(),
        })
    }

    /// The names that this recipe may go by where nobody states one: the last
    /// segment of its origin's address, and its folder's name.
    pub fn names(&self) -> Vec<String> {
        let origin = self
            .repository
            .config_snapshot()
            .string("remote.origin.url");
        let common = self.repository.common_dir();
        let folder = common.canonicalize().unwrap_or_else(|_| common.to_owned());
        let folder = match folder.file_name() {
            Some(name) if name == ".git" => folder.parent().and_then(Path::file_name),
            name => name,
        };
        let origin = origin.map(|url| url.to_str_lossy().into_owned());
        let folder = folder.map(|name| name.to_string_lossy().into_owned());
        let mut names = Vec::new();
        for source in [origin, folder].into_iter().flatten() {
            let last = source
                .trim_end_matches('/')
                .rsplit(['/', ':'])
                .next()
                .unwrap_or_default();
            let name = last.strip_suffix(".git").unwrap_or(last);
            if !name.is_empty() {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// Reads which versions are published, and which tags publish nothing. No
    /// tag is peeled.
    ///
    /// # Errors
    ///
    /// The references cannot be listed.
    pub fn published(&self) -> Result<PublishedSet, RecipeError> {
        tags::read_tags(&self.repository.refs).map_err(|why| self.damaged("the list of tags", why))
    }

    /// Tells whether this is a shallow clone, which may lack tags.
    ///
    /// # Errors
    ///
    /// The file that says so cannot be read.
    pub fn is_shallow(&self) -> Result<bool, RecipeError> {
        self.repository
            .is_shallow()
            .map_err(|error| self.damaged("the list of shallow commits", account(&error)))
    }

    /// Finds the commit that a revision names; `option` is the option that
    /// gave it, for the message.
    ///
    /// # Errors
    ///
    /// There is no such commit.
    pub fn commit(&self, option: &'static str, revision: &str) -> Result<CommitId, RecipeError> {
        let no_such = |error: gix::Error| RecipeError::NoSuchRevision {
            option,
            revision: revision.to_owned(),
            directory: self.directory.clone(),
            why: account(&error),
        };
        let id = if revision == "HEAD" {
            let head = self.repository.head().map_err(no_such)?;
            head.try_into_peeled_id()
                .map_err(no_such)?
                .ok_or_else(|| RecipeError::NoCommits {
                    directory: self.directory.clone(),
                })?
        } else {
            self.repository
                .rev_parse_single(revision)
                .map_err(no_such)?
        };
        let object = id.object().map_err(no_such)?;
        let commit = object.peel_to_commit().map_err(no_such)?;
        Ok(commit_id(commit.id))
    }

    /// Finds the tip of the main branch where nobody names it: the first that
    /// exists of `origin/HEAD`, `origin/main`, `origin/master`, `main` and
    /// `master`, with its name.
    ///
    /// # Errors
    ///
    /// The first that exists leads to no commit.
    pub fn main_tip(&self) -> Result<Option<(&'static str, CommitId)>, RecipeError> {
        for (name, full_name) in MAIN_BRANCHES {
            let found = self.repository.try_find_reference(full_name);
            // A symbolic `origin/HEAD` may outlive the branch that it names.
            let target = found
                .ok()
                .flatten()
                .and_then(|mut found| found.follow_to_object().ok());
            if let Some(target) = target {
                let commit = target.object().and_then(gix::Object::peel_to_commit);
                let commit = commit.map_err(|error| self.damaged(name, account(&error)))?;
                return Ok(Some((name, commit_id(commit.id))));
            }
        }
        Ok(None)
    }

    /// Peels a tag to the commit that it publishes.
    ///
    /// # Errors
    ///
    /// The tag leads to a tree or a blob, or to an object that is not there.
    pub fn tag_commit(&self, tag: &str) -> Result<CommitId, RecipeError> {
        let damaged = |error: gix::Error| self.damaged(&format!("the tag {tag}"), account(&error));
        let mut reference = self
            .repository
            .find_reference(&format!("refs/tags/{tag}"))
            .map_err(damaged)?;
        let object = reference
            .follow_to_object()
            .map_err(damaged)?
            .object()
            .map_err(damaged)?;
        let object = object.peel_tags_to_end().map_err(damaged)?;
        match object.kind {
            Kind::Commit => Ok(commit_id(object.id)),
            kind @ (Kind::Tree | Kind::Blob | Kind::Tag) => Err(RecipeError::TagWithoutCommit {
                tag: tag.to_owned(),
                kind: kind.to_string(),
            }),
        }
    }

    /// Reads the version that the label in a commit's `compose.yml` states; the
    /// inner error is why it states none.
    ///
    /// # Errors
    ///
    /// The commit's objects cannot be read.
    pub fn version(
        &self,
        commit: CommitId,
    ) -> Result<Result<RecipeVersion, Unreadable>, RecipeError> {
        let what = || format!("compose.yml at {}", commit.short());
        let damaged = |error: gix::Error| self.damaged(&what(), account(&error));
        let id = gix::ObjectId::from(*commit.as_bytes());
        let tree = self
            .repository
            .find_commit(id)
            .and_then(|commit| commit.tree());
        let tree = tree.map_err(damaged)?;
        let Some(entry) = tree.lookup_entry(["compose.yml"]).map_err(damaged)? else {
            return Ok(Err(Unreadable::NoFile));
        };
        match entry.mode().kind() {
            EntryKind::Blob | EntryKind::BlobExecutable => {}
            EntryKind::Link => return Ok(Err(Unreadable::NotAFile("symbolic link"))),
            EntryKind::Tree => return Ok(Err(Unreadable::NotAFile("folder"))),
            EntryKind::Commit => return Ok(Err(Unreadable::NotAFile("submodule"))),
        }
        let size = entry.id().header().map_err(damaged)?.size();
        if size > FILE_BYTES_MAX {
            return Ok(Err(Unreadable::TooLarge(size)));
        }
        let blob = entry.object().map_err(damaged)?;
        Ok(read_label(&blob.data))
    }

    fn damaged(&self, what: &str, why: String) -> RecipeError {
        let directory = Escaped::new(self.directory.as_os_str().as_encoded_bytes()).to_string();
        RecipeError::Damaged {
            what: format!("{} in {directory}", Escaped::new(what)),
            why,
        }
    }
}

/// Opens the repository of which `directory` is the top, else the one that a
/// folder above holds. Asking for the top first saves most callers a search.
fn open_or_discover(directory: &Path) -> Result<gix::Repository, gix::Error> {
    // Nothing is executed and nothing is written, so whose folder it is does
    // not matter: all of the repository's own configuration counts.
    let options = || {
        gix::open::Options::isolated()
            .with(gix::sec::Trust::Full)
            .filter_config_section(|_| true)
    };
    if let Ok(repository) = gix::open_opts(directory, options()) {
        return Ok(repository);
    }
    let (found, _trust) = gix::discover::upwards(directory)?;
    let (git_directory, _worktree) = found.into_repository_and_work_tree_directories();
    gix::open_opts(git_directory, options().open_path_as_is(true))
}

fn commit_id(id: gix::ObjectId) -> CommitId {
    let bytes = id
        .as_bytes()
        .try_into()
        .expect("SHA-256 repositories are refused when opened");
    CommitId::from_bytes(bytes)
}

/// The library's account of an error, with its causes, in one line.
pub(super) fn account(error: &gix::Error) -> String {
    let mut causes: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    causes.dedup();
    causes.join(": ").replace('\n', " ")
}
