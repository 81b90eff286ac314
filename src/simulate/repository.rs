//! Builds git repositories, with libgit2: another implementation than the one
//! that reads them, so that a fault of one cannot hide in both.
//!
//! Author, committer, dates and branch names are fixed: the same calls give
//! the same commit ids everywhere.

use std::path::Path;

use git2::{Error, ObjectType, Oid, Repository, RepositoryInitOptions, Signature, Time};

use crate::resolve::CommitId;

/// 2025-01-01T00:00:00Z, in seconds; each commit is a day later than the last.
const FIRST_COMMIT_SECONDS: i64 = 1_735_689_600;
const DAY_SECONDS: i64 = 86_400;

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
    repository: Repository,
    commits: i64,
}

impl RepositoryBuilder {
    /// Makes an empty repository in `directory`, `bare` or with a worktree.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn init(directory: &Path, bare: bool) -> Result<Self, Error> {
        let mut options = RepositoryInitOptions::new();
        options
            .bare(bare)
            .external_template(false)
            .initial_head("main");
        Ok(Self {
            repository: Repository::init_opts(directory, &options)?,
            commits: 0,
        })
    }

    /// Commits a tree of exactly these files (name and content) on top of
    /// `parent`, on no branch. Nothing is checked out.
    ///
    /// # Errors
    ///
    /// The repository cannot be written.
    pub fn commit(
        &mut self,
        parent: Option<CommitId>,
        files: &[(&str, &[u8])],
    ) -> Result<CommitId, Error> {
        let mut tree = self.repository.treebuilder(None)?;
        for (name, content) in files {
            let blob = self.repository.blob(content)?;
            tree.insert(name, blob, git2::FileMode::Blob.into())?;
        }
        let tree = self.repository.find_tree(tree.write()?)?;
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
        Ok(commit_id(id))
    }

    /// Commits a recipe: a tree with a `compose.yml` that carries `version` as
    /// its label.
    ///
    /// # Errors
    ///
    /// The repository cannot be written.
    pub fn release(&mut self, parent: Option<CommitId>, version: &str) -> Result<CommitId, Error> {
        self.commit(parent, &[("compose.yml", compose(version).as_bytes())])
    }

    /// Points a branch, `refs/heads/…` or `refs/remotes/…`, to a commit.
    ///
    /// # Errors
    ///
    /// The repository cannot be written.
    pub fn reference(&self, name: &str, commit: CommitId) -> Result<(), Error> {
        self.repository
            .reference(name, oid(commit)?, true, "samever")
            .map(drop)
    }

    /// Makes or moves a tag.
    ///
    /// # Errors
    ///
    /// The name is none that git allows, or the repository cannot be written.
    pub fn tag(&self, name: &str, commit: CommitId, kind: TagKind) -> Result<(), Error> {
        let target = self
            .repository
            .find_object(oid(commit)?, Some(ObjectType::Commit))?;
        match kind {
            TagKind::Annotated => self
                .repository
                .tag(name, &target, &self.signature()?, name, true)
                .map(drop),
            TagKind::Lightweight => self
                .repository
                .tag_lightweight(name, &target, true)
                .map(drop),
        }
    }

    fn signature(&self) -> Result<Signature<'static>, Error> {
        let time = Time::new(FIRST_COMMIT_SECONDS + self.commits * DAY_SECONDS, 0);
        Signature::new("samever", "samever@example.org", &time)
    }
}

/// A `compose.yml` as recipes have it, with this version label.
fn compose(version: &str) -> String {
    format!(
        "services:\n  app:\n    image: example\n    deploy:\n      labels:\n        \
         - \"coop-cloud.${{STACK_NAME}}.version={version}\"\n"
    )
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
