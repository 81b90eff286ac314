//! The subjects of a trial: resolvers.

mod answer_line;
mod asked;
mod incidents;
mod lines;
mod mutants;
mod names;
mod program;

pub(crate) use asked::read_question;
pub(crate) use mutants::{Mutant, MutantSubject};
pub use program::Program;
pub(crate) use program::protocol_lines;

use std::sync::LazyLock;

use samever_core::{Base, SkipReason, resolve};

use crate::cancel::Cancel;

use crate::verify::world::{Answer, Case, SkipWording};

/// All mutants: those that were made up, and those of real incidents.
pub static MUTANTS: LazyLock<Vec<Mutant>> = LazyLock::new(|| {
    let all = mutants::MADE_UP.iter().chain(incidents::INCIDENTS);
    all.copied().collect()
});

/// A resolver on trial.
pub trait Subject: Send {
    /// Answers questions, in their order; all of them, unless the signal is sent.
    ///
    /// # Errors
    ///
    /// The resolver does not work: that is no wrong answer.
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError>;

    /// Forgets what was asked before, if it is one of ours that should not
    /// remember, so that what it does depends on no other part of the campaign.
    fn begin(&mut self) {}

    /// How many more questions it may be asked before it must begin afresh.
    fn room(&self) -> usize {
        usize::MAX
    }

    /// Whether what it was asked before could matter to it, and to a new process
    /// of it not.
    fn remembers(&self) -> bool {
        false
    }

    /// Begins afresh, as a new process where it is a program.
    ///
    /// # Errors
    ///
    /// It does not end well, or cannot be started again.
    fn restart(&mut self, _: &Cancel) -> Result<(), SubjectError> {
        Ok(())
    }

    /// Hears that there are no more questions, and ends, unless the
    /// signal is sent.
    ///
    /// # Errors
    ///
    /// The resolver does not take it well.
    fn finish(&mut self, _: &Cancel) -> Result<(), SubjectError> {
        Ok(())
    }
}

/// A resolver that does not work, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SubjectError(pub String);

/// The chain of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

impl Subject for BuiltIn {
    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        _: &Cancel,
    ) -> Result<(), SubjectError> {
        answers.extend(cases.iter().map(built_in));
        Ok(())
    }
}

/// Asks the chain of this crate.
pub(crate) fn built_in(case: &Case<'_>) -> Answer {
    let inputs = case.inputs();
    let Ok(plan) = resolve(&inputs) else {
        return Answer::NoAnswer;
    };
    match plan.base {
        Base::Version(published) => Answer::Version(
            case.history
                .number(published)
                .expect("the chain answers with a tag of the history"),
        ),
        Base::Ref(commit) if commit == inputs.head.commit => Answer::HeadCommit,
        Base::Ref(_) => Answer::MainTip,
        Base::Skip(SkipReason::Declared(_)) => Answer::Skip(SkipWording::Declared),
        Base::Skip(reason) => Answer::Skip(SkipWording::of(&reason.to_string(), case.declared)),
    }
}
