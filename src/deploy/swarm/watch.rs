//! Watches a stack after a deployment: until it has converged, and then for as long
//! as it must stay up.
//!
//! A task that fails is started again by the engine, so a failure alone is no end:
//! an app may end until its database is up. What fails again and again is one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::deploy::swarm::leftovers::has_other_runs;
use crate::deploy::swarm::progress::{
    Progress, ends_well, error_of, has_ended, lacks_something, progress,
};
use crate::deploy::swarm::settings::SwarmSettings;
use crate::deploy::swarm::state::{Stack, Task};
use crate::run::DeployError;

/// How often the engine is asked how far the stack is.
const LOOK: Duration = Duration::from_millis(400);

/// How long the same tasks must run: one that crashes at once runs for a moment,
/// again and again.
const STEADY: Duration = Duration::from_secs(1);

/// The place of a task: its service, and the slot or the node in it.
type Place = (String, u64, String);

/// One deployment, watched.
pub(super) struct Watch<'a> {
    stack: String,
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
        settings: &'a SwarmSettings,
        cancel: &'a Cancel,
    ) -> Result<Self, DeployError> {
        let tasks = Stack::read(stack)?.tasks;
        let before = tasks.into_iter().filter(has_ended).map(|task| task.id);
        Ok(Self {
            stack: stack.to_owned(),
            settings,
            cancel,
            before: before.collect(),
            ended: BTreeMap::new(),
            doubted: None,
        })
    }

    /// Waits until every service has converged.
    pub(super) fn converge(&mut self) -> Result<(), DeployError> {
        let begin = Instant::now();
        let mut steady: Option<(Instant, BTreeSet<String>)> = None;
        loop {
            let (stack, progress) = self.look()?;
            let waiting = match progress {
                Progress::Converged => {
                    let tasks = running_tasks(&stack);
                    match &steady {
                        Some((since, same)) if *same == tasks => {
                            if since.elapsed() >= STEADY {
                                return Ok(());
                            }
                        }
                        Some(_) | None => steady = Some((Instant::now(), tasks)),
                    }
                    let tasks: Vec<_> = stack.tasks.iter().collect();
                    format!("it has only just come up{}", error_of(&tasks))
                }
                Progress::Waiting(why)
                | Progress::Failed(why)
                | Progress::PortTaken(why)
                | Progress::PathMissing(why) => {
                    steady = None;
                    why
                }
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
        let begin = Instant::now();
        let mut since = begin;
        let mut failures = self.failures();
        loop {
            let (_, progress) = self.look()?;
            let why = match progress {
                Progress::Converged if self.failures() == failures => None,
                Progress::Converged => Some("a task of it has failed since".to_owned()),
                Progress::Waiting(why)
                | Progress::Failed(why)
                | Progress::PortTaken(why)
                | Progress::PathMissing(why) => Some(why),
            };
            failures = self.failures();
            if let Some(why) = why {
                if begin.elapsed() >= self.settings.timeout {
                    return Err(self.ended_by(format!("it does not stay up: {why}")));
                }
                since = Instant::now();
            }
            if since.elapsed() >= self.settings.settle {
                return Ok(());
            }
            self.pause()?;
        }
    }

    /// Looks how far the stack has come; an end is an error, once two looks have seen
    /// it.
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
                let trees = std::env::temp_dir();
                let trees = std::path::absolute(&trees).unwrap_or(trees);
                return Err(if why.contains(&*trees.to_string_lossy()) {
                    DeployError::Failed(why.clone())
                } else {
                    DeployError::Unusable(format!(
                        "the recipe mounts a path that is not on this machine: {why}; make it, or test \
                         on a machine that has it"
                    ))
                });
            }
            // The port may be another run's, which ends.
            Progress::PortTaken(why) if is_sure && !has_other_runs(&self.stack)? => {
                return Err(DeployError::Unusable(port_taken(why)));
            }
            _ => {}
        }
        let is_end = !matches!(progress, Progress::Converged | Progress::Waiting(_));
        self.doubted = is_end.then(|| progress.clone());
        Ok((stack, progress))
    }

    /// Notes the tasks that have ended and should not have, and tells where they are
    /// too many.
    fn note_ends(&mut self, stack: &Stack) -> Option<String> {
        for service in &stack.services {
            let ended = stack.tasks_of(service).filter(|task| {
                has_ended(task) && !ends_well(service, task) && !self.before.contains(&task.id)
            });
            // What is removed has not ended by itself, and what the machine lacks is told
            // as that.
            let ended = ended.filter(|task| task.desired_state != "remove");
            let ended: Vec<&Task> = ended.filter(|task| !lacks_something(task)).collect();
            for task in &ended {
                let (slot, node) = task.place(service);
                let place = (service.id.clone(), slot, node.to_owned());
                let ends = self.ended.entry(place).or_default();
                ends.insert(task.id.clone());
                if ends.len() > self.settings.max_restarts {
                    let (name, times) = (&service.spec.name, ends.len());
                    let error = error_of(&ended);
                    return Some(format!("{name}: it has ended {times} times{error}"));
                }
            }
        }
        None
    }

    /// How many tasks have ended that should not have.
    fn failures(&self) -> usize {
        self.ended.values().map(BTreeSet::len).sum()
    }

    /// The error of what time has ended: of a port that is taken the recipe cannot
    /// be accused.
    fn ended_by(&self, why: String) -> DeployError {
        match self.doubted {
            Some(Progress::PortTaken(_)) => DeployError::Unusable(port_taken(&why)),
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

pub(super) fn port_taken(why: &str) -> String {
    format!(
        "a port that the recipe wants is taken on this machine: {why}; end what has it, or test \
             with an engine of its own"
    )
}
