//! What a message advises can be done where it is told.

use std::collections::BTreeSet;
use std::fs;

use samever::simulate::{RepositoryBuilder, TagKind};

use crate::support::folder::Run;
use crate::support::night::Night;
use crate::support::remote::Remote;
use crate::support::repositories::{git_is_missing, says};
use crate::tidy::{code, root};

/// The options that a text names, such as `--repo`.
fn options(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    let words = text.split(|letter: char| !is_part(letter));
    words
        .filter(|word| word.len() > 3 && word.starts_with("--"))
        .map(str::to_owned)
        .collect()
}

/// The options that a command of samever has.
fn options_of(command: &str) -> BTreeSet<String> {
    let words = command.split(' ').take_while(|word| !word.starts_with('-'));
    let mut help = crate::support::folder::binary();
    help.args(words.take(2)).arg("--help");
    options(&Run::of(&mut help).stdout)
}

/// Tells which option of a message the command does not have. What stands between
/// backticks is a command of its own.
fn stray(message: &str, command: &str) -> Option<String> {
    let known = options_of(command);
    message.split('`').enumerate().find_map(|(index, part)| {
        let known = match part.strip_prefix("samever ") {
            _ if index % 2 == 0 => known.clone(),
            Some(other) => options_of(other),
            // Another program.
            None => return None,
        };
        options(part).difference(&known).next().cloned()
    })
}

#[track_caller]
fn require_followable(message: &str) {
    let stray = stray(message, "nightly");
    assert_eq!(stray, None, "nightly does not have it: {message}");
}

#[test]
fn an_option_that_a_command_lacks_is_found() {
    for (message, found) in [
        ("name one with --repo", Some("--repo")),
        ("give it longer with --timeout, or leave --fetch out", None),
        ("`git fetch --tags` brings it", None),
        ("`samever canonical set a --repo DIR --reason WHY`", None),
        ("`samever canonical drop a --repo DIR`", Some("--repo")),
        ("`samever upgrade --head x`; --head", Some("--head")),
    ] {
        assert_eq!(stray(message, "nightly").as_deref(), found, "{message}");
    }
}

/// A catalogue in which every recipe has another fault; each with what is said
/// of it.
fn faults() -> (Night, Vec<(&'static str, &'static str)>) {
    let night = Night::of(&[
        "damaged",
        "ghost",
        "mainless",
        "no-swarm",
        "nowhere",
        "unborn",
        "unpublished",
    ]);
    let builder = |name: &str| {
        let directory = night.path("catalogue").join(name);
        RepositoryBuilder::init(&directory, false).unwrap()
    };
    fs::create_dir(night.path("catalogue/broken")).unwrap();
    night.write("catalogue/broken/.git", "gitdir: /nowhere");
    for name in ["mainless", "unborn"] {
        fs::remove_file(night.path(&format!("catalogue/{name}/.git/refs/heads/main"))).unwrap();
    }
    let mut mislabelled = builder("mislabelled-tag");
    let commit = mislabelled.release(None, "1.0.0+1").unwrap();
    mislabelled
        .tag("0.9.0+1", commit, TagKind::Annotated)
        .unwrap();
    let commit = mislabelled.release(Some(commit), "1.1.0+1").unwrap();
    mislabelled.reference("refs/heads/main", commit).unwrap();
    let mut unlabelled = builder("unlabelled");
    let commit = unlabelled.release(None, "1.0.0+1").unwrap();
    unlabelled
        .tag("1.0.0+1", commit, TagKind::Annotated)
        .unwrap();
    let commit = unlabelled.commit(Some(commit), &[("compose.yml", b"services: {}\n")]);
    unlabelled
        .reference("refs/heads/main", commit.unwrap())
        .unwrap();
    let mut contradicts = builder("contradicts");
    let labels = "['coop-cloud.x.version=1.0.0', 'coop-cloud.y.version=2.0.0']";
    let compose = format!("services: {{app: {{deploy: {{labels: {labels}}}}}}}\n");
    let commit = contradicts.commit(None, &[("compose.yml", compose.as_bytes())]);
    contradicts
        .reference("refs/heads/main", commit.unwrap())
        .unwrap();
    night.recipe("no release", &[]);
    night.write(
        "catalogue/catalogue.yaml",
        "recipes:\n  ghost: {deploy: ./ghost.sh}\n  lost:\n  \
         mainless: {head: main-tip}\n  mislabelled-tag: {override: 0.9.0+1}\n  \
         no-swarm: {deployer: swarm}\n  nowhere: {main: nowhere}\n  unborn: {main: HEAD}\n  \
         unlabelled: {head: main-tip}\n  unpublished: {override: 9.0.0}\n",
    );
    fs::create_dir_all(night.path("state/canonical")).unwrap();
    night.write("state/canonical/damaged.json", "{");
    let gone = "{\"recipe\": \"unlabelled\", \"version\": \"1.5.0+1\"}";
    night.write("state/canonical/unlabelled.json", gone);
    let told = vec![
        ("broken", "clone it again, or move it out of the catalogue"),
        ("contradicts", "contradicts itself"),
        ("damaged", "VERSION --state state --repo DIR --reason WHY`"),
        ("lost", "it is in catalogue.yaml"),
        ("mainless", "name one as `main` in catalogue.yaml"),
        ("mislabelled-tag", "version as `override` in catalogue.yaml"),
        ("no release", "rename its folder"),
        ("nowhere", "main: nowhere does not lead to a commit"),
        ("unborn", "another revision as `main` in catalogue.yaml"),
        (
            "unlabelled",
            "a base version as `override` in catalogue.yaml",
        ),
        ("unpublished", "the nearest published version is 1.2.0+1"),
    ];
    (night, told)
}

#[test]
fn nightly_names_no_option_that_it_lacks() {
    let (night, told) = faults();
    let mut sweep = night.command(&["--report", "report.json", "report.xml"]);
    let run = Run::of(sweep.env("PATH", "/nowhere"));
    assert_eq!(run.code, 3, "{}", run.stderr);
    let texts = [
        run.stdout,
        run.stderr,
        night.read("report.json"),
        night.read("report.xml"),
    ];
    for text in &texts {
        text.lines().for_each(require_followable);
    }
    for (recipe, part) in told
        .iter()
        .chain(&[("ghost", "ghost.sh"), ("no-swarm", "docker")])
    {
        let lines = texts[0].lines().chain(texts[1].lines());
        let mut lines = lines.filter(|line| line.contains(&format!("{recipe}: ")));
        let is_told = lines.any(|line| line.contains(part));
        assert!(is_told, "{recipe}: {part:?} is missing in: {}", texts[1]);
    }
}

#[test]
fn a_plan_names_no_option_that_nightly_lacks() {
    let (night, told) = faults();
    let run = night.sweep(&["--plan"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let json = night.sweep(&["--plan", "--format", "json"]);
    let text = [run.stdout, run.stderr, json.stdout].concat();
    text.lines().for_each(require_followable);
    for (recipe, part) in told {
        // The tag is read where it is checked out.
        if recipe != "mislabelled-tag" {
            let mut lines = text.lines().filter(|line| line.contains(recipe));
            assert!(lines.any(|line| line.contains(part)), "{recipe}: {text}");
        }
    }
}

#[test]
fn a_sweep_that_cannot_fetch_names_no_option_that_it_lacks() {
    if git_is_missing() {
        return;
    }
    let mut remote = Remote::new();
    remote.clone("mainless", &[]);
    remote.fixture.git(&["branch", "-m", "main", "trunk"]);
    remote
        .fixture
        .git(&["checkout", "--quiet", "--detach", "trunk"]);
    remote.release("1.3.0+1", "other");
    let fetched = Run::of(&mut remote.nightly(&["--fetch"]));
    let without_git = Run::of(remote.nightly(&["--fetch"]).env("PATH", "/nowhere"));
    for (run, part) in [
        (fetched, "name one as `main` in catalogue.yaml"),
        (without_git, "`git` cannot be run"),
    ] {
        assert_eq!(run.code, 3);
        says(&run.stderr, &[part]);
        run.stderr.lines().for_each(require_followable);
    }
}

/// The files with the errors that reach a sweep. An option that `nightly` lacks
/// stands there only in words that the sweep has its own words for.
#[test]
fn every_option_that_an_error_names_is_one_of_nightly_or_has_a_key() {
    let advice = code(&root().join("src/sweep/advice.rs"));
    let mut named = 0;
    for file in [
        "core/src/resolve/error.rs",
        "core/src/resolve/reason.rs",
        "src/deploy/fetch.rs",
        "src/deploy/upgrade.rs",
        "src/recipe/canonical.rs",
        "src/recipe/checkout.rs",
        "src/recipe/error.rs",
        "src/recipe/origin.rs",
        "src/recipe/previous.rs",
        "src/run/request.rs",
        "src/store/error.rs",
    ] {
        let text = code(&root().join(file));
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.starts_with("//"));
        // A text that goes on in the next line is one text.
        let text = lines.collect::<Vec<_>>().join(" ").replace("\\ ", "");
        for sentence in text.split(['"', ';']).filter(|part| part.contains(" --")) {
            named += 1;
            if stray(sentence, "nightly").is_some() {
                let phrase = sentence.trim();
                let known = advice.split('"').filter(|known| known.contains("--"));
                let mut known = known.map(str::trim);
                let is_known = known.any(|known| phrase.ends_with(known));
                assert!(is_known, "{file} has no words for a sweep: {phrase}");
            }
        }
    }
    assert!(
        named > 20,
        "the scan sees the texts that there are: {named}"
    );
}
