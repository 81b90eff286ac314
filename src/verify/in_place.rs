//! A resolver in another program, in the place of a CI server's own: it decides,
//! and no rule judges its answers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use samever_core::Inputs;

use crate::cancel::Cancel;
use crate::run::OwnedPlan;
use crate::verify::judge::TrialError;
use crate::verify::subject::{Program, Subject, SubjectError};
use crate::verify::world::{case_of, plan, world_of};

/// A program that decides the runs of scenarios.
#[derive(Debug)]
pub(crate) struct ProgramInPlace {
    state: Mutex<State>,
    cancel: Cancel,
}

#[derive(Debug)]
struct State {
    program: Program,
    broken: Option<BrokenIn>,
}

/// The scenario in which a program does not work, and how.
#[derive(Debug, thiserror::Error)]
#[error("{scenario}: {why}")]
pub(crate) struct BrokenIn {
    scenario: String,
    why: TrialError,
}

impl ProgramInPlace {
    /// Starts a program. It sends the signal when it does not work.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(
        command_line: &str,
        deadline: Duration,
        cancel: Cancel,
    ) -> Result<Self, TrialError> {
        // The questions have the commits of their runs, and none from the seed.
        let program = Program::start(command_line, deadline, 0)?;
        let broken = None;
        Ok(Self {
            state: Mutex::new(State { program, broken }),
            cancel,
        })
    }

    /// Decides a run of a scenario, or says that there is no answer.
    pub(crate) fn decide(&self, scenario: &str, inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
        let world = world_of(inputs);
        let case = case_of(&world, inputs);
        let mut answers = Vec::new();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.cancel.is_cancelled()
            && let Err(why) = state.program.ask(&[case], &mut answers, &self.cancel)
        {
            state.broken = Some(BrokenIn {
                scenario: scenario.to_owned(),
                why: TrialError::Resolver {
                    why,
                    question: case.to_string(),
                },
            });
            self.cancel.cancel();
        }
        let answer = answers.first().ok_or("there is no answer")?;
        plan(&case, answer, None, inputs)
    }

    /// Where the program did not work, if it did not.
    pub(crate) fn broken(&self) -> Option<BrokenIn> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.broken.take()
    }

    /// Lets the program end.
    ///
    /// # Errors
    ///
    /// It does not end well.
    pub(crate) fn finish(self) -> Result<(), TrialError> {
        let state = self.state.into_inner();
        let mut program = state.unwrap_or_else(PoisonError::into_inner).program;
        let ended: Result<(), SubjectError> = program.finish(&self.cancel);
        Ok(ended?)
    }
}
