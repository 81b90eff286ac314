//! A guard: a small shell that ends a process group once samever is gone.
//!
//! A samever that is killed with SIGKILL can end nothing any more. Linux's
//! parent-death signal would need code that this crate forbids, is heard by one
//! process alone, and is sent already where the thread that started that process
//! ends. The guard reads a pipe that samever alone can write to. However samever
//! ends, on whichever Unix, the pipe is closed then, and the guard goes to work.

use std::process::Child;
#[cfg(unix)]
use std::process::{Command, Stdio};

/// Waits for the end of the pipe, and then ends the group that it is given.
#[cfg(unix)]
const SCRIPT: &str = "read -r _; kill -9 \"-$0\"";

/// The guard of one process group. It is sent away where this value is dropped.
#[derive(Debug)]
pub(crate) struct Guard(Option<Child>);

impl Guard {
    /// Posts a guard; none where the system has no shell, since a trial is worth
    /// more than what might be left of it.
    #[cfg(unix)]
    pub(crate) fn of(group: u32) -> Self {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, &group.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // What ends all of samever's group must not end it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self(command.spawn().ok())
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: u32) -> Self {
        Self(None)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut guard) = self.0.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}
