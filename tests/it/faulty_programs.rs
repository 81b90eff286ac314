//! Programs with the fault of a public report each: the default run convicts every one of them.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use samever::verify::{Campaign, Level, Program, Selection, Subject};
use serde::Deserialize;

use crate::programs::{examples, python, python_is_missing};
use crate::support::folder::Folder;

#[derive(Deserialize)]
struct Faulty {
    program: Vec<FaultyProgram>,
}

#[derive(Deserialize)]
struct FaultyProgram {
    name: String,
    source: String,
    fault: String,
    change: Vec<Change>,
}

/// A line of the example, and the lines in its place.
#[derive(Deserialize)]
struct Change {
    line: String,
    becomes: String,
}

impl FaultyProgram {
    fn script(&self, example: &str) -> String {
        let mut script = example.to_owned();
        for Change { line, becomes } in &self.change {
            let line = format!("\n{line}\n");
            assert_eq!(script.matches(&line).count(), 1, "{}: {line}", self.name);
            script = script.replace(&line, &format!("\n{becomes}\n"));
        }
        script
    }
}

fn is_convicted(program: &str) -> bool {
    let campaign = Campaign {
        level: Level::Safety,
        without: &["other-orders"],
        seed: 1,
        jobs: 1,
        selection: Selection {
            only: Some(("vocabulary", None)),
            ..Selection::WHOLE
        },
        ..Campaign::WHOLE
    };
    let start = || {
        let program = Program::start(program, Duration::from_mins(1), 1)?;
        Ok(Box::new(program) as Box<dyn Subject>)
    };
    campaign.run(&start).unwrap().counterexample.is_some()
}

#[test]
fn each_program_with_the_fault_of_a_public_report_is_convicted_by_the_cases_that_come_first() {
    if python_is_missing() {
        return;
    }
    let [example, _] = &examples();
    let data = include_str!("faulty-programs.toml");
    let Faulty { program: faulty } = toml::from_str(data).unwrap();
    assert_eq!(faulty.len(), 35);
    let sources: BTreeSet<_> = faulty.iter().map(|faulty| &faulty.source).collect();
    assert_eq!(
        sources.len(),
        faulty.len(),
        "each after a report of its own"
    );
    let folder = Folder::new();
    let left = Mutex::new(faulty.iter());
    let passed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(faulty) = left.lock().unwrap().next() else {
                        return;
                    };
                    let name = format!("{}.py", faulty.name);
                    let program = python(folder.root(), &name, &faulty.script(example));
                    if !is_convicted(&program) {
                        passed
                            .lock()
                            .unwrap()
                            .push(format!("{}: {}", faulty.name, faulty.fault));
                    }
                }
            });
        }
    });
    assert_eq!(passed.into_inner().unwrap(), Vec::<String>::new());
}
