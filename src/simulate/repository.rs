//! Builds git repositories, with libgit2: another implementation than the one
//! that reads them, so that a fault of one cannot hide in both.
//!
//! Author, committer, dates and branch names are fixed: the same calls give
//! the same commit ids everywhere.
//!
//! libgit2 reads the user's and the system's configuration as soon as it opens
//! or makes a repository, and nothing safe keeps it from that. So it is given
//! none: objects are made in memory and written as a pack, and the few plain
//! files around them (`HEAD`, `config`, one for each reference) are written
//! here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::build::TreeUpdateBuilder;
use git2::{
    Config, Error, FileMode, ObjectType, Odb, Oid, Reference, Repository, Signature, Time,
    TreeWalkMode, TreeWalkResult,
};

use samever_core::CommitId;

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
    git_directory: PathBuf,
    /// The objects that no pack on disk holds yet.
    unwritten: Vec<Oid>,
    commits: i64,
}

impl RepositoryBuilder {
    /// Makes an empty repository in `directory`, `bare` or with a worktree.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn init(directory: &Path, bare: bool) -> Result<Self, Error> {
        let git_directory = if bare {
            directory.to_owned()
        } else {
            directory.join(".git")
        };
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(git_directory.join(folder)).map_err(|error| failed(&error))?;
        }
        write(&git_directory.join("HEAD"), "ref: refs/heads/main\n")?;
        let config =
            format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n");
        write(&git_directory.join("config"), &config)?;
        let objects = Odb::new()?;
        objects.add_new_mempack_backend(1)?;
        let repository = Repository::from_odb(objects)?;
        repository.set_config(&Config::new()?)?;
        Ok(Self {
            repository,
            git_directory,
            unwritten: Vec::new(),
            commits: 0,
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
        self.write_reference(name, oid(commit)?)
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
            targets.push(match kind {
                TagKind::Lightweight => oid(*commit)?,
                TagKind::Annotated => self.tag_object(name, *commit)?,
            });
        }
        self.write_pack()?;
        for ((name, ..), target) in tags.iter().zip(targets) {
            self.write_reference(&format!("refs/tags/{name}"), target)?;
        }
        Ok(())
    }

    /// Deletes a tag.
    ///
    /// # Errors
    ///
    /// There is no such tag, or the repository cannot be written.
    pub fn delete_tag(&self, name: &str) -> Result<(), Error> {
        let path = self.reference_path(&format!("refs/tags/{name}"))?;
        fs::remove_file(path).map_err(|error| failed(&error))
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

    fn tag_object(&mut self, name: &str, commit: CommitId) -> Result<Oid, Error> {
        let target = self
            .repository
            .find_object(oid(commit)?, Some(ObjectType::Commit))?;
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
        let folder = self.git_directory.join("objects/pack");
        pack.write(&folder, 0)
            .map_err(|error| match error.message() {
                "no error" => {
                    Error::from_str("its objects cannot be written: the disk may be full")
                }
                _ => error,
            })
    }

    fn write_reference(&self, name: &str, target: Oid) -> Result<(), Error> {
        let path = self.reference_path(name)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        }
        write(&path, &format!("{target}\n"))
    }

    /// Where a reference of this name stands; a name that git allows leads
    /// nowhere else.
    fn reference_path(&self, name: &str) -> Result<PathBuf, Error> {
        if Reference::is_valid_name(name) && name.starts_with("refs/") {
            Ok(self.git_directory.join(name))
        } else {
            Err(Error::from_str(&format!(
                "git allows no reference of the name {name}"
            )))
        }
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

fn write(path: &Path, content: &str) -> Result<(), Error> {
    fs::write(path, content).map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    Error::from_str(&error.to_string())
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
