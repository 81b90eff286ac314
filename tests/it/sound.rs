//! Resolvers that are right, in what `safety` leaves to them: none is convicted there, and those
//! that differ from the exact chain are convicted by `design-a`.

use std::sync::atomic::{AtomicU64, Ordering};

use samever::Cancel;
use samever::internals::SkipWording;
use samever_core::Version;

use samever::verify::{Answer, BuiltIn, Campaign, Case, Level, Selection, Subject, SubjectError};

/// What a resolver makes of the chain's answer.
type Otherwise = fn(&Case<'_>, Answer) -> Answer;

struct Sound(Otherwise);

impl Subject for Sound {
    /// As a program, which is asked again.
    fn remembers(&self) -> bool {
        true
    }

    fn ask(
        &mut self,
        cases: &[Case<'_>],
        answers: &mut Vec<Answer>,
        cancel: &Cancel,
    ) -> Result<(), SubjectError> {
        let from = answers.len();
        BuiltIn.ask(cases, answers, cancel)?;
        for (case, answer) in cases.iter().zip(&mut answers[from..]) {
            *answer = (self.0)(case, answer.clone());
        }
        Ok(())
    }
}

/// The number of a run, which no question decides.
static RUN: AtomicU64 = AtomicU64::new(0);

fn run_number() -> String {
    format!("run {}", RUN.fetch_add(1, Ordering::Relaxed))
}

/// Each with whether the exact chain differs.
const SOUND: [(&str, bool, Otherwise); 7] = [
    ("words of its own", true, |case, answer| match answer {
        Answer::Skip(SkipWording::Known(_)) => {
            let text = format!("none of {} tags will do", case.history.tags().len());
            Answer::Skip(SkipWording::Other(text))
        }
        answer => answer,
    }),
    (
        "the number of the run in a skip",
        true,
        |_, answer| match answer {
            Answer::Skip(SkipWording::Known(text)) => {
                Answer::Skip(SkipWording::Other(format!("{text}, {}", run_number())))
            }
            answer => answer,
        },
    ),
    (
        "words around the declared reason",
        true,
        |case, answer| match answer {
            Answer::Skip(SkipWording::Declared) => {
                let declared = case.declared.unwrap_or_default();
                Answer::Skip(SkipWording::of(
                    &format!("not applicable: {declared}"),
                    case.declared,
                ))
            }
            answer => answer,
        },
    ),
    (
        "an error where the head is unknown",
        true,
        |case, answer| {
            let is_open = case.declared.is_none() && case.override_version.is_none();
            if is_open && case.head.is_none() && case.canonical.is_some() {
                Answer::NoAnswer
            } else {
                answer
            }
        },
    ),
    ("an override as it was given", true, |case, answer| {
        match (answer, case.override_version) {
            (Answer::NoAnswer, Some(given)) => Answer::Unpublished(given.version.to_string()),
            (answer, _) => answer,
        }
    }),
    (
        "the newest tag of the canonical's version",
        true,
        |case, answer| {
            let is_open = case.declared.is_none() && case.override_version.is_none();
            let (Answer::Version(number), Some(canonical), Some(head), true) =
                (&answer, case.canonical, case.head, is_open)
            else {
                return answer;
            };
            let is_same = |version: &Version| version.is_same_version(&canonical.version);
            if !case.history.version(*number).is_some_and(is_same) {
                return answer;
            }
            let excluded = case.history.excluded();
            let published = case.history.published().enumerate();
            let same = published.filter(|(_, other)| {
                let version = other.version();
                is_same(version)
                    && version.is_older_than(&head.version)
                    && excluded.iter().all(|excluded| excluded.version != *version)
            });
            let newest = same.max_by_key(|(_, other)| other.version().clone());
            newest.map_or(answer, |(number, _)| Answer::Version(number))
        },
    ),
    (
        "the oldest tag of the same version",
        false,
        |case, answer| {
            let Answer::Version(number) = answer else {
                return answer;
            };
            let version = case.history.version(number).unwrap();
            let named = [case.override_version, case.canonical, case.head];
            let mut named = named.into_iter().flatten();
            if named.any(|named| named.version.is_same_version(version)) {
                return answer;
            }
            let published = case.history.published().enumerate();
            let same = published.filter(|(_, other)| {
                other.version().is_same_version(version)
                    && case
                        .head
                        .is_none_or(|head| other.version().is_older_than(&head.version))
                    && other.version().is_prerelease() == version.is_prerelease()
                    && !case
                        .history
                        .excluded()
                        .iter()
                        .any(|excluded| excluded.version == *other.version())
            });
            let oldest = same.min_by_key(|(_, other)| other.version().clone());
            oldest.map_or(answer, |(number, _)| Answer::Version(number))
        },
    ),
];

#[test]
fn no_resolver_that_is_right_is_convicted_by_safety() {
    for (name, differs, otherwise) in SOUND {
        let campaign = Campaign {
            level: Level::Safety,
            seed: 5,
            jobs: 2,
            selection: Selection {
                cases_max: Some(300),
                ..Selection::WHOLE
            },
            ..Campaign::WHOLE
        };
        let start = || Ok(Box::new(Sound(otherwise)) as Box<dyn Subject>);
        let found = campaign.run(&start).unwrap().counterexample;
        let sentence = found.map(|found| found.counterexample.sentence);
        assert_eq!(sentence, None, "{name}");
        let exact = Campaign {
            level: Level::DesignA,
            ..campaign
        };
        let found = exact.run(&start).unwrap().counterexample;
        assert!(found.is_some() || !differs, "{name}");
    }
}
