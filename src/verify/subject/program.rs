//! A resolver in another program, which speaks `samever/resolver/1`.
//!
//! One JSON object a line goes to its standard input, one answer a line comes
//! back, in order. It is written to and read from by threads of their own, so
//! that neither side waits for the other; an answer that does not come in time
//! ends it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::cancel::Cancel;
use crate::process::{Output, Running};
use crate::written::{read_object, utf8};

use crate::verify::subject::names::Names;
use crate::verify::subject::{Subject, SubjectError};
use crate::verify::world::{Answer, Case, Main, SkipWording};

/// The most that is read of one answer and of standard error, in bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;
const ERRORS_BYTES_MAX: usize = 4 * 1024;

/// How often it is asked whether to go on, while an answer is waited for.
const ATTENTION: Duration = Duration::from_millis(100);

/// How many answers may wait to be taken: a program that floods is held up.
const LINES_MAX: usize = 256;

/// The most that is kept of a text in an answer, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// A program on trial.
#[derive(Debug)]
pub struct Program {
    running: Running,
    questions: Option<SyncSender<String>>,
    lines: Receiver<Result<String, String>>,
    errors: Output,
    deadline: Duration,
    seed: u64,
    next_id: u64,
}

#[derive(Serialize)]
struct Question<'a> {
    id: u64,
    declared: Option<&'a str>,
    #[serde(rename = "override")]
    override_version: Option<String>,
    head: Commit<'a>,
    main_tip: Option<&'a str>,
    canonical: Option<Commit<'a>>,
    published: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    excluded: Vec<Excluded<'a>>,
    policy: Policy,
}

#[derive(Serialize)]
struct Excluded<'a> {
    version: String,
    reason: &'a str,
}

#[derive(Serialize)]
struct Commit<'a> {
    version: Option<String>,
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct Policy {
    fallback: &'static str,
    prereleases: bool,
}

#[derive(Deserialize)]
struct Line {
    id: u64,
    plan: Option<Plan>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Plan {
    Version { version: String },
    Ref { commit: String },
    Skip { reason: String },
}

impl Program {
    /// Starts a program: a command line, split as a shell would split it, but
    /// without a shell. The commits of its questions come from the seed.
    ///
    /// # Errors
    ///
    /// It is no command line, or it cannot be started.
    pub fn start(command_line: &str, deadline: Duration, seed: u64) -> Result<Self, SubjectError> {
        let words = shlex::split(command_line).unwrap_or_default();
        let Some((name, args)) = words.split_first() else {
            return Err(SubjectError(format!("{command_line} is no command line")));
        };
        let started = Running::start(Command::new(name).args(args), ERRORS_BYTES_MAX);
        let (running, (mut stdin, stdout, errors)) =
            started.map_err(|error| SubjectError(format!("{name} cannot be started: {error}")))?;
        let (questions, to_write) = mpsc::sync_channel::<String>(1);
        std::thread::spawn(move || {
            for text in to_write {
                // A program that has gone is noticed by its missing answers.
                if stdin.write_all(text.as_bytes()).is_err() || stdin.flush().is_err() {
                    return;
                }
            }
        });
        let (sender, lines) = mpsc::sync_channel(LINES_MAX);
        std::thread::spawn(move || read_lines(stdout, &sender));
        Ok(Self {
            running,
            questions: Some(questions),
            lines,
            errors,
            deadline,
            seed,
            next_id: 1,
        })
    }

    /// Passes questions to the writer, which may still be busy with those before.
    fn send(&mut self, mut text: String, cancel: &Cancel) -> Result<(), String> {
        let mut left = self.deadline;
        while let Some(questions) = &self.questions {
            text = match questions.try_send(text) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(text)) => text,
                Err(TrySendError::Disconnected(_)) => {
                    // The writer has gone because the program has: the answers
                    // tell how.
                    self.questions = None;
                    return Ok(());
                }
            };
            if left.is_zero() {
                return Err("it answers questions that it has not read".to_owned());
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
            let wait = left.min(ATTENTION);
            std::thread::sleep(wait);
            left -= wait;
        }
        Ok(())
    }

    /// Takes the next line; none where the signal is sent.
    fn line(&self, cancel: &Cancel) -> Result<Option<String>, String> {
        let mut left = self.deadline;
        while !cancel.is_cancelled() {
            let wait = left.min(ATTENTION);
            match self.lines.recv_timeout(wait) {
                Ok(line) => return line.map(Some),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("it ended before it had answered".to_owned());
                }
                Err(RecvTimeoutError::Timeout) => left -= wait,
            }
            if left.is_zero() {
                let seconds = self.deadline.as_secs_f64();
                return Err(format!("no answer within {seconds} s"));
            }
        }
        Ok(None)
    }

    /// Reads an answer, which must be to this question.
    fn answer(id: u64, line: &str, case: &Case<'_>, names: &Names) -> Result<Answer, String> {
        let shown: String = line.trim_end().chars().take(200).collect();
        let answer: Line = read_object(line)
            .map_err(|fault| format!("its line is no answer ({}): {shown}", fault.what))?;
        if answer.id != id {
            return Err(format!("it answered {} where {id} was next", answer.id));
        }
        match (answer.plan, answer.error) {
            (Some(plan), None) => Ok(read_plan(plan, case, names)),
            (None, Some(_)) => Ok(Answer::NoAnswer),
            (Some(_), Some(_)) | (None, None) => {
                Err(format!("an answer has either a plan or an error: {shown}"))
            }
        }
    }

    /// How it broke, with what it said about that.
    fn broken(&mut self, why: &str) -> SubjectError {
        self.questions = None;
        self.running.end();
        match self.errors.text().trim() {
            "" => SubjectError(why.to_owned()),
            said => SubjectError(format!("{why}; on standard error it said: {said}")),
        }
    }
}

impl Subject for Program {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let first = self.next_id;
        let mut text = String::new();
        let names: Vec<_> = cases
            .iter()
            .map(|case| Names::of(self.seed, case))
            .collect();
        for ((id, case), names) in (first..).zip(cases).zip(&names) {
            text += &question(id, case, names);
            text.push('\n');
        }
        self.next_id += cases.len() as u64;
        if let Err(why) = self.send(text, cancel) {
            return Err(self.broken(&why));
        }
        for ((id, case), names) in (first..).zip(cases).zip(&names) {
            let answer = match self.line(cancel) {
                Ok(Some(line)) => Self::answer(id, &line, case, names),
                Ok(None) => return Ok(()),
                Err(why) => Err(why),
            };
            answers.push(answer.map_err(|why| self.broken(&why))?);
        }
        Ok(())
    }

    fn finish(&mut self, cancel: &Cancel) -> Result<(), SubjectError> {
        self.questions = None;
        let begin = Instant::now();
        loop {
            match self.lines.try_recv() {
                Ok(_) => return Err(self.broken("it answers more than it was asked")),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => match self.running.status() {
                    Some(status) if status.success() => return Ok(()),
                    Some(status) => {
                        let why = format!("after the last question it ended with {status}");
                        return Err(self.broken(&why));
                    }
                    None => {}
                },
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
            if begin.elapsed() > self.deadline {
                return Err(self.broken("it does not end when there are no more questions"));
            }
            std::thread::sleep(ATTENTION / 10);
        }
    }
}

fn question(id: u64, case: &Case<'_>, names: &Names) -> String {
    let version = |spelled: &crate::verify::world::TestVersion| spelled.version.to_string();
    let excluded = case.history.excluded().iter().map(|exclusion| Excluded {
        version: exclusion.version.to_string(),
        reason: &exclusion.reason,
    });
    let question = Question {
        id,
        declared: names.declared,
        override_version: case.override_version.map(version),
        head: Commit {
            version: case.head.map(version),
            commit: Some(&names.head),
        },
        main_tip: match case.main {
            Main::Unknown => None,
            Main::IsHead => Some(&names.head),
            Main::Elsewhere => Some(&names.main),
        },
        canonical: case.canonical.map(|spelled| Commit {
            version: Some(version(spelled)),
            commit: names.canonical.as_deref(),
        }),
        published: case.history.tags(),
        excluded: excluded.collect(),
        policy: Policy {
            fallback: if case.release_first {
                "release-first"
            } else {
                "main-tip"
            },
            prereleases: case.prereleases,
        },
    };
    serde_json::to_string(&question).expect("a question is JSON")
}

fn read_plan(plan: Plan, case: &Case<'_>, names: &Names) -> Answer {
    match plan {
        Plan::Version { version } => {
            let mut published = case.history.published();
            let number = published
                .position(|tag| tag.tag() == version || tag.version().to_string() == version);
            number.map_or_else(|| Answer::Unpublished(cut(&version)), Answer::Version)
        }
        Plan::Ref { commit } if commit == names.head => Answer::HeadCommit,
        Plan::Ref { commit } if commit == names.main && case.main == Main::Elsewhere => {
            Answer::MainTip
        }
        Plan::Ref { commit } => Answer::OtherCommit(cut(&commit)),
        Plan::Skip { reason } => Answer::Skip(SkipWording::of(&cut(&reason), names.declared)),
    }
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// Passes lines on, one too long as an account of it.
fn read_lines(stdout: impl Read, sender: &SyncSender<Result<String, String>>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX + 1)
            .read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) | Err(_) => return,
            Ok(length) if length as u64 > LINE_BYTES_MAX => {
                Err("its line is longer than 64 KiB".to_owned())
            }
            Ok(_) => match utf8(&line) {
                Ok(line) => Ok(line.to_owned()),
                Err(_) => Err("its line is not UTF-8".to_owned()),
            },
        };
        let is_last = line.is_err();
        if sender.send(line).is_err() || is_last {
            return;
        }
    }
}
