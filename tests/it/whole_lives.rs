//! Whole lives of a recipe: random nights with random misfortunes, and a small model of what an
//! operator may conclude from the exit code, the table and the reports. It knows nothing of how
//! samever decides: it knows which trees the deploy program was given, and what is published.
//!
//! Green means that two different published trees ran one over the other, in this run, on this
//! state; the record is the newest release that did; nothing else reads as that.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::judge::Reading::{self, Green, NoAnswer, Qualified, Red, Skipped};
use crate::support::judge::faults;
use crate::support::life::{Clone, Event, Life, Night, Plan, Program, Way};
use crate::support::repositories::git_is_missing;

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let event = prop_oneof![
        3 => Just(Event::Quiet),
        4 => Just(Event::Release),
        1 => Just(Event::Docs),
        1 => Just(Event::LabelLost),
        1 => Just(Event::UnlabelledRelease),
        1 => Just(Event::TagMoved),
        1 => Just(Event::TagWithdrawn),
        1 => Just(Event::StateLost),
    ];
    let program = prop_oneof![
        8 => Just(Program::Honest),
        1 => Just(Program::Nothing),
        1 => Just(Program::Lies),
        1 => Just(Program::DiesAtBase),
        1 => Just(Program::DiesAtHead),
        1 => Just(Program::Kills),
        1 => Just(Program::Tree),
    ];
    let way = prop_oneof![2 => Just(Way::Nightly), 1 => Just(Way::Upgrade)];
    let clone = prop_oneof![
        5 => Just(Clone::Fetched),
        1 => Just(Clone::Stale),
        1 => Just(Clone::Shallow),
    ];
    let plan = (event, program, way, clone).prop_map(|(event, program, way, clone)| Plan {
        event,
        program,
        way,
        clone,
    });
    prop::collection::vec(plan, 8)
}

/// Lives, each as its nights; every night of them is judged.
fn lives(seed: u8, count: usize) -> Vec<Vec<Night>> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut lives = Vec::new();
    for _ in 0..count {
        let plans = plans().new_tree(&mut runner).unwrap().current();
        let mut life = Life::new();
        let mut nights: Vec<Night> = Vec::new();
        for plan in plans {
            nights.push(life.night(plan));
            let night = nights.last().unwrap();
            let faults = faults(night);
            let before: Vec<_> = nights.iter().map(|night| night.plan).collect();
            assert!(faults.is_empty(), "{faults:#?}\n{before:#?}\n{night:#?}");
        }
        lives.push(nights);
    }
    lives
}

/// A fault of the reports: what an operator would see of a night with it, after the night before.
type Planted = fn(&Night, Option<&Night>) -> Night;

const GREEN: &str = r#""verdict": "green""#;

/// The faults, and whether every night that one changes convicts it: what an earlier night has left
/// may happen to be true.
const PLANTED: [(&str, bool, Planted); 14] = [
    (
        "the reports of the night before stay",
        false,
        |night, before| {
            let mut night = night.clone();
            if let Some(before) = before {
                night.seen.txt.clone_from(&before.seen.txt);
                night.seen.json.clone_from(&before.seen.json);
                night.seen.xml.clone_from(&before.seen.xml);
            }
            night
        },
    ),
    (
        "the JUnit report of the night before stays",
        false,
        |night, before| {
            let mut night = night.clone();
            if let Some(before) = before {
                night.seen.xml.clone_from(&before.seen.xml);
            }
            night
        },
    ),
    ("the exit code is always 0", true, |night, _| {
        let mut night = night.clone();
        night.seen.code = Some(0);
        night
    }),
    ("files alone are green", true, |night, _| {
        if !night.seen.stdout.contains("green, files alone") {
            return night.clone();
        }
        let mut night = everywhere(night, "green, files alone", "green");
        night.seen.json = night
            .seen
            .json
            .replace(r#""deployer": "tree""#, r#""deployer": "swarm""#);
        night.seen.xml = night.seen.xml.replace("system-out", "properties");
        night
    }),
    ("what is not seen is green", true, |night, _| {
        if night.plan.program != Program::Nothing {
            return night.clone();
        }
        everywhere(night, "green, version not seen", "green")
    }),
    ("an unknown delta is not told", false, |night, _| {
        everywhere(night, ", delta unknown", "")
    }),
    ("a skip reads as green", true, |night, _| {
        let mut night = everywhere(night, "skipped", "green");
        night.seen.json = night.seen.json.replace(r#""verdict": "skipped""#, GREEN);
        night.seen.xml = night.seen.xml.replace("<skipped", "<properties");
        night
    }),
    ("JUnit has no failures", true, |night, _| {
        let mut night = night.clone();
        night.seen.xml = night.seen.xml.replace("<failure", "<properties");
        night
    }),
    ("JUnit has no errors", true, |night, _| {
        let mut night = night.clone();
        night.seen.xml = night.seen.xml.replace("<error", "<properties");
        night
    }),
    ("a red night reads as green", true, |night, _| {
        let mut night = everywhere(night, "red at upgrade", "green");
        night.seen.json = night.seen.json.replace(r#""verdict": "red""#, GREEN);
        night.seen.code = night.seen.code.map(|code| if code == 1 { 0 } else { code });
        night.seen.xml = night.seen.xml.replace("<failure", "<properties");
        night
    }),
    ("a good night is not recorded", false, |night, _| {
        let mut night = night.clone();
        night.seen.record.clone_from(&night.record);
        night
    }),
    (
        "every night records the newest release",
        false,
        |night, _| {
            let mut night = night.clone();
            let newest = night.known.newest();
            night.seen.record = newest.map(|(patch, tree)| (patch, tree.commit.to_string()));
            night
        },
    ),
    (
        "the tip of the main branch is recorded",
        false,
        |night, _| {
            let mut night = night.clone();
            if let Some((patch, _)) = night.seen.record {
                night.seen.record = Some((patch, night.head.commit.to_string()));
            }
            night
        },
    ),
    ("the record goes back", true, |night, _| {
        let mut night = night.clone();
        if let Some((patch, commit)) = &night.record {
            let older = night.known.tags.range(..*patch).next();
            if let Some((older, _)) = older {
                night.seen.record = Some((*older, commit.clone()));
            }
        }
        night
    }),
];

/// The same with other words in the text of the answer and of the report.
fn everywhere(night: &Night, words: &str, others: &str) -> Night {
    let mut night = night.clone();
    night.seen.stdout = night.seen.stdout.replace(words, others);
    night.seen.txt = night.seen.txt.replace(words, others);
    night
}

fn is_same(one: &Night, other: &Night) -> bool {
    let parts = |night: &Night| {
        let seen = night.seen.clone();
        (
            seen.code,
            seen.stdout,
            seen.txt,
            seen.json,
            seen.xml,
            seen.record,
        )
    };
    parts(one) == parts(other)
}

#[track_caller]
fn judge(seed: u8) {
    if git_is_missing() {
        return;
    }
    let lives = lives(seed, 14);
    let nights: Vec<_> = lives.iter().flatten().collect();
    for reading in [Green, Qualified, Red, Skipped, NoAnswer] {
        let count = nights
            .iter()
            .filter(|night| Reading::of_text(&night.seen.stdout) == reading);
        assert!(count.count() >= 4, "hardly a night is {reading:?}");
    }
    for (name, is_always_told, plant) in PLANTED {
        let (mut changed, mut convicted) = (0, 0);
        for life in &lives {
            for (at, night) in life.iter().enumerate() {
                let before = at.checked_sub(1).map(|at| &life[at]);
                let planted = plant(night, before);
                if !is_same(night, &planted) {
                    changed += 1;
                    convicted += usize::from(!faults(&planted).is_empty());
                    let is_told = !is_always_told || !faults(&planted).is_empty();
                    assert!(is_told, "{name} is not told in {planted:#?}");
                }
            }
        }
        assert!(convicted > 0, "{name}: none of {changed} nights tells it");
    }
}

#[test]
fn what_an_operator_concludes_of_a_night_is_true() {
    judge(1);
}

#[test]
fn what_an_operator_concludes_of_another_night_is_true() {
    judge(2);
}
