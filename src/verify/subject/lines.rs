//! The lines that a program on trial prints, read by a thread of their own.

use std::io::{ErrorKind, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use samever_core::Escaped;

use crate::written::utf8;

/// The most that is read of one line, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// How many lines may wait to be taken: a program that floods is held up.
const LINES_MAX: usize = 256;

/// The most that is shown of a line, in characters.
const SHOWN_CHARS_MAX: usize = 200;

/// What a program printed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// Whether it ends with a line break; the last may be cut in the middle.
    pub(super) is_whole: bool,
}

/// The lines of a program that runs.
#[derive(Debug)]
pub(super) struct Lines {
    lines: Receiver<Result<Line, String>>,
    /// What came after the last line break.
    begun: Arc<Mutex<Vec<u8>>>,
}

impl Lines {
    pub(super) fn of(stdout: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::sync_channel(LINES_MAX);
        let begun = Arc::default();
        let shared = Arc::clone(&begun);
        std::thread::spawn(move || read(stdout, &shared, &sender));
        Self { lines, begun }
    }

    /// Waits for the next line, or what is wrong with it.
    pub(super) fn wait(&self, time: Duration) -> Result<Result<Line, String>, RecvTimeoutError> {
        self.lines.recv_timeout(time)
    }

    /// The next line, if it is there.
    pub(super) fn next(&self) -> Result<Result<Line, String>, TryRecvError> {
        self.lines.try_recv()
    }

    /// The beginning of a line whose end has not come; none where nothing has.
    pub(super) fn begun(&self) -> Option<String> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        (!begun.is_empty()).then(|| shown(&begun))
    }
}

/// A line as a message has it: its beginning, safe to print.
pub(super) fn shown(line: &[u8]) -> String {
    let line = Escaped::new(line.trim_ascii_end()).to_string();
    match line.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Passes lines on, up to the first that is none.
fn read(mut stdout: impl Read, begun: &Mutex<Vec<u8>>, sender: &SyncSender<Result<Line, String>>) {
    let lock = || begun.lock().unwrap_or_else(PoisonError::into_inner);
    let pass_on = |line: &[u8], is_whole| {
        let line = line_of(line, is_whole);
        let is_last = line.is_err();
        sender.send(line).is_ok() && !is_last
    };
    let mut part = [0; 8 * 1024];
    loop {
        let length = match stdout.read(&mut part) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for piece in part[..length].split_inclusive(|byte| *byte == b'\n') {
            let is_whole = piece.ends_with(b"\n");
            let mut begun = lock();
            begun.extend(piece);
            if !is_whole && begun.len() <= LINE_BYTES_MAX {
                continue;
            }
            let line = std::mem::take(&mut *begun);
            drop(begun);
            if !pass_on(&line, is_whole) {
                return;
            }
        }
    }
    let rest = std::mem::take(&mut *lock());
    if !rest.is_empty() {
        pass_on(&rest, false);
    }
}

fn line_of(line: &[u8], is_whole: bool) -> Result<Line, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err("its line is longer than 64 KiB".to_owned());
    }
    match utf8(line) {
        Ok(text) => Ok(Line {
            text: text.to_owned(),
            is_whole,
        }),
        Err(_) => Err(format!("its line is not UTF-8: {}", shown(line))),
    }
}
