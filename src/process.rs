//! Runs one program of the operator's: without a shell, in a process group of
//! its own, for a bounded time, with what it prints made safe and kept.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use samever_core::Escaped;

use crate::cancel::Cancel;
use crate::guard::Guard;

/// The most that is kept of what a program prints, in bytes, and in lines for
/// the report.
const LOG_BYTES_MAX: usize = 16 * 1024 * 1024;
const TAIL_LINES_MAX: usize = 20;
const LINE_BYTES_MAX: usize = 4 * 1024;

/// How long a program has to end by itself once it is asked to, and how long
/// what it printed last is waited for.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often it is asked whether the program has ended.
const ATTENTION: Duration = Duration::from_millis(20);

/// How a program ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was ended, since its time was up.
    TimedOut,
    /// It was ended, since everything is.
    Interrupted,
}

/// What a program printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    /// The last lines, safe to print.
    pub(crate) tail: Vec<String>,
    /// Why the log is not whole.
    pub(crate) missing: Option<String>,
}

/// Runs a program to its end, and writes what it prints to a log, line by line.
/// `started` gets the number of its process, and of its group, at once.
///
/// # Errors
///
/// It cannot be started.
pub(crate) fn run(
    mut command: Command,
    log: &Path,
    timeout: Duration,
    cancel: &Cancel,
    started: impl FnOnce(u32),
) -> io::Result<(Ended, Printed)> {
    let (output, input) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input);
    new_group(&mut command);
    let child = command.spawn();
    if let Ok(child) = &child {
        started(child.id());
    }
    // What writes to the pipe must be the program alone, or it never ends.
    drop(command);
    let mut child = child?;
    let (kept, closed) = keep_output(output, log);
    let ended = wait(&mut child, timeout, cancel)?;
    let is_closed = closed.recv_timeout(LAST_WORDS).is_ok();
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_closed {
        let why = "something that it started still runs and may print";
        kept.missing.get_or_insert_with(|| why.to_owned());
    }
    let printed = Printed {
        tail: kept.tail.iter().cloned().collect(),
        missing: kept.missing.clone(),
    };
    Ok((ended, printed))
}

fn wait(child: &mut Child, timeout: Duration, cancel: &Cancel) -> io::Result<Ended> {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Exited(status));
        }
        let why = if cancel.is_cancelled() {
            Ended::Interrupted
        } else if begin.elapsed() >= timeout {
            Ended::TimedOut
        } else {
            std::thread::sleep(pause);
            pause = (pause * 2).min(ATTENTION);
            continue;
        };
        end_politely(child);
        return Ok(why);
    }
}

/// Asks the program and whatever it has started to end, and ends what does not.
fn end_politely(child: &mut Child) {
    signal_group(child.id(), false);
    let begin = Instant::now();
    while begin.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(ATTENTION);
    }
    end_group(child);
}

/// Ends a program and whatever it has started.
fn end_group(child: &mut Child) {
    signal_group(child.id(), true);
    let _ = child.kill();
    let _ = child.wait();
}

/// Says how a program ended: its exit code, or the signal by name.
pub(crate) fn how_it_ended(status: ExitStatus) -> String {
    if let Some(code) = status.code() {
        return format!("ended with exit code {code}");
    }
    #[cfg(unix)]
    if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match nix::sys::signal::Signal::try_from(number) {
            Ok(signal) => format!("was killed by signal {number} ({signal})"),
            Err(_) => format!("was killed by signal {number}"),
        };
    }
    format!("ended with {status}")
}

/// A program that answers while it runs. It is ended, with whatever it has
/// started, where this value is dropped, and also where samever is killed.
#[derive(Debug)]
pub(crate) struct Running(Option<(Child, Guard)>);

/// The pipes to a running program: its input, its output, and its errors.
pub(crate) type Pipes = (ChildStdin, ChildStdout, Output);

impl Running {
    /// Starts a program; at most `bytes_max` bytes of its standard error are kept.
    pub(crate) fn start(command: &mut Command, bytes_max: usize) -> io::Result<(Self, Pipes)> {
        new_group(command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let guard = Guard::of(child.id());
        let running = Self(Some((child, guard)));
        match pipes {
            (Some(stdin), Some(stdout), Some(stderr)) => {
                Ok((running, (stdin, stdout, Output::of(stderr, bytes_max))))
            }
            _ => Err(io::Error::other("it has no pipes")),
        }
    }

    /// How it ended, if it has.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        let (child, _) = self.0.as_mut()?;
        child.try_wait().ok().flatten()
    }

    /// How it ended, if it does so within the time that last words are waited for.
    pub(crate) fn last_status(&mut self) -> Option<ExitStatus> {
        let begin = Instant::now();
        loop {
            let status = self.status();
            if status.is_some() || begin.elapsed() > LAST_WORDS {
                return status;
            }
            std::thread::sleep(ATTENTION);
        }
    }

    /// Ends it, once: later its number may be another's.
    pub(crate) fn end(&mut self) {
        if let Some((mut child, guard)) = self.0.take() {
            end_group(&mut child);
            drop(guard);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Has a program begin a process group of its own.
fn new_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Asks a process group to end, or ends it at once.
#[cfg(unix)]
pub(crate) fn signal_group(group: u32, at_once: bool) {
    use nix::sys::signal::{Signal, killpg};
    let signal = if at_once {
        Signal::SIGKILL
    } else {
        Signal::SIGTERM
    };
    // 0 is the own group, and 1 would be every process.
    if let Ok(group @ 2..) = i32::try_from(group) {
        let _ = killpg(nix::unistd::Pid::from_raw(group), signal);
    }
}

#[cfg(not(unix))]
pub(crate) fn signal_group(_: u32, _: bool) {}

/// Writes what comes out of a pipe to a log, from a thread of its own, which
/// tells when the pipe is closed.
fn keep_output(mut output: PipeReader, log: &Path) -> (Arc<Mutex<Kept>>, Receiver<()>) {
    let (sender, closed) = mpsc::channel();
    let (log, missing) = match File::create(log) {
        Ok(log) => (Some(log), None),
        Err(why) => (None, Some(format!("the log cannot be written: {why}"))),
    };
    let kept = Arc::new(Mutex::new(Kept {
        log,
        room: LOG_BYTES_MAX,
        line: Vec::new(),
        tail: VecDeque::new(),
        missing,
    }));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut part = [0; 8 * 1024];
        // Drains the pipe to its end, so that neither side deadlocks.
        while let Ok(length @ 1..) = output.read(&mut part) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            kept.take(&part[..length]);
        }
        let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take(b"\n");
        drop(kept);
        // The receiver is gone where the program was given up.
        let _ = sender.send(());
    });
    (kept, closed)
}

struct Kept {
    log: Option<File>,
    room: usize,
    line: Vec<u8>,
    tail: VecDeque<String>,
    missing: Option<String>,
}

impl Kept {
    fn take(&mut self, part: &[u8]) {
        let mut lines = String::new();
        for byte in part {
            // Bars that are drawn over themselves are lines, too.
            let ends = matches!(byte, b'\n' | b'\r');
            if ends || self.line.len() >= LINE_BYTES_MAX {
                self.end_line(&mut lines);
            }
            if !ends {
                self.line.push(*byte);
            }
        }
        self.log(&lines);
    }

    fn end_line(&mut self, lines: &mut String) {
        if self.line.is_empty() {
            return;
        }
        let line = Escaped::new(&self.line).to_string();
        self.line.clear();
        lines.push_str(&line);
        lines.push('\n');
        if self.tail.len() == TAIL_LINES_MAX {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    fn log(&mut self, lines: &str) {
        let Some(log) = &mut self.log else {
            return;
        };
        let size = lines.len();
        let why = if self.room < size {
            "it printed more than 16 MiB, of which the log has the beginning".to_owned()
        } else if let Err(why) = log.write_all(lines.as_bytes()) {
            format!("the log cannot be written: {why}")
        } else {
            self.room -= size;
            return;
        };
        self.log = None;
        self.missing = Some(why);
    }
}

/// What a program printed, to be read rather than kept.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How it ended.
    pub(crate) ended: Ended,
    /// Its standard output, up to 16 MiB.
    pub(crate) stdout: String,
    /// Its standard error, likewise.
    pub(crate) stderr: String,
}

/// Runs a program to its end, and takes what it prints.
///
/// # Errors
///
/// It cannot be started.
pub(crate) fn capture(
    command: &mut Command,
    input: Option<&[u8]>,
    timeout: Duration,
    cancel: &Cancel,
) -> io::Result<Captured> {
    new_group(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child
        .stdout
        .take()
        .map(|pipe| Output::of(pipe, LOG_BYTES_MAX));
    let stderr = child
        .stderr
        .take()
        .map(|pipe| Output::of(pipe, LOG_BYTES_MAX));
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A program that does not read it says why when it ends.
        let _ = stdin.write_all(input);
    }
    let ended = wait(&mut child, timeout, cancel)?;
    let text = |output: Option<Output>| output.map_or_else(String::new, |output| output.text());
    Ok(Captured {
        ended,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

/// What comes out of a pipe: its beginning is kept, and the rest is read, so that
/// the program never waits for a reader.
#[derive(Debug)]
pub(crate) struct Output {
    beginning: Arc<Mutex<Vec<u8>>>,
    /// Disconnected once the pipe is read to its end.
    end: Receiver<()>,
}

impl Output {
    /// Reads a pipe on a thread of its own.
    pub(crate) fn of(mut pipe: impl Read + Send + 'static, bytes_max: usize) -> Self {
        let beginning = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&beginning);
        let (open, end) = mpsc::channel();
        std::thread::spawn(move || {
            let mut part = [0; 8 * 1024];
            while let Ok(length @ 1..) = pipe.read(&mut part) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = bytes_max.saturating_sub(kept.len());
                kept.extend(&part[..length.min(room)]);
            }
            drop(open);
        });
        Self { beginning, end }
    }

    /// The beginning as text, once the pipe is closed or was waited for.
    pub(crate) fn text(&self) -> String {
        // What a program printed last may still be on its way.
        let _ = self.end.recv_timeout(LAST_WORDS);
        let kept = self.beginning.lock();
        String::from_utf8_lossy(&kept.unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
