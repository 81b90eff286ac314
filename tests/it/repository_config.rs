//! The repository's own configuration, with what it includes, as git reads it.

use std::fs;

use crate::support::folder::{Run, binary};
use crate::support::repositories::{Fixture, git, git_is_missing, samever, says, steady};

/// Adds to the repository's configuration.
fn configure(fixture: &Fixture, text: &str) {
    let path = fixture.directory.join(".git/config");
    let before = fs::read_to_string(&path).unwrap();
    fs::write(path, before + text).unwrap();
}

/// Each with git's own opinion, by the last segment of the address.
#[track_caller]
fn goes_by(text: &str, expected: &str) {
    let (fixture, _) = steady();
    fs::create_dir_all(fixture.directory.join(".git/more")).unwrap();
    for (name, url) in [("one", "https://x/one"), ("two", "https://x/two.git")] {
        let content = format!("[remote \"origin\"]\n\turl = {url}\n");
        fs::write(fixture.directory.join(".git/more").join(name), content).unwrap();
    }
    fs::write(
        fixture.directory.join(".git/more/nested"),
        "[include]\n\tpath = one\n",
    )
    .unwrap();
    configure(&fixture, text);
    let address = git(&fixture.directory, &["remote", "get-url", "origin"]);
    if address.status.success() {
        let address = String::from_utf8(address.stdout).unwrap();
        let last = address.trim().rsplit('/').next().unwrap();
        assert_eq!(last.trim_end_matches(".git"), expected, "git, of {text}");
    } else {
        assert_eq!(expected, "custom-html", "git knows no address in {text}");
    }
    assert_eq!(fixture.names()[0], expected, "of {text}");
}

#[test]
fn of_several_addresses_of_origin_the_first_names_the_recipe() {
    if git_is_missing() {
        return;
    }
    let origin = |urls: &str| format!("[remote \"origin\"]\n{urls}");
    goes_by(&origin("url = https://x/one\nurl = https://x/two\n"), "one");
    goes_by(
        &(origin("url = https://x/one\n") + &origin("url = https://x/two\n")),
        "one",
    );
    goes_by(
        &(origin("url = https://x/one\n") + "[remote \"other\"]\nurl = https://x/two\n"),
        "one",
    );
    goes_by(
        &origin("pushurl = https://x/two\nurl = https://x/one\n"),
        "one",
    );
    goes_by("[remote \"other\"]\nurl = https://x/two\n", "custom-html");
    goes_by("[REMOTE \"origin\"]\nURL = https://x/one\n", "one");
}

/// Since git 2.46 an empty address takes back those before it.
#[test]
fn an_empty_address_of_origin_takes_back_those_before_it() {
    let names = |urls: &str| {
        let (fixture, _) = steady();
        configure(&fixture, &format!("[remote \"origin\"]\n{urls}"));
        fixture.names().remove(0)
    };
    let (one, two) = ("url = https://x/one\n", "url = https://x/two\n");
    assert_eq!(names(&format!("{one}url =\n{two}")), "two");
    assert_eq!(names(&format!("url =\n{one}{two}")), "one");
    assert_eq!(names(&format!("{one}url =\n")), "custom-html");
    assert_eq!(names("url =\n"), "custom-html");
}

#[test]
fn what_the_configuration_includes_counts_as_with_git() {
    if git_is_missing() {
        return;
    }
    goes_by("[include]\n\tpath = more/one\n", "one");
    goes_by("[include]\n\tpath = ../.git/more/two\n", "two");
    goes_by("[include]\n\tpath = more/nested\n", "one");
    goes_by("[include]\n\tpath = more/gone\n", "custom-html");
    goes_by("[include]\n\tpath = more\n", "custom-html");
    goes_by("[include]\n\tpath = /dev/zero\n", "custom-html");
    goes_by(
        "[include]\n\tpath = more/two\n[include]\n\tpath = more/one\n",
        "two",
    );
    goes_by(
        "[include]\n\tpath = more/two\n[remote \"origin\"]\nurl = https://x/one\n",
        "two",
    );
    goes_by(
        "[includeIf \"gitdir:custom-html/\"]\n\tpath = more/one\n",
        "one",
    );
    goes_by(
        "[includeIf \"gitdir:other/\"]\n\tpath = more/one\n",
        "custom-html",
    );
    goes_by("[includeIf \"onbranch:main\"]\n\tpath = more/one\n", "one");
    goes_by(
        "[includeIf \"onbranch:other\"]\n\tpath = more/one\n",
        "custom-html",
    );
    goes_by(
        "[includeIf \"of the future\"]\n\tpath = more/one\n",
        "custom-html",
    );
}

/// Outside of the repository, too: the operator's clone names it.
#[test]
fn an_included_file_may_lie_outside_and_in_the_home_folder() {
    let (fixture, _) = steady();
    let outside = fixture.file("outside", "[remote \"origin\"]\nurl = https://x/one\n");
    configure(&fixture, &format!("[include]\n\tpath = {outside}\n"));
    assert_eq!(fixture.names()[0], "one");
    let (fixture, _) = steady();
    fixture.file("outside", "[remote \"origin\"]\nurl = https://x/one\n");
    configure(&fixture, "[include]\n\tpath = ~/outside\n");
    let directory = fixture.directory.to_str().unwrap();
    let mut command = binary();
    command
        .args(["resolve", "--repo", directory, "--format", "json"])
        .env("HOME", fixture.directory.parent().unwrap());
    assert_eq!(Run::of(&mut command).json().1["recipe"], "one");
}

#[test]
fn a_configuration_that_includes_itself_is_refused_with_its_cause() {
    let (fixture, _) = steady();
    configure(&fixture, "[include]\n\tpath = config\n");
    let refusal = fixture.refusal(&[]);
    says(&refusal, &["its configuration includes itself"]);
    if !git_is_missing() {
        assert!(!git(&fixture.directory, &["status"]).status.success());
    }
    let (fixture, _) = steady();
    fixture.file("broken", "[remote \"origin\"\nurl = https://x/one\n");
    configure(&fixture, "[include]\n\tpath = ../../broken\n");
    says(&fixture.refusal(&[]), &["included configuration file"]);
}

/// git asks the repository's `config` alone of what format it is.
#[test]
fn an_included_file_says_nothing_about_the_repositorys_format() {
    if git_is_missing() {
        return;
    }
    for text in [
        "[core]\nrepositoryFormatVersion = 1\n[extensions]\nfromTheFuture = true\n",
        "[core]\nrepositoryFormatVersion = 7\n",
        "[core]\nrepositoryFormatVersion = 1\n[extensions]\nobjectFormat = sha256\n",
        "[core]\nrepositoryFormatVersion = 1\n[extensions]\nrefStorage = reftable\n",
        "[core]\nbare = true\n",
    ] {
        let (fixture, _) = steady();
        fixture.file("more", text);
        configure(&fixture, "[include]\n\tpath = ../../more\n");
        let seen = git(&fixture.directory, &["rev-parse", "HEAD"]);
        assert!(seen.status.success(), "git, with {text}");
        let run = samever(
            &["resolve", "--repo", fixture.directory.to_str().unwrap()],
            None,
        );
        assert_eq!(run.code, 0, "with {text}: {}", run.stderr);
    }
}
