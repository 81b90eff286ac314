//! The one fixture: a temporary folder with files and programs, and the binary
//! run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use samever::store::CanonicalStore;
use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder that goes with the value.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The text of a file; empty where there is none.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Writes a script of the shell, and returns its path.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        let path = self.path(name);
        write_program(&path, script);
        path.to_str().unwrap().to_owned()
    }

    /// Writes a script that deploys and then says which version runs.
    #[cfg(unix)]
    pub(crate) fn deploys(&self, name: &str, script: &str) -> String {
        self.program(name, &format!("{script}\n{SAYS_VERSION}"))
    }

    /// The binary, started in the folder.
    pub(crate) fn samever(&self, args: &[&str]) -> Command {
        let mut command = binary();
        command.args(args).current_dir(self.root());
        command
    }
}

/// The store in a folder, which becomes a state folder where it is none.
#[track_caller]
pub(crate) fn state_of(folder: &Path) -> CanonicalStore {
    let store = CanonicalStore::open(folder);
    let store = store.or_else(|_| CanonicalStore::init(folder, &[]));
    store.or_else(|_| CanonicalStore::open(folder)).unwrap()
}

/// What a run of files alone is given where its arguments name no deployer.
pub(crate) fn files_alone<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let has = |start: &str| args.iter().any(|arg| arg.starts_with(start));
    let mut missing = Vec::new();
    if !has("--deploy") && !has("--sweep-leftovers") {
        missing.extend(["--deployer", "tree", "--promote-unseen"]);
    }
    missing
}

/// What a deploy program ends with that says which version runs.
const SAYS_VERSION: &str =
    "test $SAMEVER_STEP != deploy || echo $SAMEVER_VERSION > \"$SAMEVER_DEPLOYED_VERSION\"";

/// Writes a script of the shell.
#[cfg(unix)]
pub(crate) fn write_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The binary, with nothing in the environment that speaks to it.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command.env_remove("UPGRADE_BASE_VERSION");
    command
}

/// How the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("the process ends by itself"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The exit code, and standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> (i32, Value) {
        let value = serde_json::from_str(&self.stdout);
        (
            self.code,
            value.unwrap_or_else(|_| panic!("{}", self.stderr)),
        )
    }
}

#[track_caller]
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the program with this on its standard input.
pub(crate) fn fed(args: &[&str], input: &str) -> Run {
    let mut child: Command = binary();
    child.args(args).stdin(Stdio::piped());
    let mut child = child
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}
