//! A resolver in another program, which speaks `samever/resolver/1`.
//!
//! One JSON object a line goes to its standard input, one answer a line comes
//! back, in order. It is written to and read from by threads of their own, so
//! that neither side waits for the other; an answer that does not come in time
//! ends it.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cancel::Cancel;
use crate::deploy::{CommandLine, find_program};
use crate::process::{Output, Running, how_it_ended};

use crate::verify::subject::answer_line::{Object, read_line};
use crate::verify::subject::lines::{Line, Lines, shown};
use crate::verify::subject::names::Names;
use crate::verify::subject::{Subject, SubjectError};
use crate::verify::world::{Answer, Case, Main, SkipWording, TestVersion};
use samever_core::Order;

/// The most that is read of standard error, in bytes.
const ERRORS_BYTES_MAX: usize = 4 * 1024;

/// How often it is asked whether to go on, while an answer is waited for.
const ATTENTION: Duration = Duration::from_millis(100);

/// How long a program that has ended may leave its standard output open before
/// something that it started is told to hold it.
const SILENCE: Duration = Duration::from_secs(1);

/// The most that is kept of a text in an answer, in characters: more than any version or reason that is
/// asked about has.
const TEXT_CHARS_MAX: usize = 4_096;

/// What is wrong where a program has ended and its standard output has not.
const HELD: &str = "something that it started still holds its standard output open; let it wait \
                    for what it starts, or send that output elsewhere";

/// What helps most programs that say nothing.
const FLUSH: &str = "if it keeps back what it prints, let it flush standard output after each line \
                     (in Python: print(…, flush=True))";

/// The number by which a system says that a file is no program.
const ENOEXEC: i32 = 8;

/// A program on trial.
#[derive(Debug)]
pub struct Program {
    command_line: String,
    /// After how many questions it is started afresh.
    restart: Option<u64>,
    running: Running,
    questions: Option<SyncSender<String>>,
    lines: Lines,
    has_answered: bool,
    errors: Output,
    deadline: Duration,
    seed: u64,
    next_id: u64,
}

#[derive(Serialize)]
struct Question<'a> {
    id: u64,
    /// Left out where it is Co-op Cloud's.
    #[serde(skip_serializing_if = "is_default")]
    order: Order,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what serde gives")]
fn is_default(order: &Order) -> bool {
    *order == Order::default()
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
struct AnswerLine {
    id: u64,
    plan: Option<Object<Plan>>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Plan {
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
        let line = command_line.parse::<CommandLine>();
        let line = line.map_err(|why| SubjectError(why.to_string()))?;
        find_program(&line).map_err(SubjectError)?;
        let started = Running::start(&mut line.command(), ERRORS_BYTES_MAX);
        let (running, (mut stdin, stdout, errors)) =
            started.map_err(|error| SubjectError(not_started(line.name(), &error)))?;
        let (questions, to_write) = mpsc::sync_channel::<String>(1);
        std::thread::spawn(move || {
            for text in to_write {
                // A program that has gone is noticed by its missing answers.
                if stdin.write_all(text.as_bytes()).is_err() || stdin.flush().is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            command_line: command_line.to_owned(),
            restart: None,
            running,
            questions: Some(questions),
            lines: Lines::of(stdout),
            has_answered: false,
            errors,
            deadline,
            seed,
            next_id: 1,
        })
    }

    /// The same, started afresh after this number of questions.
    #[must_use]
    pub fn restarted_after(self, questions: Option<u64>) -> Self {
        Self {
            restart: questions,
            ..self
        }
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
    fn line(&mut self, cancel: &Cancel) -> Result<Option<Line>, String> {
        let begin = Instant::now();
        let mut ended = None;
        while !cancel.is_cancelled() {
            let left = self.deadline.saturating_sub(begin.elapsed());
            match self.lines.wait(left.min(ATTENTION)) {
                Ok(line) => return line.map(Some),
                Err(RecvTimeoutError::Disconnected) => return Err(self.closed()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if ended.is_none() && self.running.status().is_some() {
                ended = Some(Instant::now());
            }
            if let (Some(since), Some(status)) = (ended, self.running.status())
                && (since.elapsed() > SILENCE || left.is_zero())
            {
                let how = how_it_ended(status);
                return Err(format!("it {how} before it had answered, and {HELD}"));
            }
            if left.is_zero() {
                return Err(self.silent());
            }
        }
        Ok(None)
    }

    /// Why no more lines come, where standard output is closed.
    fn closed(&mut self) -> String {
        match self.running.last_status() {
            Some(status) => format!("it {} before it had answered", how_it_ended(status)),
            None => "it closed its standard output before it had answered, and still runs".into(),
        }
    }

    /// Why no line came in time, where the program is there.
    fn silent(&self) -> String {
        let late = format!("no answer within {} s", self.deadline.as_secs_f64());
        match self.lines.begun() {
            Some(begun) => format!(
                "{late}, but the beginning of a line, without its line break: {begun}; {FLUSH}"
            ),
            None if !self.has_answered => format!("{late}, and nothing printed so far; {FLUSH}"),
            None => late,
        }
    }

    /// Reads an answer, which must be to this question.
    fn answer(
        &mut self,
        id: u64,
        line: &Line,
        case: &Case<'_>,
        names: &Names<'_>,
    ) -> Result<Answer, String> {
        self.has_answered = true;
        let answer: AnswerLine = read_line(line).map_err(|why| {
            let status = (!line.is_whole).then(|| self.running.last_status());
            match status.flatten() {
                Some(status) => format!("{why}; then it {}", how_it_ended(status)),
                None => why,
            }
        })?;
        if answer.id != id {
            return Err(format!("it answered {} where {id} was next", answer.id));
        }
        let has = match (answer.plan, answer.error) {
            (Some(Object(plan)), None) => return Ok(read_plan(plan, case, names)),
            (None, Some(_)) => return Ok(Answer::NoAnswer),
            (Some(_), Some(_)) => "both",
            (None, None) => "neither",
        };
        let shown = shown(line.text.as_bytes());
        Err(format!(
            "an answer has either a plan or an error, and this has {has}: {shown}"
        ))
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
                Ok(Some(line)) => self.answer(id, &line, case, names),
                Ok(None) => return Ok(()),
                Err(why) => Err(why),
            };
            answers.push(answer.map_err(|why| self.broken(&why))?);
        }
        Ok(())
    }

    fn remembers(&self) -> bool {
        true
    }

    fn room(&self) -> usize {
        let asked = self.next_id - 1;
        let room = self.restart.map(|after| after.saturating_sub(asked));
        room.map_or(usize::MAX, |room| {
            usize::try_from(room).unwrap_or(usize::MAX)
        })
    }

    fn restart(&mut self, cancel: &Cancel) -> Result<(), SubjectError> {
        // One that was asked nothing is fresh.
        if self.next_id > 1 {
            self.finish(cancel)?;
            if !cancel.is_cancelled() {
                let fresh = Self::start(&self.command_line, self.deadline, self.seed)?;
                *self = fresh.restarted_after(self.restart);
            }
        }
        Ok(())
    }

    fn finish(&mut self, cancel: &Cancel) -> Result<(), SubjectError> {
        self.questions = None;
        let begin = Instant::now();
        loop {
            let is_open = match self.lines.next() {
                Ok(line) => {
                    let line = line.map_or_else(|fault| fault, |line| shown(line.text.as_bytes()));
                    return Err(self.broken(&format!("it answers more than it was asked: {line}")));
                }
                Err(TryRecvError::Empty) => true,
                Err(TryRecvError::Disconnected) => false,
            };
            let status = self.running.status();
            match status {
                Some(status) if !status.success() => {
                    let how = how_it_ended(status);
                    return Err(self.broken(&format!("after the last question it {how}")));
                }
                Some(_) if !is_open => return Ok(()),
                Some(_) | None => {}
            }
            if cancel.is_cancelled() {
                return Ok(());
            }
            if begin.elapsed() > self.deadline {
                return Err(self.broken(&match status {
                    Some(_) => format!("it has ended after the last question, but {HELD}"),
                    None => "it does not end when there are no more questions".to_owned(),
                }));
            }
            std::thread::sleep(ATTENTION / 10);
        }
    }
}

pub(super) fn question(id: u64, case: &Case<'_>, names: &Names<'_>) -> String {
    let version = TestVersion::spelled;
    let excluded = case.history.excluded().iter().map(|exclusion| Excluded {
        version: exclusion.version.to_string(),
        reason: &exclusion.reason,
    });
    let question = Question {
        id,
        order: case.history.order(),
        declared: names.declared,
        override_version: case.override_version.map(version),
        head: Commit {
            version: case.head.map(version),
            commit: Some(&names.head),
        },
        main_tip: match case.main {
            Main::Unknown => None,
            Main::IsHead => Some(&names.head),
            Main::Elsewhere => names.main.as_deref(),
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

/// A question and an answer to it, as lines of the protocol.
pub(crate) fn protocol_lines(seed: u64, case: &Case<'_>, answer: &Answer) -> (String, String) {
    let names = Names::of(seed, case);
    let plan = match answer {
        Answer::Version(_) | Answer::Unpublished(_) => {
            json!({"kind": "version", "version": answer.shown(case).to_string()})
        }
        Answer::MainTip => json!({"kind": "ref", "commit": names.main}),
        Answer::HeadCommit => json!({"kind": "ref", "commit": names.head}),
        Answer::OtherCommit(commit) => json!({"kind": "ref", "commit": commit}),
        Answer::Skip(reason) => json!({"kind": "skip", "reason": reason.as_str(names.declared)}),
        Answer::NoAnswer => {
            return (
                question(1, case, &names),
                json!({"id": 1, "error": "…"}).to_string(),
            );
        }
    };
    let line = json!({"id": 1, "plan": plan}).to_string();
    (question(1, case, &names), line)
}

pub(super) fn read_plan(plan: Plan, case: &Case<'_>, names: &Names<'_>) -> Answer {
    match plan {
        Plan::Version { version } => {
            // Where a version is tagged with and without a `v`, either tag is its name.
            let without_v = version.strip_prefix('v').filter(|_| {
                let mut tags = case.history.tags().iter();
                tags.any(|tag| *tag == version)
            });
            let mut published = case.history.published();
            let number = published.position(|tag| {
                let text = tag.version().to_string();
                tag.tag() == version || text == version || without_v == Some(&text)
            });
            number.map_or_else(|| Answer::Unpublished(cut(&version)), Answer::Version)
        }
        Plan::Ref { commit } if commit == names.head => Answer::HeadCommit,
        Plan::Ref { commit }
            if case.main == Main::Elsewhere && names.main.as_ref() == Some(&commit) =>
        {
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

/// Why a program that was found could not be started.
fn not_started(name: &str, error: &std::io::Error) -> String {
    let advice = match error.raw_os_error() {
        Some(ENOEXEC) => {
            "; a script begins with a line that names its interpreter, such as #!/bin/sh"
        }
        Some(_) | None => "",
    };
    format!("{name} cannot be started: {error}{advice}")
}
