//! Watches a stack after a deployment: until it has converged, and then for as long
//! as it must stay up.
//!
//! A task that fails is started again by the engine, so a failure alone is no end:
//! an app may end until its database is up. What fails again and again is one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::deploy::swarm::account::container;
use crate::deploy::swarm::engine::{ask, refusable};
use crate::deploy::swarm::leftovers::has_other_runs;
use crate::deploy::swarm::progress::{Progress, ends_badly, error_of, has_ended, progress};
use crate::deploy::swarm::settings::SwarmSettings;
use crate::deploy::swarm::state::Stack;
use crate::run::DeployError;

/// How often the engine is asked how far the stack is.
const LOOK: Duration = Duration::from_millis(800);

/// How long the same tasks must run: one that crashes at once runs for a moment,
/// again and again.
const STEADY: Duration = Duration::from_secs(1);

/// The place of a task: its service, and the slot or the node in it.
type Place = (String, u64, String);

/// One deployment, watched.
pub(super) struct Watch<'a> {
    stack: String,
    /// The tree that is deployed.
    tree: PathBuf,
    settings: &'a SwarmSettings,
    cancel: &'a Cancel,
    /// The tasks that had ended before.
    before: BTreeSet<String>,
    /// The tasks that have ended since, and should not have.
    ended: BTreeMap<Place, BTreeSet<String>>,
    /// An end that the last look saw: the next must see it, too.
    doubted: Option<Progress>,
}

impl<'a> Watch<'a> {
    /// Begins, before a stack is deployed.
    pub(super) fn begin(
        stack: &str,
        tree: &Path,
        settings: &'a SwarmSettings,
        cancel: &'a Cancel,
    ) -> Result<Self, DeployError> {
        let tasks = Stack::read(stack)?.tasks;
        let before = tasks.into_iter().filter(has_ended).map(|task| task.id);
        Ok(Self {
            stack: stack.to_owned(),
            tree: tree.to_owned(),
            settings,
            cancel,
            before: before.collect(),
            ended: BTreeMap::new(),
            doubted: None,
        })
    }

    /// Waits until every service has converged; returns the stack as it was then.
    pub(super) fn converge(&mut self) -> Result<Stack, DeployError> {
        let begin = Instant::now();
        let mut steady: Option<(Instant, BTreeSet<String>)> = None;
        loop {
            let (stack, progress) = self.look()?;
            let waiting = if let Some(why) = progress.why() {
                steady = None;
                why
            } else {
                let tasks = running_tasks(&stack);
                match &steady {
                    Some((since, same)) if *same == tasks => {
                        if since.elapsed() >= STEADY {
                            if containers_run(&stack)? {
                                return Ok(stack);
                            }
                            steady = None;
                        }
                    }
                    Some(_) | None => steady = Some((Instant::now(), tasks)),
                }
                let tasks: Vec<_> = stack.tasks.iter().collect();
                format!("it has only just come up{}", error_of(&tasks))
            };
            if begin.elapsed() >= self.settings.timeout {
                let seconds = self.settings.timeout.as_secs_f64();
                return Err(self.ended_by(format!(
                    "it does not converge within {seconds} s: {waiting}"
                )));
            }
            self.pause()?;
        }
    }

    /// Waits until what has converged has stayed up for as long as it must. That
    /// begins again with each failure, as long as the time for a deployment lasts.
    pub(super) fn settle(&mut self) -> Result<(), DeployError> {
        let mut window = Window::begin(Instant::now());
        let mut failures = self.failures();
        loop {
            let (_, progress) = self.look()?;
            let has_failed = self.failures() != failures;
            let since = || has_failed.then(|| "a task of it has failed since".to_owned());
            let why = progress.why().or_else(since);
            failures = self.failures();
            match window.look(Instant::now(), why.is_some(), self.settings) {
                Settled::Yes => return Ok(()),
                Settled::NotYet => {}
                Settled::TooLate => {
                    let why = why.unwrap_or_default();
                    return Err(self.ended_by(format!("it does not stay up: {why}")));
                }
            }
            self.pause()?;
        }
    }

    /// Reads how far the stack has come. An end is an error once two looks have seen it.
    fn look(&mut self) -> Result<(Stack, Progress), DeployError> {
        let stack = Stack::read(&self.stack)?;
        if let Some(why) = self.note_ends(&stack) {
            return Err(DeployError::Failed(why));
        }
        let progress = progress(&stack);
        let is_sure = self.doubted.as_ref() == Some(&progress);
        match &progress {
            Progress::Failed(why) if is_sure => return Err(DeployError::Failed(why.clone())),
            // A path in the tree is the recipe's, and one of the machine is the operator's.
            Progress::PathMissing(why) if is_sure => {
                let path = why.rsplit(": ").next().unwrap_or_default();
                return Err(if Path::new(path).starts_with(&self.tree) {
                    DeployError::Failed(why.clone())
                } else {
                    DeployError::Unusable(format!(
                        "the recipe mounts a path that is not on this machine: {why}; make it, or test \
                         on a machine that has it"
                    ))
                });
            }
            // The place may be another run's, which ends.
            Progress::NoPlace(why) if is_sure && !has_other_runs(&self.stack)? => {
                return Err(DeployError::Unusable(no_place(why)));
            }
            _ => {}
        }
        let is_end = !matches!(progress, Progress::Converged | Progress::Waiting(_));
        self.doubted = is_end.then(|| progress.clone());
        Ok((stack, progress))
    }

    /// Notes the tasks that have ended and should not have; returns the reason where a
    /// place has too many of them.
    fn note_ends(&mut self, stack: &Stack) -> Option<String> {
        for service in &stack.services {
            let ended = stack.tasks_of(service);
            let ended = ended.filter(|task| ends_badly(service, task));
            let ended: Vec<_> = ended
                .filter(|task| !self.before.contains(&task.id))
                .collect();
            for task in &ended {
                let (slot, node) = task.place(service);
                let place = (service.id.clone(), slot, node.to_owned());
                let ends = self.ended.entry(place).or_default();
                ends.insert(task.id.clone());
                if ends.len() > self.settings.max_restarts {
                    let (name, error) = (&service.spec.name, error_of(&ended));
                    let times = match ends.len() {
                        1 => "once".to_owned(),
                        times => format!("{times} times"),
                    };
                    return Some(format!("{name}: it has ended {times}{error}"));
                }
            }
        }
        None
    }

    /// How many tasks have ended that should not have.
    fn failures(&self) -> usize {
        self.ended.values().map(BTreeSet::len).sum()
    }

    /// The error of a deployment whose time is up. That there was no place for it is not
    /// the recipe's fault.
    fn ended_by(&self, why: String) -> DeployError {
        match self.doubted {
            Some(Progress::NoPlace(_)) => DeployError::Unusable(no_place(&why)),
            _ => DeployError::Failed(why),
        }
    }

    fn pause(&self) -> Result<(), DeployError> {
        if self.cancel.is_cancelled() {
            return Err(DeployError::Interrupted);
        }
        std::thread::sleep(LOOK);
        Ok(())
    }
}

/// The tasks that run, by their ids: others than before are a restart.
fn running_tasks(stack: &Stack) -> BTreeSet<String> {
    let running = stack.tasks.iter().filter(|task| task.is(&["running"]));
    running.map(|task| task.id.clone()).collect()
}

/// Whether the containers of the tasks that run do run. A busy engine tells of a task as running
/// for a while after its container has ended. A container on another node is not known here.
fn containers_run(stack: &Stack) -> Result<bool, DeployError> {
    for task in stack.tasks.iter().filter(|task| task.is(&["running"])) {
        let question = ["container", "inspect", "--format", "{{.State.Running}}"];
        let question = [&question[..], &[container(task)]].concat();
        let runs = refusable(ask(&question))?;
        if runs.is_some_and(|runs| runs.trim() == "false") {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn no_place(why: &str) -> String {
    format!(
        "the machines of the Swarm have no place for the recipe: {why}; free the port or the room, \
         label a node, or test on an engine of its own"
    )
}

/// The time in which nothing may fail.
struct Window {
    begin: Instant,
    since: Instant,
}

/// Whether a window is over.
#[derive(Debug, PartialEq, Eq)]
enum Settled {
    Yes,
    NotYet,
    /// It would begin again, and the time for a deployment is over.
    TooLate,
}

impl Window {
    fn begin(now: Instant) -> Self {
        Self {
            begin: now,
            since: now,
        }
    }

    /// Tells whether the window is over at a look, by whether something has failed since
    /// the look before.
    fn look(&mut self, now: Instant, has_failed: bool, settings: &SwarmSettings) -> Settled {
        if has_failed {
            if now.duration_since(self.begin) >= settings.timeout {
                return Settled::TooLate;
            }
            self.since = now;
        }
        if now.duration_since(self.since) >= settings.settle {
            Settled::Yes
        } else {
            Settled::NotYet
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Settled, Window};
    use crate::deploy::swarm::settings::SwarmSettings;

    #[test]
    fn the_window_begins_again_with_each_failure_until_time_is_up() {
        let settings = SwarmSettings {
            settle: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            ..SwarmSettings::default()
        };
        let begin = Instant::now();
        let looks = |looks: &[(u64, bool)]| {
            let mut window = Window::begin(begin);
            let mut looks = looks.iter().map(|(seconds, has_failed)| {
                window.look(
                    begin + Duration::from_secs(*seconds),
                    *has_failed,
                    &settings,
                )
            });
            looks.find(|settled| *settled != Settled::NotYet)
        };
        assert_eq!(looks(&[(0, false), (4, false)]), None);
        assert_eq!(looks(&[(4, false), (5, false)]), Some(Settled::Yes));
        assert_eq!(looks(&[(4, true), (8, false)]), None);
        assert_eq!(looks(&[(4, true), (9, false)]), Some(Settled::Yes));
        // A window that has begun is seen to its end.
        assert_eq!(looks(&[(19, true), (23, false)]), None);
        assert_eq!(looks(&[(19, true), (24, false)]), Some(Settled::Yes));
        assert_eq!(looks(&[(19, true), (20, true)]), Some(Settled::TooLate));
    }
}
