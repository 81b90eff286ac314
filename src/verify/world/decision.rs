//! What the oracle decides about a question.

use samever_core::Rung;

use crate::verify::invariant::{Missing, oracle};
use crate::verify::world::answer::{Answer, SkipWording};
use crate::verify::world::case::{Case, Main};

/// A decision, and how it comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// The rule that decides; where no rule does, what is missing.
    pub rung: Result<Rung, Missing>,
    /// How the base compares with the head, if there is a base.
    pub delta: Option<&'static str>,
}

/// What the oracle decides.
///
/// # Panics
///
/// Never: the oracle answers with a tag of the history.
pub fn oracle_decides(case: &Case<'_>) -> Decision {
    let canonical = case.canonical.filter(|_| !case.ignore_canonical);
    let decision = oracle::decide(&oracle::Question {
        newest_first: &case.history.newest_first,
        excluded: &case.history.excluded_parts,
        declared: case.declared.is_some(),
        override_version: case.override_version.map(|spelled| &spelled.parts),
        head: case.head.map(|spelled| &spelled.parts),
        main: match case.main {
            Main::Unknown => oracle::MainTip::Unknown,
            Main::IsHead => oracle::MainTip::IsHead,
            Main::Elsewhere => {
                oracle::MainTip::Elsewhere(case.main_version.map(|spelled| &spelled.parts))
            }
        },
        canonical: canonical.map(|spelled| &spelled.parts),
        shallow: case.shallow,
        release_first: case.release_first,
        prereleases: case.prereleases,
    });
    let (answer, rung, delta) = match decision {
        oracle::Decision::Version {
            tag,
            rung: name,
            delta,
        } => {
            let mut entries = case.history.newest_first.iter();
            let place = entries.position(|(other, _)| std::ptr::eq(other.as_str(), tag));
            let place = place.expect("the oracle answers with a tag of the history");
            (
                Answer::Version(case.history.numbers[place]),
                Ok(rung(name)),
                Some(delta),
            )
        }
        oracle::Decision::MainTip { delta } => (Answer::MainTip, Ok(Rung::MainTip), Some(delta)),
        oracle::Decision::Skip { reason, rung: name } => {
            let text = match case.declared {
                Some(_) => SkipWording::Declared,
                None => SkipWording::of(reason, case.declared),
            };
            (Answer::Skip(text), Ok(rung(name)), None)
        }
        oracle::Decision::Refused(what) => (Answer::NoAnswer, Err(what), None),
    };
    Decision {
        answer,
        rung,
        delta,
    }
}

/// The rule of a name that the oracle gives.
fn rung(name: &str) -> Rung {
    let all = [
        Rung::Declared,
        Rung::Override,
        Rung::Canonical,
        Rung::StepBack,
        Rung::Release,
        Rung::MainTip,
    ];
    let rung = all.into_iter().find(|rung| rung.name() == name);
    rung.expect("the oracle knows the rules by their names")
}
