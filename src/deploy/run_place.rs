//! Where one run is: its folder, its stack, its logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::deploy::data::DataPrograms;
use crate::deploy::outcome::StageLog;
use crate::deploy::programs::CommandRun;
use crate::deploy::run_folder::{FOLDER_BEGINNING, RunFile};
use crate::deploy::swarm::word;
use crate::recipe::RecipeName;
use crate::run::Stage;
use crate::scheme::Scheme;

/// A folder of a run cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("no folder for the run can be made in {}: {why}; free space there, or set TMPDIR", .folder.display())]
pub(crate) struct FolderError {
    /// Where it was to be.
    folder: PathBuf,
    why: io::Error,
}

/// Where one run is.
pub(super) struct Place<'a> {
    pub scheme: &'a Scheme,
    pub folder: &'a RunFolder,
    pub called: String,
    pub stack: String,
    pub log_part: Option<&'a str>,
}

/// The folder of one run: the trees, the stack, and what the programs keep.
///
/// Where it was killed, it leaves the folder.
pub(super) struct RunFolder {
    folder: TempDir,
    pub run_file: RunFile,
}

impl RunFolder {
    pub(super) fn new(recipe: &str, stack: &str) -> Result<Self, FolderError> {
        let parent = std::env::temp_dir();
        let made = std::path::absolute(&parent).and_then(|parent| {
            let mut builder = tempfile::Builder::new();
            builder.prefix(FOLDER_BEGINNING);
            // What other users may write to is not believed later.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
            builder.tempdir_in(parent)
        });
        let begun = made.and_then(|folder| {
            let run_file = RunFile::begin(folder.path(), recipe, stack)?;
            Ok(Self { folder, run_file })
        });
        begun.map_err(|why| FolderError {
            folder: parent,
            why,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn sub_folder(&self, name: &str) -> Result<PathBuf, FolderError> {
        let folder = self.path().join(name);
        match fs::create_dir(&folder) {
            Ok(()) => Ok(folder),
            Err(why) => Err(FolderError { folder, why }),
        }
    }

    /// The environment of a run's programs, and the folder of their logs.
    pub(super) fn begin(
        &self,
        logs_folder: Option<&Path>,
        place: Place<'_>,
    ) -> Result<(CommandRun, Logs), FolderError> {
        let logs = self.logs(logs_folder, &place.called, place.log_part)?;
        let run = CommandRun {
            recipe: place.called,
            stack: place.stack,
            order: place.scheme.order(),
            run_folder: self.sub_folder("run")?,
            log_folder: logs.folder.clone(),
        };
        Ok((run, logs))
    }

    /// Where the logs go: to the folder that is asked for, or, where that cannot
    /// be made, to one that goes with the run.
    fn logs(
        &self,
        folder: Option<&Path>,
        recipe: &str,
        part: Option<&str>,
    ) -> Result<Logs, FolderError> {
        let Some(folder) = folder else {
            return Ok(Logs {
                folder: self.sub_folder("logs")?,
                kept: false,
                missing: None,
            });
        };
        let folder = match recipe.parse::<RecipeName>() {
            Ok(name) => folder.join(name.as_str()),
            Err(_) => folder.join(word(recipe)),
        };
        let folder = part.map_or_else(|| folder.clone(), |part| folder.join(part));
        match make_log_folder(&folder) {
            Ok(()) => Ok(Logs {
                folder,
                kept: true,
                missing: None,
            }),
            Err(why) => Ok(Logs {
                missing: Some(format!("no log is kept in {}: {why}", folder.display())),
                folder: self.sub_folder("logs")?,
                kept: false,
            }),
        }
    }
}

/// The logs of one run.
pub(super) struct Logs {
    folder: PathBuf,
    kept: bool,
    missing: Option<String>,
}

impl Logs {
    pub(super) fn records(&self, logs: Vec<StageLog>) -> Vec<StageLog> {
        let records = logs.into_iter().map(|log| StageLog {
            path: log.path.filter(|_| self.kept),
            missing: log.missing.or_else(|| self.missing.clone()),
            ..log
        });
        records.collect()
    }
}

/// Makes a folder for logs, without those of the run before.
fn make_log_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let steps = DataPrograms::default().lines().map(|(step, _)| step);
    for name in Stage::ALL.map(Stage::name).into_iter().chain(steps) {
        match fs::remove_file(folder.join(format!("{name}.log"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    // A log of a stop has the stop's version in its name.
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_of_stop = name.starts_with("stop-") || name.starts_with("verify-");
        if is_of_stop && name.ends_with(".log") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
