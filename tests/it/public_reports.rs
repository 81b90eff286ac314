//! What others were bitten by, in public reports of tools that test upgrades, keep a state or report a
//! night; the facts of each, as a night of ours.

use std::fs;

use samever::simulate::TagKind;

use crate::support::folder::Run;
use crate::support::life::{Clone, Event, Life, Plan, Program, Way};
use crate::support::night::{Night, assert_verdicts};
use crate::support::remote::Remote;
use crate::support::repositories::{Fixture, git, git_is_missing, says};

/// Tags in this order, the last as the head, which was green before.
#[track_caller]
fn base_of(tags: &[&str], head: &str) -> String {
    let mut fixture = Fixture::new();
    fixture.releases(tags);
    let head_tag = format!("refs/tags/{head}");
    let plan = fixture.plan(&["--head", &head_tag, "--canonical-version", head]);
    plan["plan"]["version"]
        .as_str()
        .unwrap_or("none")
        .to_owned()
}

/// cloudnative-pg#11103 and cht-core#8569: on the morning after a release, the newest release is the
/// head itself. cht-core#8569 again: a patch of an older series starts from that series.
/// `ClickHouse#115228`: the releases are listed as they were made, not by their versions.
/// `updater_server#1381`: the first release of a major version, with a tag of the bare number.
/// teuthology#1090: the same version under another spelling.
#[test]
fn the_base_of_an_upgrade_is_the_release_before_in_the_order_of_versions() {
    for (tags, head, base) in [
        (&["1.27.0", "1.27.1", "1.28.0"][..], "1.28.0", "1.27.1"),
        (&["4.3.0", "4.3.1", "4.4.0", "4.3.2"], "4.3.2", "4.3.1"),
        (
            &["26.7.3+19", "26.6.9+1", "25.1.4+53", "26.8.1+1"],
            "26.8.1+1",
            "26.7.3+19",
        ),
        (&["33.0.0", "33.0.5", "34", "34.0.0"], "34.0.0", "33.0.5"),
        (
            &["10.2.6+1", "10.2.7", "10.2.7+el7"],
            "10.2.7+el7",
            "10.2.6+1",
        ),
    ] {
        assert_eq!(base_of(tags, head), base, "{tags:?}");
    }
}

/// proiectio#103 and doublezero#4339: a mistyped folder of the state is no error, and everything is
/// as if it were the first time.
#[test]
fn a_mistyped_state_is_no_first_night() {
    let night = Night::of(&["alpha"]);
    assert_eq!(night.sweep(&[]).code, 0);
    let place = ["--deployer", "tree", "--state", "staet"];
    let reports = ["--report", "t.txt", "t.json", "t.xml"];
    for command in [
        ["nightly", "--catalogue", "catalogue"],
        ["upgrade", "--repo", "catalogue/alpha"],
    ] {
        let args = [&command[..], &place, &reports].concat();
        let run = Run::of(&mut night.samever(&args));
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{command:?}");
        for text in [run.stderr, night.read("t.txt"), night.read("t.json")] {
            says(&text, &["staet is not there", "--init-state"]);
        }
        let xml = night.read("t.xml");
        says(&xml, &["errors=\"1\"", "staet is not there"]);
        assert!(!night.path("staet").exists());
    }
}

/// mono#1774, surefire#1966, redisraft#292 and test-reporter#401: a run that dies leaves no report, or
/// the last one, and the build is green.
#[test]
fn a_run_that_dies_is_an_error_in_the_report_that_it_leaves() {
    if git_is_missing() {
        return;
    }
    let mut life = Life::new();
    let plan = |event, program| Plan {
        event,
        program,
        way: Way::Nightly,
        clone: Clone::Fetched,
    };
    life.night(plan(Event::Quiet, Program::Honest));
    let green = life.night(plan(Event::Release, Program::Honest));
    says(&green.seen.xml, &["failures=\"0\" errors=\"0\""]);
    let died = life.night(plan(Event::Quiet, Program::Kills));
    assert_eq!(died.seen.code, None);
    says(&died.seen.xml, &["errors=\"1\"", "has not ended"]);
    says(&died.seen.json, &["samever/error/1"]);
}

/// homeboy#4138 and #4686: a deployment says that it went well, and the old version runs on.
#[test]
fn a_deployment_that_changes_nothing_is_not_plainly_green() {
    let night = Night::of(&["alpha"]);
    // The first program deploys nothing at all; the second leaves what ran before.
    let silent = night.program("silent", "true");
    let stays = night.program(
        "stays",
        "test $SAMEVER_STEP != deploy || echo 1.1.0+1 > $SAMEVER_DEPLOYED_VERSION",
    );
    assert_eq!(night.sweep(&[]).code, 0);
    let sweep = |program: &str| night.report(&["--deploy", program, "--teardown", program]);
    let (code, report) = sweep(&silent);
    assert_eq!(code, 0);
    let outcome = &report["recipes"][0]["outcome"];
    assert_eq!(outcome["promotion"]["promoted"], false);
    let run = night.sweep(&["--deploy", &silent, "--teardown", &silent]);
    says(&run.stdout, &["green, version not seen"]);
    let (code, report) = sweep(&stays);
    assert_eq!(code, 1);
    assert_verdicts(&report, &[("alpha", "red")]);
    assert_eq!(report["recipes"][0]["outcome"]["stage"], "wrong-version");
}

/// odh-dashboard#8295: forks in groups of groups that end alike use one cache.
/// git-push-fork-to-upstream-branch#2: the folder of a clone has another name than its repository.
#[test]
fn forks_that_end_alike_are_two_and_a_clone_in_another_folder_is_one() {
    if git_is_missing() {
        return;
    }
    let remote = Remote::new();
    let clone = remote.clone("rtmo", &[]);
    let upgrade = |origin: &str| {
        assert!(
            git(&clone, &["config", "remote.origin.url", origin])
                .status
                .success()
        );
        let repo = ["upgrade", "--repo", "catalogue/rtmo", "--enrolled"];
        let tree = ["--deployer", "tree", "--promote-unseen", "--state", "state"];
        Run::of(&mut remote.samever(&[&repo[..], &tree].concat()))
    };
    crate::support::folder::state_of(&remote.path("state"));
    let ours = "git@gitlab.example.org:group/team/shared/reports.git";
    assert_eq!(upgrade(ours).code, 0);
    assert!(remote.path("state/canonical/reports.json").exists());
    let fork = upgrade("git@gitlab.example.org:other/team/shared/reports.git");
    assert_eq!(fork.code, 3);
    says(
        &fork.stderr,
        &["gitlab.example.org/group/team/shared/reports"],
    );
    assert_eq!(
        upgrade("https://gitlab.example.org/group/team/shared/reports/").code,
        0
    );
    let records = fs::read_dir(remote.path("state/canonical")).unwrap();
    assert_eq!(records.count(), 1);
}

/// A tag of the newest release on the commit of the one before: the morning after, once more.
#[test]
fn a_second_tag_on_the_newest_commit_is_no_older_release() {
    let mut fixture = Fixture::new();
    let commits = fixture.releases(&["1.0.0", "1.1.0", "1.2.0"]);
    fixture
        .builder
        .tag("1.1.9", commits[2], TagKind::Lightweight)
        .unwrap();
    let plan = fixture.plan(&["--canonical-version", "1.2.0"]);
    assert_eq!(plan["plan"]["version"], "1.1.0");
}
