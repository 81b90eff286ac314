//! The scenario files that a command is given.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::simulate::{ScenarioFile, read_scenario_file, shipped_scenarios};

use crate::cli::failure::Failure;

/// The scenarios at these paths, or those that ship with samever, with this text in their
/// name; at least one.
pub(crate) fn scenario_files(
    paths: &[PathBuf],
    filter: Option<&str>,
) -> Result<Vec<ScenarioFile>, Failure> {
    let mut files = if paths.is_empty() {
        shipped_scenarios().map_err(Failure::no_answer_in_lines)?
    } else {
        let mut files = Vec::new();
        for path in listed(paths)? {
            let file = read_scenario_file(&path).map_err(Failure::no_answer_in_lines)?;
            require_new_name(&files, &file)?;
            files.push(file);
        }
        files
    };
    let found = files.len();
    if let Some(filter) = filter {
        files.retain(|file| file.name.contains(filter));
    }
    if !files.is_empty() {
        return Ok(files);
    }
    Err(match filter {
        Some(filter) if found > 0 => Failure::no_answer(format_args!(
            "none of the {found} scenarios has {filter} in its name, so nothing would be \
             compared; give a part of a name with --filter"
        )),
        Some(_) | None => Failure::no_answer(
            "there is no .yaml or .yml file below the folders given, so nothing would be compared; give \
             scenario files, or nothing for those that ship with samever",
        ),
    })
}

/// Reports and kept folders go by the name: two of one name could not be told
/// apart.
fn require_new_name(files: &[ScenarioFile], file: &ScenarioFile) -> Result<(), Failure> {
    match files.iter().find(|other| other.name == file.name) {
        None => Ok(()),
        Some(other) => Err(Failure::no_answer(format_args!(
            "two scenarios have the name {}: {} and {}; rename one, or replay them apart",
            file.name, other.path, file.path
        ))),
    }
}

/// The files given, and those below the folders given, each once.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut listed: Vec<PathBuf> = Vec::new();
    let mut places = BTreeSet::new();
    for path in paths {
        let mut found = Vec::new();
        if path.is_dir() {
            add_yaml_files(path, &mut found).map_err(|error| {
                Failure::no_answer(format_args!("{} cannot be listed: {error}", path.display()))
            })?;
        } else {
            found.push(path.clone());
        }
        for path in found {
            // One that does not exist is found out when it is read.
            let place = path.canonicalize().unwrap_or_else(|_| path.clone());
            if places.insert(place) {
                listed.push(path);
            }
        }
    }
    Ok(listed)
}

/// Adds the files below a folder, in the order of their names. Links to folders
/// are not followed: they may lead in a circle.
fn add_yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_yaml = path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml");
        if entry.file_type()?.is_dir() {
            add_yaml_files(&path, files)?;
        } else if is_yaml {
            files.push(path);
        }
    }
    Ok(())
}
