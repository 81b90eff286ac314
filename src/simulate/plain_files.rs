//! The plain files of a repository under construction: `HEAD`, `config`, its references, loose or
//! packed, and what says where the rest of it is.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Error, Oid, Reference};

use crate::simulate::layout::{Home, RepositoryLayout};

/// The main branch, which some layouts have in other places too.
const MAIN: &str = "refs/heads/main";

/// What a reference leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) id: Oid,
    /// The commit of a tag object.
    pub(crate) peeled: Option<Oid>,
}

/// The plain files of a repository.
pub(crate) struct PlainFiles {
    layout: RepositoryLayout,
    /// The folder of references and objects, whole from the root.
    folder: PathBuf,
    /// The folder of another repository's objects that are borrowed.
    lender: PathBuf,
    packed: BTreeMap<String, Target>,
    /// Every commit that is on disk, the first one first.
    commits: Vec<Oid>,
}

impl PlainFiles {
    /// Makes those of an empty repository for a folder.
    pub(crate) fn begin(directory: &Path, layout: RepositoryLayout) -> Result<Self, Error> {
        make(directory)?;
        let directory = directory.canonicalize().map_err(|error| failed(&error))?;
        let folder = match layout.home {
            Home::Bare => directory.clone(),
            Home::Worktree => directory.join(".git"),
            Home::LinkedWorktree => beside(&directory, "main").join(".git"),
        };
        for inner in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            make(&folder.join(inner))?;
        }
        let head = if layout.has_stale_head {
            "ref: refs/heads/elsewhere\n"
        } else {
            "ref: refs/heads/main\n"
        };
        write(&folder.join("HEAD"), head)?;
        let bare = layout.home == Home::Bare;
        let config =
            format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n");
        write(&folder.join("config"), &config)?;
        if layout.home == Home::LinkedWorktree {
            link(&directory, &folder, head)?;
        }
        let lender = beside(&directory, "lender").join("objects");
        if layout.borrows {
            make(&lender.join("pack"))?;
            let alternates = folder.join("objects/info/alternates");
            write(&alternates, &format!("{}\n", lender.display()))?;
        }
        if layout.has_trunk {
            let name = folder.join("refs/remotes/origin/HEAD");
            write_below(&name, "ref: refs/remotes/origin/trunk\n")?;
        }
        Ok(Self {
            layout,
            folder,
            lender,
            packed: BTreeMap::new(),
            commits: Vec::new(),
        })
    }

    /// Where the next objects go.
    pub(crate) fn pack_folder(&self) -> PathBuf {
        if self.layout.borrows && self.commits.is_empty() {
            self.lender.join("pack")
        } else {
            self.folder.join("objects/pack")
        }
    }

    /// Takes note of commits that are on disk.
    pub(crate) fn add_commits(&mut self, commits: impl Iterator<Item = Oid>) -> Result<(), Error> {
        self.commits.extend(commits);
        if !self.layout.is_shallow {
            return Ok(());
        }
        let lines = self.commits.iter().map(|id| format!("{id}\n"));
        let lines: Vec<_> = lines.collect();
        write(&self.folder.join("shallow"), &lines.concat())
    }

    /// Makes or moves references, all at once.
    pub(crate) fn point(&mut self, targets: &[(String, Target)]) -> Result<(), Error> {
        let mut is_repacked = false;
        for (at, (name, target)) in targets.iter().enumerate() {
            check(name)?;
            let is_last_of_many = at > 0 && at + 1 == targets.len();
            let is_new = self.layout.is_packed && !self.packed.contains_key(name);
            is_repacked |= is_new;
            if is_new {
                let stale = is_last_of_many.then(|| self.commits.first()).flatten();
                let stale = stale.map(|id| Target {
                    id: *id,
                    peeled: None,
                });
                self.packed.insert(name.clone(), stale.unwrap_or(*target));
            }
            if !is_new || is_last_of_many {
                self.write_loose(name, target.id)?;
            }
            if name == MAIN {
                self.point_others(target.id)?;
            }
        }
        if is_repacked {
            self.write_packed()?;
        }
        Ok(())
    }

    /// What a layout has beside the main branch.
    fn point_others(&self, main: Oid) -> Result<(), Error> {
        let Some(first) = self.commits.first() else {
            return Ok(());
        };
        if self.layout.has_stale_head {
            self.write_loose("refs/heads/elsewhere", *first)?;
        }
        if self.layout.has_trunk {
            self.write_loose("refs/remotes/origin/trunk", main)?;
            self.write_loose("refs/remotes/origin/main", *first)?;
        }
        Ok(())
    }

    /// Deletes a reference, loose and packed.
    pub(crate) fn delete(&mut self, name: &str) -> Result<(), Error> {
        check(name)?;
        let was_packed = self.packed.remove(name).is_some();
        if was_packed {
            self.write_packed()?;
        }
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if was_packed && error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|error| failed(&error)),
        }
    }

    fn write_loose(&self, name: &str, target: Oid) -> Result<(), Error> {
        write_below(&self.folder.join(name), &format!("{target}\n"))
    }

    fn write_packed(&self) -> Result<(), Error> {
        let mut lines = vec!["# pack-refs with: peeled fully-peeled sorted \n".to_owned()];
        for (name, target) in &self.packed {
            lines.push(format!("{} {name}\n", target.id));
            lines.extend(target.peeled.map(|peeled| format!("^{peeled}\n")));
        }
        write(&self.folder.join("packed-refs"), &lines.concat())
    }
}

/// Makes a folder a worktree that is linked to a repository.
fn link(directory: &Path, repository: &Path, head: &str) -> Result<(), Error> {
    let linked = repository.join("worktrees/linked");
    make(&linked)?;
    write(&linked.join("HEAD"), head)?;
    write(&linked.join("commondir"), "../..\n")?;
    let dot_git = directory.join(".git");
    write(&linked.join("gitdir"), &format!("{}\n", dot_git.display()))?;
    write(&dot_git, &format!("gitdir: {}\n", linked.display()))
}

/// A folder beside another.
fn beside(directory: &Path, what: &str) -> PathBuf {
    let name = directory.file_name().unwrap_or_default();
    let name = format!("{}-{what}", name.to_string_lossy());
    directory.with_file_name(name)
}

/// A name that git allows leads to no place but its own.
fn check(name: &str) -> Result<(), Error> {
    if Reference::is_valid_name(name) && name.starts_with("refs/") {
        Ok(())
    } else {
        Err(Error::from_str(&format!(
            "git allows no reference of the name {name}"
        )))
    }
}

fn make(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| failed(&error))
}

fn write_below(path: &Path, content: &str) -> Result<(), Error> {
    path.parent().map_or(Ok(()), make)?;
    write(path, content)
}

fn write(path: &Path, content: &str) -> Result<(), Error> {
    fs::write(path, content).map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    Error::from_str(&error.to_string())
}
