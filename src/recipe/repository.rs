//! The repository itself: revisions, tags, files of a commit.

use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice};
use gix::object::Kind;
use gix::objs::tree::{EntryKind, EntryMode};

use samever_core::{CommitId, PublishedSet, Version};

use crate::recipe::checkout::TreeId;
use crate::recipe::checkout::{LINK_OUT, SUBMODULE};
use crate::recipe::error::{RecipeError, account};
use crate::recipe::head_file::read_version;
use crate::recipe::label::{COMPOSE, Unreadable, differ_in_label_alone};
use crate::recipe::origin::{self, Layout};
use crate::recipe::{FILE_BYTES_MAX, checkout, open, tags};
use crate::scheme::Scheme;

/// What is tried, in this order, where the main branch is not named. `HEAD` is
/// the main branch of a bare repository alone; elsewhere it is what is checked
/// out.
const MAIN_BRANCHES: [(&str, &str); 6] = [
    ("origin/HEAD", "refs/remotes/origin/HEAD"),
    ("origin/main", "refs/remotes/origin/main"),
    ("origin/master", "refs/remotes/origin/master"),
    ("HEAD", "HEAD"),
    ("main", "refs/heads/main"),
    ("master", "refs/heads/master"),
];

/// A recipe's repository on disk, open for reading.
#[derive(Debug)]
pub struct Recipe {
    repository: gix::Repository,
    directory: PathBuf,
    scheme: Scheme,
}

impl Recipe {
    /// Opens the repository that holds `directory`: a worktree or a folder in
    /// one, a linked worktree, or a bare repository.
    ///
    /// # Errors
    ///
    /// There is none, or it is of a kind that cannot be read.
    pub fn open(directory: &Path) -> Result<Self, RecipeError> {
        let mut repository = open::open(directory)?;
        // The head's commit is asked for by its revision and for its tree.
        repository.object_cache_size(64 * 1024);
        Ok(Self {
            repository,
            directory: directory.to_owned(),
            scheme: Scheme::coop_cloud(),
        })
    }

    /// The same repository under another scheme.
    #[must_use]
    pub(crate) fn under(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }

    /// The scheme of its versions.
    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Tells whether a folder is a repository itself, bare or not.
    pub fn is_there(folder: &Path) -> bool {
        open::is_there(folder)
    }

    /// The names that this recipe may go by where none is stated: the last
    /// segment of its origin's path, and its folder's name; that of the part where one is tested.
    pub fn names(&self) -> Vec<String> {
        if let Some(part) = self.scheme.part_name() {
            return vec![part.to_owned()];
        }
        let origin = origin::address(&self.repository);
        let origin = origin.and_then(|url| gix::url::parse(url.as_bstr()).ok());
        let origin = origin.map(|url| url.path.to_str_lossy().into_owned());
        let common = self.repository.common_dir();
        let common = common.canonicalize().unwrap_or_else(|_| common.to_owned());
        // `.git`, or `.bare` and the like, is where the recipe's folder keeps it.
        let folder = common
            .ancestors()
            .filter_map(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned())
            .find(|name| !name.starts_with('.'));
        let last = |path: String| {
            let last = path
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            last.strip_suffix(".git").unwrap_or(last).to_owned()
        };
        let names = [origin, folder].into_iter().flatten().map(last);
        names.filter(|name| !name.is_empty()).collect()
    }

    /// The repository that this one is a clone of, as host and path: the same for
    /// every way to reach it, and without a user or a password.
    pub fn origin(&self) -> Option<String> {
        origin::identity(&origin::address(&self.repository)?)
    }

    /// The folder of the repository itself, which is that of a worktree where it is
    /// a linked one.
    pub(crate) fn git_folder(&self) -> &Path {
        self.repository.git_dir()
    }

    /// Tells whether a name is that of a branch or a tag in this clone, by git's
    /// rules.
    pub(crate) fn has_reference(&self, name: &str) -> bool {
        let found = self.repository.try_find_reference(name).ok().flatten();
        found.is_some_and(|found| found.name().as_bstr() != "HEAD")
    }

    /// The folder that linked worktrees share.
    pub(crate) fn common_folder(&self) -> PathBuf {
        let folder = self.repository.common_dir();
        folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
    }

    /// Where this clone keeps the branches of its origin; nothing where it has
    /// none.
    pub(crate) fn layout(&self) -> Option<Layout> {
        origin::address(&self.repository).map(|_| origin::layout(&self.repository))
    }

    /// Reads which versions are published, and which tags publish nothing. No
    /// tag is peeled.
    ///
    /// # Errors
    ///
    /// The references cannot be listed.
    pub fn published(&self) -> Result<PublishedSet, RecipeError> {
        tags::read_tags(&self.repository.refs, &self.scheme)
            .map_err(|why| self.damaged("the list of tags", why))
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
        let because = |why: String| RecipeError::NoSuchRevision {
            option,
            revision: revision.to_owned(),
            directory: self.directory.clone(),
            why,
        };
        let no_such = |error: gix::Error| {
            because(
                match error
                    .iter_errors()
                    .map(ToString::to_string)
                    .find(|why| why.contains("ambiguous"))
                {
                    Some(_) => "more than one object has an id that begins so".to_owned(),
                    None => "the clone has nothing of this name".to_owned(),
                },
            )
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
        let missing = |error: gix::Error| because(account(&error));
        let object = id.object().map_err(missing)?;
        let object = object.peel_tags_to_end().map_err(missing)?;
        if object.kind != gix::object::Kind::Commit {
            return Err(because(format!("it leads to a {}", object.kind)));
        }
        Ok(commit_id(object.id))
    }

    /// Finds the tip of the main branch where it is not named: the first that
    /// exists of `origin/HEAD`, `origin/main`, `origin/master`, the branch that
    /// a bare repository's `HEAD` names, `main` and `master`, with its name.
    ///
    /// # Errors
    ///
    /// The first that exists leads to no commit.
    pub fn main_tip(&self) -> Result<Option<(&'static str, CommitId)>, RecipeError> {
        let is_mirror = self.repository.is_bare() && self.layout() == Some(Layout::Mirror);
        for (name, full_name) in MAIN_BRANCHES {
            // In a mirror these are the branches of another remote.
            if is_mirror && name.starts_with("origin/") {
                continue;
            }
            let damaged = |error: gix::Error| self.damaged(name, account(&error));
            let find = |name| self.repository.try_find_reference(name).map_err(damaged);
            if full_name == "HEAD" && !self.has_main_in_head() {
                continue;
            }
            let Some(mut found) = find(full_name.into())? else {
                continue;
            };
            // `origin/HEAD` may outlive the branch that it names.
            if let Some(branch) = found.target().try_name()
                && find(branch.as_bstr())?.is_none()
            {
                continue;
            }
            let target = found.follow_to_object().map_err(damaged)?;
            let commit = target.object().and_then(gix::Object::peel_to_commit);
            return Ok(Some((name, commit_id(commit.map_err(damaged)?.id))));
        }
        Ok(None)
    }

    /// Tells whether this is a bare repository whose `HEAD` names another branch
    /// than `main`, which is next in order.
    fn has_main_in_head(&self) -> bool {
        let is_other = |name: gix::refs::FullName| name.as_bstr() != "refs/heads/main";
        let name = || self.repository.head_name().ok().flatten();
        self.repository.workdir().is_none() && name().is_some_and(is_other)
    }

    /// Peels a tag to the commit that it publishes.
    ///
    /// # Errors
    ///
    /// The tag leads to a tree or a blob, or to an object that is not there.
    pub fn tag_commit(&self, tag: &str) -> Result<CommitId, RecipeError> {
        match self.tag_target(tag)? {
            (target, Kind::Commit) => Ok(target),
            (_, kind) => Err(RecipeError::TagWithoutCommit {
                tag: tag.to_owned(),
                kind: kind.to_string(),
            }),
        }
    }

    /// Peels a tag to whatever it leads to, a commit or not.
    pub(crate) fn tag_target(&self, tag: &str) -> Result<(CommitId, Kind), RecipeError> {
        let lost = |error: gix::Error| RecipeError::TagLeadsNowhere {
            tag: tag.to_owned(),
            why: account(&error),
        };
        let name = format!("refs/tags/{tag}");
        let mut reference = self.repository.find_reference(&name).map_err(lost)?;
        let target = reference.follow_to_object().map_err(lost)?;
        let object = target
            .object()
            .and_then(gix::Object::peel_tags_to_end)
            .map_err(lost)?;
        Ok((commit_id(object.id), object.kind))
    }

    /// Reads the version that a commit states, where its scheme says: for a recipe in the label of
    /// its `compose.yml`; the inner error is why it states none.
    ///
    /// # Errors
    ///
    /// The commit's objects cannot be read.
    pub fn version(&self, commit: CommitId) -> Result<Result<Version, Unreadable>, RecipeError> {
        let read = |file: &str| {
            let content = self.file(commit, file)?;
            Ok(content.and_then(|content| content.ok_or(Unreadable::NoFile(file.to_owned()))))
        };
        read_version(&self.scheme, read)
    }

    /// The text of a commit's `compose.yml`, or why there is none to read.
    fn compose(&self, commit: CommitId) -> Result<Result<Vec<u8>, Unreadable>, RecipeError> {
        let content = self.file(commit, COMPOSE)?;
        Ok(content.and_then(|content| content.ok_or(Unreadable::NoFile(COMPOSE.to_owned()))))
    }

    /// The text of a file of a commit, if there is one, or why it cannot be read.
    fn file(
        &self,
        commit: CommitId,
        file: &str,
    ) -> Result<Result<Option<Vec<u8>>, Unreadable>, RecipeError> {
        let what = || format!("{file} at {}", commit.short());
        let damaged = |error: gix::Error| self.damaged(&what(), account(&error));
        let tree = self.opened_tree(commit, &what())?;
        let Some(entry) = tree.lookup_entry(file.split('/')).map_err(damaged)? else {
            return Ok(Ok(None));
        };
        let not_a_file = |kind| Ok(Err(Unreadable::NotAFile(file.to_owned(), kind)));
        match entry.mode().kind() {
            EntryKind::Blob | EntryKind::BlobExecutable => {}
            EntryKind::Link => return not_a_file("symbolic link"),
            EntryKind::Tree => return not_a_file("folder"),
            EntryKind::Commit => return not_a_file("submodule"),
        }
        let size = entry.id().header().map_err(damaged)?.size();
        if size > FILE_BYTES_MAX {
            return Ok(Err(Unreadable::TooLarge(file.to_owned(), size)));
        }
        let blob = entry.object().map_err(damaged)?;
        Ok(Ok(Some(blob.detach().data)))
    }

    /// The paths of the files of a commit that are UTF-8, up to a number.
    pub(crate) fn files(&self, commit: CommitId, most: usize) -> Result<Vec<String>, RecipeError> {
        let what = || format!("the tree of {}", commit.short());
        let tree = self.opened_tree(commit, &what())?;
        let files = tree.traverse().breadthfirst.files();
        let files = files.map_err(|error| self.damaged(&what(), error.to_string()))?;
        let paths = files.into_iter().take(most);
        let paths = paths.filter_map(|entry| String::from_utf8(entry.filepath.into()).ok());
        Ok(paths.collect())
    }

    /// Tells whether the trees of two commits differ in nothing but the version
    /// labels of their `compose.yml`.
    pub(crate) fn differ_in_label_alone(
        &self,
        one: CommitId,
        other: CommitId,
    ) -> Result<bool, RecipeError> {
        if self.beside_compose(one)? != self.beside_compose(other)? {
            return Ok(false);
        }
        let files = self.compose(one)?.ok().zip(self.compose(other)?.ok());
        Ok(files.is_some_and(|(one, other)| differ_in_label_alone(&one, &other)))
    }

    /// The first entry of a commit's tree that is never checked out, and why.
    pub(crate) fn refused_entry(
        &self,
        commit: CommitId,
    ) -> Result<Option<(String, &'static str)>, RecipeError> {
        let what = || format!("the tree of {}", commit.short());
        let tree = self.opened_tree(commit, &what())?;
        let files = tree.traverse().breadthfirst.files();
        let files = files.map_err(|error| self.damaged(&what(), error.to_string()))?;
        for entry in files {
            let why = match entry.mode.kind() {
                EntryKind::Commit => SUBMODULE,
                EntryKind::Link => {
                    let target = self.repository.find_blob(entry.oid);
                    let target =
                        target.map_err(|error| self.damaged(&what(), error.to_string()))?;
                    if !leads_out(&entry.filepath, &target.data) {
                        continue;
                    }
                    LINK_OUT
                }
                EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Tree => continue,
            };
            return Ok(Some((entry.filepath.to_string(), why)));
        }
        Ok(None)
    }

    /// What stands beside `compose.yml` at the top of a commit's tree.
    fn beside_compose(
        &self,
        commit: CommitId,
    ) -> Result<Vec<(BString, EntryMode, gix::ObjectId)>, RecipeError> {
        let what = || format!("the tree of {}", commit.short());
        let tree = self.opened_tree(commit, &what())?;
        let mut beside = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| self.damaged(&what(), error.to_string()))?;
            if entry.filename() != COMPOSE {
                let name = entry.filename().to_owned();
                beside.push((name, entry.mode(), entry.object_id()));
            }
        }
        Ok(beside)
    }

    fn opened_tree(&self, commit: CommitId, what: &str) -> Result<gix::Tree<'_>, RecipeError> {
        let id = gix::ObjectId::from(*commit.as_bytes());
        let commit = self.repository.find_commit(id);
        let tree = commit.and_then(|commit| commit.tree());
        tree.map_err(|error| self.damaged(what, account(&error)))
    }

    /// The id of a commit's tree.
    pub(crate) fn tree(&self, commit: CommitId) -> Result<TreeId, RecipeError> {
        let id = gix::ObjectId::from(*commit.as_bytes());
        let tree = self.repository.find_commit(id);
        let tree = tree.and_then(|commit| commit.tree_id().map(gix::Id::detach));
        let what = || format!("the tree of {}", commit.short());
        let tree = tree.map_err(|error| self.damaged(&what(), account(&error)))?;
        Ok(TreeId::new(commit_id(tree)))
    }

    /// What a reader of a decision about this revision should know: what git
    /// shows otherwise than it is read here, as replacements and grafts are not
    /// followed; and where the clone itself tells that the revision is stale.
    pub(crate) fn notes(&self, head: &str) -> Vec<String> {
        let replaced = self.repository.references().ok().and_then(|references| {
            let replaced = references.prefixed("refs/replace/").ok()?;
            Some(replaced.count())
        });
        let grafts = self.repository.common_dir().join("info/grafts");
        let has_grafts = grafts.metadata().is_ok_and(|file| file.len() > 0);
        let replaced = match replaced.unwrap_or_default() {
            0 => None,
            1 => Some("1 replacement in refs/replace is".to_owned()),
            count => Some(format!("{count} replacements in refs/replace are")),
        };
        let grafts = has_grafts.then(|| "the grafts in info/grafts are".to_owned());
        let notes = [replaced, grafts].into_iter().flatten();
        notes
            .map(|what| format!("{what} not followed: objects are read as they are"))
            .chain(origin::stale(&self.repository, head))
            .collect()
    }

    /// The folders that hold the objects: the repository's own, and those of
    /// the repositories that it borrows from.
    pub(crate) fn object_folders(&self) -> Result<Vec<PathBuf>, RecipeError> {
        let store = self.repository.objects.store_ref();
        let mut folders = vec![store.path().to_owned()];
        let alternates = store.alternate_db_paths();
        let damaged = |error| self.damaged("the list of borrowed objects", account(&error));
        folders.extend(alternates.map_err(damaged)?);
        Ok(folders)
    }

    fn damaged(&self, what: &str, why: String) -> RecipeError {
        RecipeError::Damaged {
            what: what.to_owned(),
            directory: self.directory.clone(),
            why,
        }
    }

    /// Writes the tree of a commit into a new folder, and proves that it is
    /// there.
    ///
    /// # Errors
    ///
    /// The commit cannot be read, its tree holds what must not be written, or
    /// the folder exists or cannot be written.
    pub fn check_out(&self, commit: CommitId, folder: &Path) -> Result<TreeId, RecipeError> {
        let wanted = self.tree(commit)?;
        checkout::write_out(&self.object_folders()?, wanted, folder).map_err(|source| {
            RecipeError::Checkout {
                commit,
                source: Box::new(source),
            }
        })?;
        Ok(wanted)
    }
}

fn commit_id(id: gix::ObjectId) -> CommitId {
    let bytes = id
        .as_bytes()
        .try_into()
        .expect("SHA-256 repositories are refused when opened");
    CommitId::from_bytes(bytes)
}

/// Tells whether a link climbs out of the tree, by the words of its target alone.
fn leads_out(link: &[u8], target: &[u8]) -> bool {
    let mut depth = link.split(|byte| *byte == b'/').count() - 1;
    target.starts_with(b"/")
        || target.split(|byte| *byte == b'/').any(|part| match part {
            b".." => {
                let is_out = depth == 0;
                depth = depth.saturating_sub(1);
                is_out
            }
            b"" | b"." => false,
            _ => {
                depth += 1;
                false
            }
        })
}
