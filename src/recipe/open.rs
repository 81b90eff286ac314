//! Finds and opens the repository that a folder belongs to.
//!
//! The nearest `.git` decides, as with git: where that one cannot be read
//! there is no answer, rather than the answer of some repository above it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use gix::config::Source;
use gix::config::file::Metadata;

use crate::recipe::error::{RecipeError, account};

/// The extensions of a repository that change nothing for a reader of commits
/// and references, in lower case.
const HARMLESS_EXTENSIONS: [&str; 7] = [
    "noop",
    "preciousobjects",
    "partialclone",
    "worktreeconfig",
    "relativeworktrees",
    "objectformat",
    "refstorage",
];

/// Opens the repository that holds `directory`.
pub(crate) fn open(directory: &Path) -> Result<gix::Repository, RecipeError> {
    let refused = |why: String| RecipeError::NotARepository {
        directory: directory.to_owned(),
        why,
    };
    let absolute = fs::canonicalize(directory).map_err(|error| refused(error.to_string()))?;
    let top = absolute
        .ancestors()
        .find(|folder| is_there(folder))
        .ok_or_else(|| refused("there is no .git here or above".to_owned()))?;
    // Nothing is executed and nothing is written, so whose folder it is does
    // not matter: all of the repository's own configuration counts.
    let mut permissions = gix::open::Permissions::isolated();
    // What it includes is a part of it, as with git: relative to the file that
    // includes it, or to the home folder.
    permissions.config.includes = true;
    permissions.env.home = gix::sec::Permission::Allow;
    // Objects are read as they are, never through `refs/replace`: what is read
    // here is what is written to disk.
    let options = gix::open::Options::isolated()
        .permissions(permissions)
        .with(gix::sec::Trust::Full)
        .config_overrides(["core.useReplaceRefs=false"])
        .filter_config_section(|_| true);
    let repository = gix::open_opts(top, options).map_err(|error| {
        let why = account(&error);
        if why.contains("sha256") {
            sha256(directory)
        } else if why.contains("include chain") {
            let why = "its configuration includes itself, or files in files, more than ten deep";
            refused(why.to_owned())
        } else {
            refused(why)
        }
    })?;
    let config = repository.common_dir().join("config");
    match fs::File::open(&config) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(refused(format!("{}: {error}", config.display())));
        }
        Ok(_) | Err(_) => {}
    }
    check_format(&repository, directory)?;
    Ok(repository)
}

/// Tells whether a folder is a repository itself, bare or not.
pub(crate) fn is_there(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok() || is_bare(folder)
}

fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

fn sha256(directory: &Path) -> RecipeError {
    RecipeError::Unsupported {
        directory: directory.to_owned(),
        what: "names its objects by SHA-256".to_owned(),
        remedy: "export it into a new one that does not: \
                 `git fast-export --all | git -C NEW fast-import`",
    }
}

/// Refuses what would be misread: other object ids, other kinds of reference
/// storage, and extensions that are not known, as git does. For these, as with
/// git, only the repository's `config` itself counts, not what it includes.
fn check_format(repository: &gix::Repository, directory: &Path) -> Result<(), RecipeError> {
    let unsupported = |what: String, remedy| RecipeError::Unsupported {
        directory: directory.to_owned(),
        what,
        remedy,
    };
    if repository.object_hash() != gix::hash::Kind::Sha1 {
        return Err(sha256(directory));
    }
    let is_own = |meta: &Metadata| meta.source == Source::Local && meta.level == 0;
    let config = repository.config_snapshot();
    let config = config.plumbing();
    let storage = config.string_filter("extensions.refStorage", is_own);
    if storage.is_some_and(|storage| !storage.eq_ignore_ascii_case(b"files")) {
        return Err(unsupported(
            "keeps its references in another way than as files (as a reftable)".to_owned(),
            "make a copy that can be read: `git clone --mirror --ref-format=files`",
        ));
    }
    let version = config.integer_filter("core.repositoryFormatVersion", is_own);
    let version = version.ok().flatten().unwrap_or(0);
    let sections = config.sections_by_name("extensions").into_iter().flatten();
    let unknown = sections
        .filter(|section| is_own(section.meta()))
        .flat_map(|section| section.value_names().collect::<Vec<_>>())
        .map(|name| name.to_ascii_lowercase())
        .find(|name| !HARMLESS_EXTENSIONS.contains(&name.as_str()));
    match unknown {
        Some(name) if version >= 1 => Err(unsupported(
            format!("has the extension {name}"),
            "a newer samever may know it",
        )),
        Some(_) | None => Ok(()),
    }
}
