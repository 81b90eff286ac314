//! The app that a version of a recipe makes: its environment, and the compose
//! files that are merged into it.
//!
//! The rules are those of `abra app deploy` and `abra app upgrade`
//! (docs/deployers.md). All files of a recipe are a stranger's: they are read as
//! texts, and never by a shell.

mod abra_sh;
mod compose_files;
pub(crate) mod env_file;
mod environment;
mod text_file;

pub(crate) use compose_files::{COMPOSE_FILE, ComposeFile, compose_file, compose_files};
pub(crate) use env_file::Variables;
pub(crate) use environment::{AppEnvironment, Environment, EnvironmentError};

use std::path::Path;

use compose_files::ComposeFilesError;

/// The paths of the compose files of a tree, for what has no environment of an
/// operator: `compose.yml` need not be there.
///
/// # Errors
///
/// A file of the tree cannot be read, or is not one that the tree has.
pub(crate) fn compose_paths(app: &mut AppEnvironment, tree: &Path) -> Result<Vec<String>, String> {
    let environment = app.of_tree(tree).map_err(|error| error.to_string())?;
    match compose_files(tree, &environment.variables) {
        Ok(files) => Ok(files.into_iter().map(|file| file.path).collect()),
        Err(ComposeFilesError::None) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}
