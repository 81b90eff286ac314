//! The shape of the project: arrows between rooms, lengths, strays, and a
//! README that tells the truth.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::folder::binary;

/// Each room knows only those before it.
const ROOMS: [&str; 10] = [
    "scheme", "recipe", "store", "run", "deploy", "sweep", "simulate", "verify", "report", "cli",
];

/// The rooms that do no I/O, read no clock and no environment, and print
/// nothing.
const PURE: [&str; 2] = ["version", "resolve"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file, without the tests at its end.
pub(crate) fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

/// The room that a file belongs to; a file in `src/` itself is
/// in none.
fn room(path: &Path) -> Option<&'static str> {
    let path = path.strip_prefix(root().join("src")).unwrap();
    ROOMS.into_iter().find(|room| path.starts_with(room))
}

#[test]
fn arrows_between_rooms_run_one_way() {
    let mut arrows = 0;
    for path in files(&root().join("src"), ".rs") {
        let Some(at) = room(&path).and_then(|room| ROOMS.iter().position(|other| *other == room))
        else {
            continue;
        };
        let code = code(&path);
        for later in &ROOMS[at + 1..] {
            for arrow in [format!("crate::{later}"), format!("super::super::{later}")] {
                assert!(
                    !code.contains(&arrow),
                    "{} points to {later}",
                    path.display()
                );
            }
        }
        arrows += ROOMS[..at]
            .iter()
            .filter(|room| code.contains(&format!("crate::{room}")))
            .count();
    }
    assert!(
        arrows > 5,
        "the scan sees the arrows that there are: {arrows}"
    );
}

#[test]
fn only_the_command_line_knows_the_reports() {
    for path in files(&root().join("src"), ".rs") {
        if !matches!(room(&path), Some("cli" | "report")) && !path.ends_with("lib.rs") {
            assert!(!code(&path).contains("report::"), "{}", path.display());
        }
    }
}

#[test]
fn the_pure_rooms_touch_nothing_outside() {
    let outside = [
        "std::io",
        "std::fs",
        "std::env",
        "std::time",
        "std::process",
        "std::net",
        "print",
    ];
    let mut scanned = 0;
    for pure in PURE {
        for path in files(&root().join("core/src").join(pure), ".rs") {
            let code = code(&path);
            let code: Vec<_> = code
                .lines()
                .filter(|line| !line.trim().starts_with("//"))
                .collect();
            for word in outside {
                assert!(
                    !code.join("\n").contains(word),
                    "{} has {word}",
                    path.display()
                );
            }
            scanned += 1;
        }
    }
    assert!(
        scanned >= 8,
        "the scan sees the files that there are: {scanned}"
    );
}

#[test]
fn no_file_is_longer_than_one_idea() {
    for folder in ["core", "src", "tests", "benches"] {
        for path in files(&root().join(folder), ".rs") {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
        }
    }
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 40, "main.rs parses, calls and exits");
}

#[test]
fn every_snapshot_has_an_owner() {
    for path in files(&root().join("tests"), ".snap") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (owner, test) = name.strip_prefix("it__").unwrap().split_once("__").unwrap();
        let source =
            fs::read_to_string(root().join("tests/it").join(format!("{owner}.rs"))).unwrap();
        let of_a_test = source.contains(&format!("fn {test}()"));
        let scenario = test.trim_end_matches(".text").trim_end_matches(".json");
        let scenario = root().join("scenarios").join(format!("{scenario}.yaml"));
        let of_a_scenario = owner == "scenarios" && scenario.is_file();
        assert!(of_a_test || of_a_scenario, "{} is a stray", path.display());
    }
    assert_eq!(
        files(&root().join("tests"), ".snap.new"),
        [] as [PathBuf; 0]
    );
}

/// What the root folder holds; `target` is git's to ignore.
const ROOT: [&str; 18] = [
    ".ci",
    ".clippy.toml",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "core",
    "docs",
    "scenarios",
    "src",
    "tests",
    "deny.toml",
];

#[test]
fn the_root_folder_holds_only_what_is_on_the_list() {
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_str().unwrap();
        let is_known = ROOT.contains(&name) || [".git", "target"].contains(&name);
        assert!(is_known, "{name} is a stray: remove it, or add it to ROOT");
    }
}

#[test]
fn every_dependency_has_its_reason_on_record() {
    let manifest = ["Cargo.toml", "core/Cargo.toml"]
        .map(|path| fs::read_to_string(root().join(path)).unwrap())
        .concat();
    let decisions = fs::read_to_string(root().join("docs/decisions.md")).unwrap();
    let mut section = "";
    let mut dependencies = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies")
            && let Some((name, _)) = line.split_once(" = ")
            && name != "samever-core"
        {
            assert!(
                decisions.contains(&format!("**{name}**")),
                "{name} has no reason"
            );
            dependencies += 1;
        }
    }
    assert!(
        dependencies > 10,
        "the scan sees the dependencies that there are"
    );
}

#[test]
fn the_readme_fits_its_bounds() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 120, "the README is one page");
}

/// Asserts that a text is as shown, where a line `…` stands for any lines.
#[track_caller]
fn assert_shows(printed: &str, shown: &str, command: &str) {
    let mut lines = printed.lines();
    let mut skips = false;
    for line in shown.lines() {
        if line == "…" {
            skips = true;
        } else if skips {
            assert!(lines.any(|printed| printed == line), "{command}: {line}");
            skips = false;
        } else {
            assert_eq!(lines.next(), Some(line), "of {command}");
        }
    }
    assert!(skips || lines.next().is_none(), "{command} prints more");
}

/// Runs every command of the README that calls the program, and compares what
/// it prints with what the README shows. The gate runs the full trial, once;
/// `verify_command.rs` compares the evidence of smaller ones.
#[test]
fn the_commands_of_the_readme_print_what_it_shows() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut compared = 0;
    let folder = tempfile::TempDir::new().unwrap();
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for shown in block.split("$ ").skip(1) {
            let (command, expected) = shown.split_once('\n').unwrap();
            let Some(args) = command.strip_prefix("cargo run --release -- ") else {
                continue;
            };
            if args.contains("--evidence") {
                continue;
            }
            let output = binary()
                .args(args.split_whitespace())
                .current_dir(folder.path())
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_shows(printed.trim(), expected.trim(), command);
            compared += 1;
        }
    }
    assert!(
        compared >= 3,
        "the README shows the main commands with their output"
    );
}

/// The names that the library promises, in its root and its public rooms.
#[test]
fn the_library_promises_at_most_sixty_names() {
    let mut names = 0;
    for file in [
        "lib",
        "recipe/mod",
        "run/mod",
        "simulate/mod",
        "store/mod",
        "verify/mod",
    ] {
        let source = fs::read_to_string(root().join(format!("src/{file}.rs"))).unwrap();
        let promised = source.replace("#[doc(hidden)]\npub ", "hidden ");
        for list in promised.split("\npub use ").skip(1) {
            let list = list.split(';').next().unwrap();
            names += list
                .split(',')
                .filter(|name| name.contains(char::is_alphabetic))
                .count();
        }
        let defines = |line: &&str| {
            [
                "pub struct ",
                "pub enum ",
                "pub trait ",
                "pub fn ",
                "pub const ",
                "pub type ",
            ]
            .iter()
            .any(|word| line.starts_with(word))
        };
        names += promised.lines().filter(defines).count();
    }
    assert!((1..=60).contains(&names), "{names} names are promised");
}

/// Each numbered line of `ARCHITECTURE.md` names a function or a type that is
/// there, and each of its four walks has at most eight.
#[test]
fn the_walks_of_the_architecture_are_short_and_true() {
    let mut sources = String::new();
    for folder in ["core/src", "src"] {
        for path in files(&root().join(folder), ".rs") {
            sources += &fs::read_to_string(path).unwrap();
        }
    }
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut walks = Vec::new();
    for walk in text.split("\n## One ").skip(1) {
        let steps = walk
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let names: Vec<_> = steps.filter_map(|line| line.split('`').nth(1)).collect();
        assert!((5..=8).contains(&names.len()), "{names:?}");
        for name in &names {
            let last = name.rsplit("::").next().unwrap();
            let is_there = ["fn", "struct", "const"]
                .iter()
                .any(|word| sources.contains(&format!("{word} {last}")));
            assert!(is_there, "{name} is not in the code");
        }
        walks.push(names.len());
    }
    assert_eq!(walks.len(), 4);
}
