//! Builds git repositories, with libgit2: another implementation than the one
//! that reads them, so that a fault of one cannot hide in both.
//!
//! Author, committer, dates and branch names are fixed: the same calls give
//! the same commit ids everywhere, whatever the layout.
//!
//! libgit2 reads the user's and the system's configuration as soon as it opens
//! or makes a repository, and nothing safe keeps it from that. So it is given
//! none: objects are made in memory and written as a pack, and the few plain
//! files around them (`HEAD`, `config`, the references) are written without it.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{
    Config, Error, FileMode, Odb, Oid, Repository, Signature, Time, TreeWalkMode, TreeWalkResult,
};

use samever_core::CommitId;

use crate::simulate::layout::RepositoryLayout;
use crate::simulate::plain_files::{PlainFiles, Target};

/// 2025-01-01T00:00:00Z, in seconds; each commit is a day later than the last.
const FIRST_COMMIT_SECONDS: i64 = 1_735_689_600;
const DAY_SECONDS: i64 = 86_400;

/// The most folders, one in the other, of a tree.
const DEPTH_MAX: usize = 128;

/// How a tag is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// A tag object with a message, as `git tag -a` makes.
    Annotated,
    /// A reference to the commit itself, as `git tag` makes.
    Lightweight,
}

/// A repository under construction, with the branch `main` checked out or not.
pub struct RepositoryBuilder {
    /// Holds every object that was made, in memory alone.
    repository: Repository,
    layout: RepositoryLayout,
    files: PlainFiles,
    /// The objects that no pack on disk holds yet.
    unwritten: Vec<Oid>,
    /// The commits among them.
    unwritten_commits: Vec<Oid>,
    commits: i64,
    tags: usize,
}

impl RepositoryBuilder {
    /// Makes an empty repository in `directory`, `bare` or with a worktree.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn init(directory: &Path, bare: bool) -> Result<Self, Error> {
        let layout = if bare {
            RepositoryLayout::BARE
        } else {
            RepositoryLayout::WORKTREE
        };
        Self::laid_out(directory, layout)
    }

    /// Makes an empty repository of a layout, that `directory` opens. Some of it may be
    /// beside `directory`, in folders whose names begin with its name.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn laid_out(directory: &Path, layout: RepositoryLayout) -> Result<Self, Error> {
        let files = PlainFiles::begin(directory, layout)?;
        let objects = Odb::new()?;
        objects.add_new_mempack_backend(1)?;
        let repository = Repository::from_odb(objects)?;
        repository.set_config(&Config::new()?)?;
        Ok(Self {
            repository,
            layout,
            files,
            unwritten: Vec::new(),
            unwritten_commits: Vec::new(),
            commits: 0,
            tags: 0,
        })
    }

    /// Commits a tree of exactly these files (path and content) on top of
    /// `parent`, on no branch. Nothing is checked out, and nothing is on disk
    /// before a reference or a tag is made.
    ///
    /// # Errors
    ///
    /// A path is none that git allows.
    pub fn commit(
        &mut self,
        parent: Option<CommitId>,
        files: &[(&str, &[u8])],
    ) -> Result<CommitId, Error> {
        self.commit_with_links(parent, files, &[])
    }

    /// The same with symbolic links (path and target) in the tree.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub fn commit_with_links(
        &mut self,
        parent: Option<CommitId>,
        files: &[(&str, &[u8])],
        links: &[(&str, &str)],
    ) -> Result<CommitId, Error> {
        let tree = self.tree(files, links)?;
        let tree = self.repository.find_tree(tree)?;
        let parent = parent
            .map(|parent| self.repository.find_commit(oid(parent)?))
            .transpose()?;
        let parents: Vec<_> = parent.iter().collect();
        let signature = self.signature()?;
        let message = format!("commit {}", self.commits);
        let id = self
            .repository
            .commit(None, &signature, &signature, &message, &tree, &parents)?;
        self.commits += 1;
        self.unwritten.push(id);
        self.unwritten_commits.push(id);
        Ok(commit_id(id))
    }

    /// Commits a recipe: a tree with a `compose.yml` that carries `version` as
    /// its label.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit).
    pub fn release(&mut self, parent: Option<CommitId>, version: &str) -> Result<CommitId, Error> {
        self.commit(
            parent,
            &[("compose.yml", compose(Some(version)).as_bytes())],
        )
    }

    /// The id of a commit's tree, in hexadecimal.
    ///
    /// # Errors
    ///
    /// No such commit was made here.
    pub fn tree_id(&self, commit: CommitId) -> Result<String, Error> {
        let commit = self.repository.find_commit(oid(commit)?)?;
        Ok(commit.tree_id().to_string())
    }

    /// Points a branch, `refs/heads/…` or `refs/remotes/…`, to a commit, and
    /// writes whatever it needs.
    ///
    /// # Errors
    ///
    /// The name is none that git allows, or the repository cannot be written.
    pub fn reference(&mut self, name: &str, commit: CommitId) -> Result<(), Error> {
        self.write_pack()?;
        let target = Target {
            id: oid(commit)?,
            peeled: None,
        };
        self.files.point(&[(name.to_owned(), target)])
    }

    /// Makes or moves a tag.
    ///
    /// # Errors
    ///
    /// As [`reference`](Self::reference).
    pub fn tag(&mut self, name: &str, commit: CommitId, kind: TagKind) -> Result<(), Error> {
        self.tags(&[(name, commit, kind)])
    }

    /// Makes or moves many tags, with one pack for all of them.
    ///
    /// # Errors
    ///
    /// As [`reference`](Self::reference).
    pub fn tags(&mut self, tags: &[(&str, CommitId, TagKind)]) -> Result<(), Error> {
        let mut targets = Vec::with_capacity(tags.len());
        for (name, commit, kind) in tags {
            let target = self.target(name, oid(*commit)?, *kind)?;
            targets.push((format!("refs/tags/{name}"), target));
        }
        self.write_pack()?;
        self.files.point(&targets)
    }

    /// Deletes a tag.
    ///
    /// # Errors
    ///
    /// There is no such tag, or the repository cannot be written.
    pub fn delete_tag(&mut self, name: &str) -> Result<(), Error> {
        self.files.delete(&format!("refs/tags/{name}"))
    }

    fn tree(&mut self, files: &[(&str, &[u8])], links: &[(&str, &str)]) -> Result<Oid, Error> {
        let files = files
            .iter()
            .map(|(path, content)| (*path, *content, FileMode::Blob));
        let links = links
            .iter()
            .map(|(path, target)| (*path, target.as_bytes(), FileMode::Link));
        let mut update = TreeUpdateBuilder::new();
        // libgit2 goes down by recursion.
        let is_deep = |(path, ..): &(&str, &[u8], FileMode)| path.split('/').count() > DEPTH_MAX;
        if files
            .clone()
            .chain(links.clone())
            .any(|entry| is_deep(&entry))
        {
            return Err(Error::from_str("a path is nested deeper than 128 folders"));
        }
        for (path, content, mode) in files.chain(links) {
            let blob = self.repository.blob(content)?;
            update.upsert(path, blob, mode);
        }
        let empty = self.repository.treebuilder(None)?.write()?;
        let empty = self.repository.find_tree(empty)?;
        let id = update.create_updated(&self.repository, &empty)?;
        let tree = self.repository.find_tree(id)?;
        tree.walk(TreeWalkMode::PreOrder, |_, entry| {
            self.unwritten.push(entry.id());
            TreeWalkResult::Ok
        })?;
        self.unwritten.push(id);
        Ok(id)
    }

    /// What a tag leads to.
    fn target(&mut self, name: &str, commit: Oid, kind: TagKind) -> Result<Target, Error> {
        let turn = self.tags % 3;
        self.tags += 1;
        let (is_object, is_of_a_tag) = match (self.layout.tags_take_turns, turn) {
            (true, 0) => (true, true),
            (true, 1) => (false, false),
            (true | false, _) => (kind == TagKind::Annotated, false),
        };
        let mut id = commit;
        if is_object {
            id = self.tag_object(name, id)?;
        }
        if is_of_a_tag {
            id = self.tag_object(name, id)?;
        }
        Ok(Target {
            id,
            peeled: is_object.then_some(commit),
        })
    }

    fn tag_object(&mut self, name: &str, target: Oid) -> Result<Oid, Error> {
        let target = self.repository.find_object(target, None)?;
        let signature = self.signature()?;
        let id = self
            .repository
            .tag_annotation_create(name, &target, &signature, name)?;
        self.unwritten.push(id);
        Ok(id)
    }

    fn write_pack(&mut self) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let mut pack = self.repository.packbuilder()?;
        for id in self.unwritten.drain(..) {
            pack.insert_object(id, None)?;
        }
        pack.write(&self.files.pack_folder(), 0)
            .map_err(|error| match error.message() {
                "no error" => {
                    Error::from_str("its objects cannot be written: the disk may be full")
                }
                _ => error,
            })?;
        self.files.add_commits(self.unwritten_commits.drain(..))
    }

    fn signature(&self) -> Result<Signature<'static>, Error> {
        let time = Time::new(FIRST_COMMIT_SECONDS + self.commits * DAY_SECONDS, 0);
        Signature::new("samever", "samever@example.org", &time)
    }
}

/// A `compose.yml` as recipes have it, with or without a version label.
pub(crate) fn compose(version: Option<&str>) -> String {
    let service = "services:\n  app:\n    image: example\n".to_owned();
    let Some(version) = version else {
        return service;
    };
    // A string of JSON is a quoted one of YAML, whatever is in it.
    let label = format!("coop-cloud.${{STACK_NAME}}.version={version}");
    let label = serde_json::Value::from(label);
    service + &format!("    deploy:\n      labels:\n        - {label}\n")
}

fn oid(commit: CommitId) -> Result<Oid, Error> {
    Oid::from_bytes(commit.as_bytes())
}

fn commit_id(id: Oid) -> CommitId {
    CommitId::from_bytes(
        id.as_bytes()
            .try_into()
            .expect("libgit2 is built for SHA-1 ids"),
    )
}
