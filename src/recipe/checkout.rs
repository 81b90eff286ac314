//! Trees on disk: written out of a repository, and proved to be what they are.
//!
//! The tree comes from strangers. Objects are read with libgit2 from the
//! object folders alone, without any configuration, so that no filter, hook or
//! attribute applies; names are judged by gix's rules; and what could leave
//! the folder is refused. The proof reads the folder back and computes its
//! tree's id anew.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Config, FileMode, ObjectType, Odb, Oid, Repository, Tree, TreeEntry};

use samever_core::CommitId;
use serde::{Deserialize, Serialize};

/// The most that is written of one tree: real recipes have a hundred files of
/// a few KiB.
const ENTRIES_MAX: usize = 100_000;
const BYTES_MAX: usize = 512 * 1024 * 1024;
const DEPTH_MAX: usize = 128;

/// The longest names and paths in a tree, in bytes: file systems have no longer
/// names, and a path must leave room for the folder that it is in.
const NAME_BYTES_MAX: usize = 255;
const PATH_BYTES_MAX: usize = 2048;

/// The id of a tree: two folders with the same files have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TreeId(CommitId);

impl TreeId {
    pub(crate) fn new(id: CommitId) -> Self {
        Self(id)
    }

    /// Displays the first 12 digits, enough for a person to tell trees apart.
    pub(crate) fn short(&self) -> impl std::fmt::Display {
        self.0.short()
    }

    /// Computes the id of what is in a folder, as git would commit it.
    ///
    /// # Errors
    ///
    /// The folder cannot be read, or holds what git cannot.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        let objects = Odb::new().map_err(io::Error::other)?;
        objects
            .add_new_mempack_backend(1)
            .map_err(io::Error::other)?;
        let repository = without_configuration(objects).map_err(io::Error::other)?;
        let id = hash_folder(&repository, folder, 0)?;
        let empty = Oid::hash_object(ObjectType::Tree, &[]).map_err(io::Error::other)?;
        Ok(Self(commit_id(id.unwrap_or(empty))))
    }
}

impl std::fmt::Display for TreeId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Why no tree with such an entry is checked out.
pub(super) const SUBMODULE: &str = "is a submodule, whose files are not in the repository";
pub(super) const LINK_OUT: &str = "is a symbolic link out of the tree";

/// Why a tree could not be checked out.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The tree holds what is not written to disk.
    #[error("{path} {why}, so the tree is not checked out; remove it from the tree")]
    Refused {
        /// Where in the tree.
        path: String,
        why: String,
    },
    /// What is on disk is not what the commit holds.
    #[error("the folder {} holds the tree {found}, not {wanted}, after its checkout", .folder.display())]
    NotProved {
        folder: PathBuf,
        found: TreeId,
        wanted: TreeId,
    },
    #[error(
        "the tree cannot be read: {}; `git fsck` tells what is wrong, `git fetch --refetch --no-filter \
         --tags` completes a partial clone", .0.message()
    )]
    Objects(#[from] git2::Error),
    #[error("the folder {} cannot be written: {why}", .folder.display())]
    Io { folder: PathBuf, why: io::Error },
}

/// Writes a tree out of object folders into a new folder, and proves that it is
/// there.
pub(super) fn write_out(
    object_folders: &[PathBuf],
    wanted: TreeId,
    folder: &Path,
) -> Result<(), CheckoutError> {
    let objects = Odb::new()?;
    for objects_folder in object_folders {
        let path = objects_folder.to_str().ok_or_else(|| {
            git2::Error::from_str("the path of the repository is not UTF-8, which libgit2 needs")
        })?;
        objects.add_disk_alternate(path)?;
    }
    let repository = without_configuration(objects)?;
    let tree = repository.find_tree(Oid::from_bytes(wanted.0.as_bytes())?)?;
    let mut checkout = Checkout {
        repository: &repository,
        top: folder,
        links: Vec::new(),
        entries: 0,
        bytes: 0,
    };
    checkout.write_tree(&tree, Path::new(""), 0)?;
    checkout.require_links_inside()?;
    let found = TreeId::of_folder(folder).map_err(|why| checkout.io(why))?;
    if found == wanted {
        Ok(())
    } else {
        Err(CheckoutError::NotProved {
            folder: folder.to_owned(),
            found,
            wanted,
        })
    }
}

struct Checkout<'a> {
    repository: &'a Repository,
    top: &'a Path,
    links: Vec<PathBuf>,
    entries: usize,
    bytes: usize,
}

impl Checkout<'_> {
    fn write_tree(
        &mut self,
        tree: &Tree<'_>,
        path: &Path,
        depth: usize,
    ) -> Result<(), CheckoutError> {
        if depth > DEPTH_MAX {
            return Err(refused(path, "is nested deeper than 128 folders"));
        }
        // Fails where something is there: nothing is written through a link.
        fs::create_dir(self.top.join(path)).map_err(|why| self.io(why))?;
        let mut names = BTreeSet::new();
        for entry in tree {
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(refused(path, "is one file too many: over 100,000"));
            }
            let path = path.join(name(&entry, path)?);
            if entry.name_bytes().len() > NAME_BYTES_MAX || path.as_os_str().len() > PATH_BYTES_MAX
            {
                return Err(refused(&path, "has a name or a path that is too long"));
            }
            // On some file systems the two would be one file.
            if !names.insert(entry.name_bytes().to_ascii_lowercase()) {
                return Err(refused(
                    &path,
                    "differs from its neighbour in upper and lower case only",
                ));
            }
            self.write_entry(&entry, &path, depth)?;
        }
        Ok(())
    }

    fn write_entry(
        &mut self,
        entry: &TreeEntry<'_>,
        path: &Path,
        depth: usize,
    ) -> Result<(), CheckoutError> {
        let target = self.top.join(path);
        match entry.filemode() {
            0o040_000 => {
                let tree = self.repository.find_tree(entry.id())?;
                self.write_tree(&tree, path, depth + 1)
            }
            0o100_644 | 0o100_664 => self.write_file(entry, path, false),
            0o100_755 => self.write_file(entry, path, true),
            0o120_000 => {
                let content = self.blob(entry.id(), path)?;
                let link = gix::path::from_bstring(content)
                    .map_err(|_| refused(path, "is a symbolic link to what is no text"))?;
                if link.has_root() || link.is_absolute() {
                    return Err(refused(path, LINK_OUT));
                }
                make_link(&link, &target).map_err(|why| self.io(why))?;
                self.links.push(target);
                Ok(())
            }
            0o160_000 => Err(refused(path, SUBMODULE)),
            _ => Err(refused(path, "is of a kind that git does not know")),
        }
    }

    fn write_file(
        &mut self,
        entry: &TreeEntry<'_>,
        path: &Path,
        executable: bool,
    ) -> Result<(), CheckoutError> {
        let content = self.blob(entry.id(), path)?;
        let target = self.top.join(path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(if executable { 0o777 } else { 0o666 });
        }
        #[cfg(not(unix))]
        let _ = executable;
        options
            .open(&target)
            .and_then(|mut file| io::Write::write_all(&mut file, &content))
            .map_err(|why| self.io(why))
    }

    fn blob(&mut self, id: Oid, path: &Path) -> Result<Vec<u8>, CheckoutError> {
        let (size, _) = self.repository.odb()?.read_header(id)?;
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > BYTES_MAX {
            return Err(refused(path, "makes the tree larger than 512 MiB"));
        }
        Ok(self.repository.find_blob(id)?.content().to_vec())
    }

    /// Links whose targets have no `..` and no root stay inside, as long as all
    /// others do; the rest must lead to something that is inside.
    fn require_links_inside(&self) -> Result<(), CheckoutError> {
        let top = self.top.canonicalize().map_err(|why| self.io(why))?;
        for link in &self.links {
            let target = fs::read_link(link).map_err(|why| self.io(why))?;
            let climbs = target
                .components()
                .any(|component| component == std::path::Component::ParentDir);
            if !climbs {
                continue;
            }
            let why = match link.canonicalize() {
                Ok(end) if end.starts_with(&top) => continue,
                Ok(_) => LINK_OUT,
                Err(_) => "is a symbolic link out of the tree, or by way of .. to nothing",
            };
            let path = link.strip_prefix(self.top).unwrap_or(link);
            return Err(refused(path, why));
        }
        Ok(())
    }

    fn io(&self, why: io::Error) -> CheckoutError {
        CheckoutError::Io {
            folder: self.top.to_owned(),
            why,
        }
    }
}

/// The entry's name as one component of a path, if it is nothing else.
fn name(entry: &TreeEntry<'_>, path: &Path) -> Result<PathBuf, CheckoutError> {
    let mode = (entry.filemode() == i32::from(FileMode::Link))
        .then_some(gix::validate::path::component::Mode::Symlink);
    let options = gix::validate::path::component::Options {
        protect_windows: cfg!(windows),
        ..Default::default()
    };
    let shown = || path.join(String::from_utf8_lossy(entry.name_bytes()).as_ref());
    gix::validate::path::component(entry.name_bytes().into(), mode, options)
        .map_err(|why| refused(&shown(), &format!("has a dangerous name ({why})")))?;
    gix::path::from_byte_slice(entry.name_bytes())
        .map(Path::to_owned)
        .map_err(|_| refused(&shown(), "has a name that is no text"))
}

fn refused(path: &Path, why: &str) -> CheckoutError {
    CheckoutError::Refused {
        path: path.display().to_string(),
        why: why.to_owned(),
    }
}

/// Wraps objects so that libgit2 has no configuration to look for.
fn without_configuration(objects: Odb<'_>) -> Result<Repository, git2::Error> {
    let repository = Repository::from_odb(objects)?;
    repository.set_config(&Config::new()?)?;
    Ok(repository)
}

/// Hashes what is in a folder; `None` for a folder without files, which git
/// does not know.
fn hash_folder(repository: &Repository, folder: &Path, depth: usize) -> io::Result<Option<Oid>> {
    if depth > DEPTH_MAX {
        return Err(io::Error::other("it is nested deeper than 128 folders"));
    }
    let mut builder = repository.treebuilder(None).map_err(io::Error::other)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let (id, mode) = if kind.is_dir() {
            match hash_folder(repository, &path, depth + 1)? {
                Some(id) => (id, FileMode::Tree),
                None => continue,
            }
        } else if kind.is_symlink() {
            let target = gix::path::into_bstr(fs::read_link(&path)?).map_err(io::Error::other)?;
            let blob = repository.blob(&target).map_err(io::Error::other)?;
            (blob, FileMode::Link)
        } else {
            let blob = repository.blob(&fs::read(&path)?);
            (blob.map_err(io::Error::other)?, file_mode(&entry)?)
        };
        let name = entry.file_name();
        builder
            .insert(name, id, mode.into())
            .map_err(io::Error::other)?;
    }
    if builder.is_empty() {
        return Ok(None);
    }
    builder.write().map(Some).map_err(io::Error::other)
}

#[cfg(unix)]
fn file_mode(entry: &fs::DirEntry) -> io::Result<FileMode> {
    use std::os::unix::fs::PermissionsExt;
    Ok(if entry.metadata()?.permissions().mode() & 0o100 == 0 {
        FileMode::Blob
    } else {
        FileMode::BlobExecutable
    })
}

#[cfg(not(unix))]
fn file_mode(_entry: &fs::DirEntry) -> io::Result<FileMode> {
    Ok(FileMode::Blob)
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn make_link(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::Error::other(
        "symbolic links are not made on this system",
    ))
}

fn commit_id(id: Oid) -> CommitId {
    CommitId::from_bytes(
        id.as_bytes()
            .try_into()
            .expect("libgit2 is built for SHA-1 ids"),
    )
}
