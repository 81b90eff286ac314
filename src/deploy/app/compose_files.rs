//! The compose files of an app: those that its variable `COMPOSE_FILE` names, in
//! the order in which they are merged.

use std::io;
use std::path::{Component, Path};

use crate::deploy::app::env_file::Variables;
use crate::deploy::app::text_file::read_whole;
use crate::recipe::COMPOSE;

/// The variable that names the files, with `:` between them.
pub(crate) const COMPOSE_FILE: &str = "COMPOSE_FILE";

/// A compose file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComposeFile {
    /// Its path in the tree.
    pub path: String,
    pub text: String,
}

/// The compose files cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeFilesError {
    #[error("its COMPOSE_FILE is {0:?}, where a path is empty; write one `:` between two paths")]
    Empty(String),
    #[error(
        "its COMPOSE_FILE names {0:?}, which is no path inside of its tree; write it from the top of \
         the tree, without .."
    )]
    Outside(String),
    #[error("its COMPOSE_FILE names {0:?}, and there is no such file in its tree")]
    Missing(String),
    #[error("it has no compose.yml, and no COMPOSE_FILE that names another file")]
    None,
    #[error("its {path} cannot be read: {why}")]
    Unreadable {
        /// Its path in the tree.
        path: String,
        why: io::Error,
    },
}

/// Reads the compose files of a tree, at least one.
///
/// Without a `COMPOSE_FILE`, or where it is empty, that is `compose.yml`.
///
/// # Errors
///
/// A file is not there or cannot be read, or is not one of the tree.
pub(crate) fn compose_files(
    tree: &Path,
    variables: &Variables,
) -> Result<Vec<ComposeFile>, ComposeFilesError> {
    let named = variables.get(COMPOSE_FILE).map(|named| named.trim());
    let named = named.filter(|named| !named.is_empty());
    let paths = named.unwrap_or(COMPOSE).split(':');
    let files = paths.map(|path| {
        let path = path.trim();
        if path.is_empty() {
            let named = named.unwrap_or_default();
            return Err(ComposeFilesError::Empty(named.to_owned()));
        }
        let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(is_inside) {
            return Err(ComposeFilesError::Outside(path.to_owned()));
        }
        if !tree.join(path).is_file() {
            return Err(match named {
                Some(_) => ComposeFilesError::Missing(path.to_owned()),
                None => ComposeFilesError::None,
            });
        }
        compose_file(tree, path)
    });
    files.collect()
}

/// Reads a compose file of a tree.
///
/// # Errors
///
/// It cannot be read, or is no text.
pub(crate) fn compose_file(tree: &Path, path: &str) -> Result<ComposeFile, ComposeFilesError> {
    let unreadable = |why| ComposeFilesError::Unreadable {
        path: path.to_owned(),
        why,
    };
    let bytes = read_whole(&tree.join(path)).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        unreadable(io::Error::other(format!(
            "it is not UTF-8 at byte {position}"
        )))
    })?;
    Ok(ComposeFile {
        path: path.to_owned(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::compose_files;

    #[test]
    fn the_files_are_those_that_the_variable_names_in_its_order() {
        let tree = tempfile::TempDir::new().unwrap();
        fs::create_dir(tree.path().join("db")).unwrap();
        for path in ["compose.yml", "compose.db.yml", "db/tune.yml"] {
            fs::write(tree.path().join(path), path).unwrap();
        }
        fs::write(tree.path().join("latin.yml"), b"x: \xe9").unwrap();
        let files = |named: Option<&str>| {
            let named = named.map(|named| ("COMPOSE_FILE".to_owned(), named.to_owned()));
            let files = compose_files(tree.path(), &named.into_iter().collect());
            files.map_err(|error| error.to_string()).map(|files| {
                assert!(files.iter().all(|file| file.path.ends_with(&file.text)));
                let paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
                paths.join(" ")
            })
        };
        for (named, paths) in [
            (None, "compose.yml"),
            (Some(""), "compose.yml"),
            (Some(" "), "compose.yml"),
            (Some("compose.db.yml"), "compose.db.yml"),
            (
                Some("compose.yml:compose.db.yml"),
                "compose.yml compose.db.yml",
            ),
            (
                Some("compose.db.yml : compose.yml"),
                "compose.db.yml compose.yml",
            ),
            (
                Some("./compose.yml:db/tune.yml"),
                "./compose.yml db/tune.yml",
            ),
        ] {
            assert_eq!(files(named).as_deref(), Ok(paths), "{named:?}");
        }
        for (named, told) in [
            ("compose.yml:", "where a path is empty"),
            (":compose.db.yml", "where a path is empty"),
            ("compose.yml::compose.db.yml", "where a path is empty"),
            ("/etc/passwd", "\"/etc/passwd\", which is no path inside"),
            (
                "compose.yml:../x.yml",
                "\"../x.yml\", which is no path inside",
            ),
            ("db/../compose.yml", "no path inside"),
            (
                "compose.yml:compose.none.yml",
                "\"compose.none.yml\", and there is no such file",
            ),
            ("db", "\"db\", and there is no such file"),
            ("a\u{1b}.yml", "\"a\\u{1b}.yml\""),
            (
                "latin.yml",
                "its latin.yml cannot be read: it is not UTF-8 at byte 3",
            ),
        ] {
            let why = files(Some(named)).unwrap_err();
            assert!(why.contains(told), "{named:?}: {why}");
        }
        fs::remove_file(tree.path().join("compose.yml")).unwrap();
        assert!(
            files(None)
                .unwrap_err()
                .starts_with("it has no compose.yml")
        );
    }
}
