//! The words of a question that mean nothing to a resolver: its commits, and the reason that is
//! declared. A run's question has the run's own. Those of a world of the trial come from the seed
//! and from the question alone: the same question has the same ones whenever it is asked, and no
//! program can know the trial by them.

use samever_core::CommitId;
use sha2::{Digest, Sha256};

use crate::verify::world::{Case, Commits, Main, RecordCommit, TestVersion};

/// Reasons that are declared: one that is plain, and what a text of people can hold.
const REASONS: [&str; 5] = [
    "it keeps no state",
    "the maintainer says: \"not yet\", and 'not here'",
    "Änderungen – 変更 – نسخة",
    "{\"kind\": \"skip\"}",
    "a reason that goes on, and on, because it explains what was tried, when it was tried, and why \
     none of that helped, so that a reader need not ask",
];

/// How many digits the commits of some questions have in common.
const SHARED: usize = 12;

/// The names of one question.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    pub(crate) head: String,
    /// Of a main tip that is elsewhere.
    pub(crate) main: Option<String>,
    /// On record of the canonical, if it is: its own, the head's or the main tip's.
    pub(crate) canonical: Option<String>,
    /// What is declared, where something is.
    pub(crate) declared: Option<&'a str>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(seed: u64, case: &Case<'a>) -> Self {
        match case.commits {
            Some(commits) => Self::of_run(commits, case.declared),
            None => Self::of_world(seed, case),
        }
    }

    fn of_run(commits: Commits, declared: Option<&'a str>) -> Self {
        let text = |commit: Option<CommitId>| commit.map(|commit| commit.to_string());
        Self {
            head: commits.head.to_string(),
            main: text(commits.main),
            canonical: text(commits.canonical),
            declared,
        }
    }

    fn of_world(seed: u64, case: &Case<'a>) -> Self {
        let repository = of_repository(seed, case);
        let digest = of_question(&repository, case);
        let commit = |number: u8| {
            let name = Sha256::new()
                .chain_update(repository)
                .chain_update([number]);
            let mut bytes = [0; 20];
            bytes.copy_from_slice(&name.finalize()[..20]);
            CommitId::from_bytes(bytes).to_string()
        };
        let (head, mut main) = (commit(0), commit(1));
        // What is compared in part is another commit all the same.
        match repository[2] % 4 {
            0 => main.replace_range(..SHARED, &head[..SHARED]),
            1 => main.replace_range(main.len() - SHARED.., &head[head.len() - SHARED..]),
            _ => {}
        }
        let is_head =
            case.head_version().is_some() && case.head_version() == case.canonical_version();
        let record = case.record.unwrap_or(match digest[0] % 4 {
            // On a quiet night the canonical is the head itself.
            0 => RecordCommit::Head,
            1 if is_head => RecordCommit::Head,
            1 => RecordCommit::Main,
            2 => RecordCommit::Unknown,
            _ => RecordCommit::Own,
        });
        let canonical = match (record, case.main) {
            (RecordCommit::Unknown, _) => None,
            (RecordCommit::Head, _) | (RecordCommit::Main, Main::IsHead) => Some(head.clone()),
            (RecordCommit::Main, Main::Elsewhere) => Some(main.clone()),
            (RecordCommit::Own, _) | (RecordCommit::Main, Main::Unknown) => Some(commit(2)),
        };
        let reason = REASONS[usize::from(digest[1]) % REASONS.len()];
        Self {
            head,
            main: Some(main),
            canonical,
            declared: case.declared.map(|_| reason),
        }
    }
}

/// What the commits come from: the repository alone, as in the world. Questions of one repository
/// that differ in what the operator asks have the same commits, so that a program that remembers
/// its answers by them is seen.
fn of_repository(seed: u64, case: &Case<'_>) -> [u8; 32] {
    let head = case.head.map_or_else(String::new, TestVersion::spelled);
    let tags = case.history.tags().iter().cloned();
    digest(&seed.to_le_bytes(), tags.chain([head]))
}

/// What is drawn for one question alone.
fn of_question(repository: &[u8], case: &Case<'_>) -> [u8; 32] {
    let excluded = case.history.excluded().iter();
    let excluded = excluded.map(|exclusion| format!("excluded {}", exclusion.version));
    let spelled = [case.override_version, case.canonical];
    let spelled = spelled.map(|version| version.map_or_else(String::new, TestVersion::spelled));
    let rest = format!(
        "{:?} {:?} {} {} {}",
        case.main,
        case.record,
        case.declared.is_some(),
        case.release_first,
        case.prereleases
    );
    digest(repository, excluded.chain(spelled).chain([rest]))
}

fn digest(start: &[u8], texts: impl Iterator<Item = String>) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(start);
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use proptest::strategy::{Strategy, ValueTree};
    use proptest_state_machine::ReferenceStateMachine;
    use samever_core::Inputs;
    use serde_json::Value;
    use tempfile::TempDir;

    use super::Names;
    use crate::cancel::NEVER;
    use crate::run::{Resolver, STEP_BACK};
    use crate::simulate::{GitBackend, ModelBackend, Scenario, parse_scenario, play};
    use crate::verify::history::{Nights, scenario};
    use crate::verify::subject::program::{Plan, question, read_plan};
    use crate::verify::world::vocabulary::{ROWS, world_of_row};
    use crate::verify::world::{Answer, Main, SkipWording, TestVersion, World};
    use crate::verify::world::{case_of, next_world, stream, world_of, world_scenario};

    /// Plays a scenario, and gives what `line` makes of each question.
    fn asked<T: Send>(
        scenario: &Scenario,
        is_real: bool,
        line: impl Fn(&Inputs<'_>) -> T + Sync,
    ) -> Vec<T> {
        let lines = Mutex::new(Vec::new());
        let resolver = Resolver {
            decide: &|inputs| {
                lines.lock().unwrap().push(line(inputs));
                (STEP_BACK.decide)(inputs)
            },
            ..STEP_BACK
        };
        if is_real {
            let folder = TempDir::new().unwrap();
            let arm = GitBackend::new(scenario, folder.path(), resolver, false, None).unwrap();
            play(scenario, arm, &NEVER).unwrap();
        } else {
            let Ok(_) = play(scenario, ModelBackend::new(scenario, resolver), &NEVER);
        }
        lines.into_inner().unwrap()
    }

    /// A question, in which each commit is the number of its first place.
    fn line(inputs: &Inputs<'_>) -> Value {
        let world = world_of(inputs);
        let case = case_of(&world, inputs);
        let mut line = serde_json::from_str(&question(1, &case, &Names::of(0, &case))).unwrap();
        let mut known: Vec<Value> = Vec::new();
        for place in ["/head/commit", "/main_tip", "/canonical/commit"] {
            let Some(commit) = Value::pointer_mut(&mut line, place).filter(|it| !it.is_null())
            else {
                continue;
            };
            let number = known.iter().position(|other| other == commit);
            let number = number.unwrap_or_else(|| {
                known.push(commit.clone());
                known.len() - 1
            });
            *commit = number.into();
        }
        line
    }

    /// What is special about a question.
    fn edges(line: &Value) -> impl Iterator<Item = &'static str> {
        let at = |place: &str| line.pointer(place).cloned().unwrap_or_default();
        let (main, canonical) = (at("/main_tip"), at("/canonical/commit"));
        let has_canonical = at("/canonical").is_object();
        [
            ("declared", at("/declared").is_string()),
            ("excluded", at("/excluded").is_array()),
            ("main at the head", main == 0),
            ("main elsewhere", main == 1),
            (
                "no main beside a canonical",
                has_canonical && main.is_null(),
            ),
            ("a canonical at the head", canonical == 0),
            ("a canonical elsewhere", canonical == 1),
            (
                "a canonical of no commit",
                has_canonical && canonical.is_null(),
            ),
        ]
        .into_iter()
        .filter_map(|(name, is_it)| is_it.then_some(name))
    }

    #[test]
    fn the_model_asks_the_questions_that_a_real_repository_asks() {
        let mut stream = stream(11, 0);
        let nights = Nights::sequential_strategy(3..=12);
        let mut seen = BTreeSet::new();
        for number in 0..160 {
            let scenario = if number % 2 == 0 {
                let mut world = next_world(&mut stream).current();
                if world.main == Main::Unknown {
                    world.main = Main::Elsewhere;
                }
                world_scenario(&world).unwrap()
            } else {
                scenario(&nights.new_tree(&mut stream).unwrap().current()).0
            };
            let model = asked(&scenario, false, line);
            let real = asked(&scenario, true, line);
            assert_eq!(model, real, "{}", scenario.to_yaml("asked of both"));
            seen.extend(real.iter().flat_map(edges));
        }
        assert_eq!(seen.len(), 8, "{seen:?}");
    }

    #[test]
    fn a_long_answer_is_read_whole() {
        let long = format!("1.0.0+{}", "a".repeat(300));
        let world = World {
            override_version: Some(TestVersion::new(&long).unwrap()),
            ..world_of_row(&ROWS[0])
        };
        let case = world.case();
        let names = Names::of(0, &case);
        let version = Plan::Version {
            version: long.clone(),
        };
        assert_eq!(
            read_plan(version, &case, &names),
            Answer::Unpublished(long.clone())
        );
        let skip = Plan::Skip {
            reason: long.clone(),
        };
        let reason = SkipWording::of(&long, None);
        assert_eq!(read_plan(skip, &case, &names), Answer::Skip(reason));
    }

    #[test]
    fn a_question_of_a_run_has_its_commits_and_words_and_an_answer_may_take_them_up() {
        let yaml = "# Told\nrecipe:\n  name: custom-html\n  published: [1.0.0+1, 1.1.0+1]\nsteps:\n\
                    - pr: {policy: {not-applicable: \"so: it \\\"is\\\"\"}, expect: {error: not \
                    compared, canonical: none}}\n- pr: {expect: {error: not compared, canonical: \
                    none}}\n";
        let file = parse_scenario("told", "told.yaml", yaml.as_bytes()).unwrap();
        let told = asked(&file.scenario, true, |inputs| {
            let world = world_of(inputs);
            let case = case_of(&world, inputs);
            let names = Names::of(7, &case);
            let line: Value = serde_json::from_str(&question(1, &case, &names)).unwrap();
            assert_eq!(line["head"]["commit"], inputs.head.commit.to_string());
            assert_eq!(line["declared"].as_str(), inputs.declared);
            let main = inputs.main_tip.map(|tip| tip.commit.to_string());
            assert_eq!(line["main_tip"].as_str(), main.as_deref());
            let commits = [Some(inputs.head.commit.to_string()), main];
            let plans = commits.into_iter().flatten();
            let plans = plans.map(|commit| Plan::Ref { commit });
            let reason = inputs.declared.map(|reason| Plan::Skip {
                reason: reason.to_owned(),
            });
            let plans = plans.chain(reason);
            plans
                .map(|plan| read_plan(plan, &case, &names))
                .collect::<Vec<_>>()
        });
        let declared = Answer::Skip(SkipWording::Declared);
        assert_eq!(
            told,
            [
                vec![Answer::HeadCommit, declared],
                vec![Answer::HeadCommit, Answer::MainTip]
            ]
        );
    }
}
