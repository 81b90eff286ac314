//! The canonical store: killed at every step and at random times, raced by many
//! processes, damaged by hand.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use samever::internals::StoreStep;
use samever::recipe::{CanonicalRecord, RecipeName};
use samever::store::{CanonicalStore, Change, Recorded, StoreError};
use samever_core::{CommitId, Version};
use serde_json::Value;
use tempfile::TempDir;

use super::support::folder::state_of;

const CHANGE: Change<'static> = Change {
    why: "a test",
    run: "test",
};

fn recipe() -> RecipeName {
    "custom-html".parse().unwrap()
}

fn record(patch: u32) -> CanonicalRecord {
    CanonicalRecord {
        recipe: Some("custom-html".to_owned()),
        version: Version::parse(&format!("1.0.{patch}+1")).unwrap(),
        commit: Some(CommitId::from_bytes([7; 20])),
        origin: None,
    }
}

/// The patch of the record in a folder.
#[track_caller]
fn patch(folder: &Path) -> Option<u32> {
    let record = state_of(folder).get(&recipe()).unwrap()?;
    let text = record.version.to_string();
    let patch = text.strip_prefix("1.0.").unwrap().strip_suffix("+1");
    Some(patch.unwrap().parse().unwrap())
}

/// The history of a folder: each line goes on from the one before, and the
/// last says what the record is.
#[track_caller]
fn whole_history(folder: &Path) -> Vec<Value> {
    let history = state_of(folder).history(&recipe()).unwrap();
    let mut before = Value::Null;
    for line in &history {
        assert_eq!(line["from"], before, "{history:#?}");
        before = line["to"].clone();
    }
    history
}

fn count(history: &[Value], change: &str) -> usize {
    let lines = history.iter().filter(|line| line["change"] == change);
    lines.count()
}

// ---- Children: this test program once more, with a task in its environment.

const TASK: &str = "SAMEVER_STORE_TEST_TASK";

fn child(task: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::a_child_does_its_task", "--nocapture"])
        .env(TASK, format!("{task}:{}", folder.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn task() -> Option<(Vec<String>, PathBuf)> {
    let task = std::env::var(TASK).ok()?;
    let (words, folder) = task.split_once(':').unwrap();
    let words = words.split(' ').map(str::to_owned).collect();
    Some((words, PathBuf::from(folder)))
}

/// Ends this process as a crash would, at the step that the task names.
fn die_at_step(step: StoreStep) {
    let (words, _) = task().unwrap();
    if words[1] == format!("{step:?}") {
        kill(Pid::this(), Signal::SIGKILL).unwrap();
    }
}

/// Not a test by itself: without a task it has nothing to do.
#[test]
fn a_child_does_its_task() {
    let Some((words, folder)) = task() else {
        return;
    };
    match words[0].as_str() {
        "promote-and-die" => {
            let store = state_of(&folder).watched(die_at_step);
            store.promote(&recipe(), &record(2), &CHANGE).unwrap();
        }
        "set-and-die" => {
            let store = state_of(&folder).watched(die_at_step);
            store.set(&recipe(), &record(2), &CHANGE).unwrap();
        }
        "promote-for-ever" => {
            let store = state_of(&folder);
            for next in patch(&folder).map_or(0, |patch| patch + 1).. {
                let recorded = store.promote(&recipe(), &record(next), &CHANGE).unwrap();
                assert_eq!(recorded, Recorded::Written);
            }
        }
        "race" => race(words[1].parse().unwrap(), &folder),
        other => panic!("{other} is no task"),
    }
}

// ---- Crashes.

#[test]
fn a_crash_at_any_step_leaves_the_old_record_or_the_new_one() {
    for task in ["promote-and-die", "set-and-die"] {
        for step in StoreStep::ALL {
            let folder = TempDir::new().unwrap();
            let folder = folder.path();
            let store = state_of(folder);
            store.promote(&recipe(), &record(1), &CHANGE).unwrap();
            let status = child(&format!("{task} {step:?}"), folder).wait().unwrap();
            assert_eq!(status.signal(), Some(9), "{task} at {step:?}");
            let is_new = matches!(step, StoreStep::Renamed | StoreStep::FolderSynced);
            let expected = if is_new { 2 } else { 1 };
            assert_eq!(patch(folder), Some(expected), "{task} at {step:?}");
            // The next run works, and nothing stays behind.
            let next = store.promote(&recipe(), &record(3), &CHANGE).unwrap();
            assert_eq!(next, Recorded::Written);
            assert_eq!(patch(folder), Some(3));
            let history = whole_history(folder);
            let told_too_much = step == StoreStep::Told;
            assert_eq!(count(&history, "found"), usize::from(told_too_much));
            let files = fs::read_dir(folder.join("canonical")).unwrap().count();
            assert_eq!(files, 1, "{task} at {step:?}");
        }
    }
}

#[test]
fn kills_at_random_times_over_a_thousand_promotions_lose_and_tear_nothing() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let (mut kills, mut last) = (0_u64, 0);
    while last < 1000 || kills < 40 {
        let mut child = child("promote-for-ever", folder);
        // Spread over the start, the first promotion, and the middle of many.
        let milliseconds = kills * 7919 % 61;
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        assert_eq!(
            child.wait().unwrap().signal(),
            Some(9),
            "it did not end by itself"
        );
        kills += 1;
        let now = patch(folder).unwrap_or(0);
        assert!(now >= last, "back from {last} to {now} after {kills} kills");
        last = now;
    }
    let next = state_of(folder).promote(&recipe(), &record(last + 1), &CHANGE);
    assert_eq!(next.unwrap(), Recorded::Written);
    let history = state_of(folder).history(&recipe()).unwrap();
    // A line that a kill cut off is left as a text, on a line of its own.
    let whole: Vec<_> = history.iter().filter(|line| line.is_object()).collect();
    let torn = history.len() - whole.len();
    assert!(torn as u64 <= kills);
    let mut before = &Value::Null;
    for line in &whole {
        assert_eq!(line["from"], *before);
        before = &line["to"];
    }
    assert_eq!(before["version"], format!("1.0.{}+1", last + 1));
}

// ---- Races.

const RACERS: u32 = 32;
const ROUNDS: u32 = 20;

/// Promotes ever newer versions of its own, reads between, and keeps what it saw.
fn race(number: u32, folder: &Path) {
    let store = state_of(folder);
    let (mut seen, mut written) = (None, 0);
    for round in 0..ROUNDS {
        let mine = round * RACERS + number;
        match store.promote(&recipe(), &record(mine), &CHANGE).unwrap() {
            Recorded::Written => written += 1,
            Recorded::WouldGoBack(_) => {}
            Recorded::Unchanged => panic!("nobody else promotes 1.0.{mine}"),
        }
        for _ in 0..5 {
            let now = patch(folder);
            assert!(now >= seen, "back from {seen:?} to {now:?}");
            assert!(now >= Some(mine), "{mine} is lost: {now:?}");
            seen = now;
        }
    }
    fs::write(
        folder.join(format!("written-{number}")),
        written.to_string(),
    )
    .unwrap();
}

#[test]
fn many_processes_at_once_tear_nothing_lose_nothing_and_never_go_back() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    state_of(folder);
    let children: Vec<_> = (0..RACERS)
        .map(|number| child(&format!("race {number}"), folder))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(patch(folder), Some(ROUNDS * RACERS - 1));
    let written = (0..RACERS).map(|number| {
        let path = folder.join(format!("written-{number}"));
        fs::read_to_string(path).unwrap().parse::<usize>().unwrap()
    });
    let history = whole_history(folder);
    let written: usize = written.sum();
    assert_eq!(history.len(), written, "each update has its line");
    assert_eq!(count(&history, "promote"), written);
    let versions: Vec<_> = history
        .iter()
        .map(|line| Version::parse(line["to"]["version"].as_str().unwrap()).unwrap())
        .collect();
    assert!(
        versions
            .windows(2)
            .all(|pair| pair[0].is_older_than(&pair[1]))
    );
    assert!(written > 1, "the processes met");
}

// ---- The record and its history.

#[test]
fn a_record_has_the_shape_that_people_and_programs_read() {
    let folder = TempDir::new().unwrap();
    let store = state_of(folder.path());
    store.promote(&recipe(), &record(1), &CHANGE).unwrap();
    let path = folder.path().join("canonical/custom-html.json");
    let text = fs::read_to_string(path).unwrap();
    let fields: Value = serde_json::from_str(&text).unwrap();
    let ts = fields["ts"].as_str().unwrap();
    assert_eq!(
        text,
        format!(
            "{{\n  \"recipe\": \"custom-html\",\n  \"version\": \"1.0.1+1\",\n  \"commit\": \
             \"{}\",\n  \"status\": \"green\",\n  \"ts\": \"{ts}\"\n}}\n",
            "07".repeat(20)
        )
    );
    let shape: String = ts
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z");
}

#[test]
fn a_promotion_never_goes_back_and_repeats_nothing() {
    let folder = TempDir::new().unwrap();
    let store = state_of(folder.path());
    let promote = |patch| store.promote(&recipe(), &record(patch), &CHANGE).unwrap();
    assert_eq!(promote(5), Recorded::Written);
    assert_eq!(promote(5), Recorded::Unchanged);
    assert_eq!(promote(4), Recorded::WouldGoBack(record(5)));
    assert_eq!(patch(folder.path()), Some(5));
    assert_eq!(whole_history(folder.path()).len(), 1);
    // An operator may.
    assert_eq!(
        store.set(&recipe(), &record(4), &CHANGE).unwrap(),
        Some(record(5))
    );
    assert!(store.drop(&recipe(), &CHANGE).unwrap());
    assert!(!store.drop(&recipe(), &CHANGE).unwrap());
    assert_eq!(store.get(&recipe()).unwrap(), None);
    assert_eq!(promote(1), Recorded::Written);
    let changes: Vec<_> = whole_history(folder.path())
        .iter()
        .map(|line| line["change"].clone())
        .collect();
    assert_eq!(changes, ["promote", "set", "drop", "promote"]);
}

#[test]
fn what_somebody_changed_by_hand_is_found_and_told() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let store = state_of(folder);
    store.promote(&recipe(), &record(1), &CHANGE).unwrap();
    let path = folder.join("canonical/custom-html.json");
    let by_hand = fs::read_to_string(&path)
        .unwrap()
        .replace("1.0.1+1", "1.0.2+1");
    fs::write(&path, by_hand).unwrap();
    store.promote(&recipe(), &record(3), &CHANGE).unwrap();
    let history = whole_history(folder);
    assert_eq!(history[1]["change"], "found");
    assert_eq!(history[1]["to"]["version"], "1.0.2+1");
    assert_eq!(history[2]["from"]["version"], "1.0.2+1");
}

#[test]
fn a_line_that_a_crash_cut_off_stays_on_a_line_of_its_own() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let store = state_of(folder);
    store.promote(&recipe(), &record(1), &CHANGE).unwrap();
    let path = folder.join("history/custom-html.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{{\"ts\": \"2026")).unwrap();
    store.promote(&recipe(), &record(2), &CHANGE).unwrap();
    let history = store.history(&recipe()).unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[1], "{\"ts\": \"2026");
    assert_eq!(history[2]["from"]["version"], "1.0.1+1");
}

#[test]
fn a_damaged_record_is_an_error_and_an_operator_can_replace_it() {
    for damage in [
        "",
        "{",
        "{\"recipe\": \"other\", \"version\": \"1.0.0+1\"}",
        "\u{0}\u{0}",
    ] {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        let store = state_of(folder);
        store.promote(&recipe(), &record(1), &CHANGE).unwrap();
        let path = folder.join("canonical/custom-html.json");
        fs::write(&path, damage).unwrap();
        let error = store.get(&recipe()).unwrap_err().to_string();
        for part in [
            path.to_str().unwrap(),
            "samever canonical set",
            "drop custom-html",
            "history",
        ] {
            assert!(error.contains(part), "{part} is missing in: {error}");
        }
        let error = store.promote(&recipe(), &record(9), &CHANGE).unwrap_err();
        assert!(
            error.to_string().contains("samever canonical set"),
            "{error}"
        );
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            damage,
            "it is as it was"
        );
        assert_eq!(store.set(&recipe(), &record(2), &CHANGE).unwrap(), None);
        assert_eq!(patch(folder), Some(2));
        let history = store.history(&recipe()).unwrap();
        assert_eq!(history[1]["damaged"], damage);
        store.promote(&recipe(), &record(3), &CHANGE).unwrap();
        assert_eq!(store.history(&recipe()).unwrap().len(), 3);
    }
}

#[test]
fn what_is_no_state_folder_is_an_error_and_not_an_empty_store() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("file"), "").unwrap();
    fs::create_dir(path("empty")).unwrap();
    fs::create_dir_all(path("home/Documents")).unwrap();
    fs::create_dir_all(path("earlier/canonical")).unwrap();
    fs::create_dir(path("later")).unwrap();
    fs::write(path("later/samever-state"), "samever/state/2\n").unwrap();
    let refusal = |store: Result<CanonicalStore, StoreError>| store.unwrap_err().to_string();
    for (name, opened, made) in [
        ("nowhere", Some("is not there"), None),
        ("file", Some("is no folder"), Some("is no folder")),
        ("empty", Some("is no state folder"), None),
        ("home", Some("is no state folder"), Some("holds Documents")),
        ("earlier", Some("is no state folder"), None),
        ("later", Some("of another samever"), Some("already")),
    ] {
        for (refused, store) in [
            (opened, CanonicalStore::open(&path(name))),
            (made, CanonicalStore::init(&path(name), &[])),
        ] {
            match refused {
                Some(why) => {
                    let told = refusal(store);
                    assert!(told.contains(why), "{name}: {told}");
                }
                None => assert_eq!(store.unwrap().list().unwrap(), [], "{name}"),
            }
        }
        if made.is_none() {
            CanonicalStore::open(&path(name)).unwrap();
            assert!(refusal(CanonicalStore::init(&path(name), &[])).contains("already"));
        }
    }
}

#[test]
fn what_is_no_file_is_a_damaged_record_and_never_none() {
    for (kind, why) in [
        ("pipe", "is no file"),
        ("link", "is a link to what is not there"),
        ("folder", "is a folder; move it away first"),
    ] {
        let folder = TempDir::new().unwrap();
        let store = state_of(folder.path());
        fs::create_dir_all(folder.path().join("canonical")).unwrap();
        let path = folder.path().join("canonical/custom-html.json");
        match kind {
            "pipe" => {
                let status = Command::new("mkfifo").arg(&path).status().unwrap();
                assert!(status.success());
            }
            "link" => std::os::unix::fs::symlink("nowhere", &path).unwrap(),
            _ => fs::create_dir(&path).unwrap(),
        }
        let error = store.get(&recipe()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        if kind != "folder" {
            assert_eq!(store.set(&recipe(), &record(2), &CHANGE).unwrap(), None);
            assert_eq!(patch(folder.path()), Some(2));
        }
    }
}

#[test]
fn of_many_that_make_one_state_folder_one_does_and_none_reads_half_a_marker() {
    for _ in 0..20 {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        let made: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let made = CanonicalStore::init(folder, &[]);
                        CanonicalStore::open(folder).unwrap();
                        usize::from(made.is_ok())
                    })
                })
                .collect();
            let threads = threads.into_iter();
            threads.map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(made, 1);
    }
}
