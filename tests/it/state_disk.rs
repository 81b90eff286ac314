//! A state folder on a disk that is full or cannot be written: the verdict is
//! reported, the old record stays, and the message says what to do.
//!
//! The disk is a small one in memory, in a mount namespace of its own, so that
//! nothing of it can stay behind.

use std::io::Write;
use std::process::Command;

use crate::support::lab::Lab;
use crate::support::repositories::says;
use samever::simulate::TagKind;

/// What the script ends with where there can be no such disk.
const FORBIDDEN: i32 = 99;

/// Runs a script of the shell with `./state` on a disk of 64 KiB; the first
/// promotion, to 1.2.0+1, is already on it. `$SAMEVER` is the binary, `$1` the
/// repository, whose head is 1.3.0+1 by then.
fn on_a_small_disk(script: &str) -> Option<(i32, String, String)> {
    let mut lab = Lab::new();
    let (code, _) = lab.outcome(&["--state", "state", "--enrolled"]);
    assert_eq!(code, 0);
    let builder = &mut lab.fixture.builder;
    let next = builder.release(None, "1.3.0+1").unwrap();
    builder.reference("refs/heads/main", next).unwrap();
    builder.tag("1.3.0+1", next, TagKind::Annotated).unwrap();
    let setup = format!(
        "mount -t tmpfs -o size=64k none disk 2>/dev/null || exit {FORBIDDEN}
        cp -r state/. disk && mount --bind disk state || exit 98
        {script}"
    );
    std::fs::create_dir(lab.path("disk")).unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &setup, "sh"])
        .arg(&lab.fixture.directory)
        .env("SAMEVER", env!("CARGO_BIN_EXE_samever"))
        .current_dir(lab.root())
        .output();
    let forbidden = match &output {
        Err(_) => true,
        Ok(output) => {
            output.status.code() == Some(FORBIDDEN)
                || String::from_utf8_lossy(&output.stderr).starts_with("unshare: ")
        }
    };
    if forbidden {
        let line = "no disk can be mounted here (unshare --map-root-user --mount): a test of full \
                    and read-only disks was left out\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    let output = output.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Some((
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    ))
}

/// Fills the disk to the last byte.
const FILL: &str = "dd if=/dev/zero of=state/filler bs=1k 2>/dev/null;";
const READ_ONLY: &str = "mount -o remount,bind,ro state || exit 98;";

const UPGRADE: &str = "\"$SAMEVER\" upgrade --repo \"$1\" --state state --enrolled --deployer tree --promote-unseen; code=$?;";
const NIGHTLY: &str = "mkdir cat; ln -s \"$1\" cat/custom-html; \"$SAMEVER\" nightly --catalogue cat \
                       --state state --deployer tree --promote-unseen; code=$?;";
const SHOW: &str = "echo; cat state/canonical/*; ls -A state/canonical; exit $code";

#[test]
fn an_upgrade_on_a_full_disk_reports_its_verdict_and_keeps_the_record() {
    let Some((code, out, err)) = on_a_small_disk(&format!("{FILL} {UPGRADE} {SHOW}")) else {
        return;
    };
    assert_eq!(code, 3, "{err}");
    says(
        &out,
        &[
            "custom-html: green, files alone: upgrade from 1.2.0+1 to 1.3.0+1",
            "canonical  does not move: 1.3.0+1 could not be recorded",
            "\"version\": \"1.2.0+1\"",
        ],
    );
    assert!(
        out.ends_with("}\ncustom-html.json\n"),
        "nothing stays behind: {out}"
    );
    says(
        &err,
        &[
            "the verdict stands, but the promotion to 1.3.0+1 is not recorded",
            "No space left",
            "has space",
        ],
    );
}

#[test]
fn a_sweep_on_a_full_disk_reports_its_verdicts_and_keeps_the_records() {
    let Some((code, out, err)) = on_a_small_disk(&format!("{FILL} {NIGHTLY} {SHOW}")) else {
        return;
    };
    assert_eq!(code, 3, "{err}");
    says(
        &out,
        &[
            "1.2.0+1 -> 1.3.0+1",
            "1 recipe: 1 green",
            "\"version\": \"1.2.0+1\"",
        ],
    );
    says(&err, &["custom-html: the verdict stands", "No space left"]);
}

#[test]
fn a_state_that_cannot_be_written_is_told_before_anything_runs() {
    let begins = "--deploy 'touch begun'";
    let upgrade = UPGRADE.replace("--deployer tree --promote-unseen", begins);
    let nightly = NIGHTLY.replace("--deployer tree --promote-unseen", begins);
    assert_ne!((&*upgrade, &*nightly), (UPGRADE, NIGHTLY));
    for run in [upgrade, nightly] {
        let script = format!("{READ_ONLY} {run} ls begun 2>&1; {SHOW}");
        let Some((code, out, err)) = on_a_small_disk(&script) else {
            return;
        };
        assert_eq!(code, 3, "{err}");
        says(
            &err,
            &["Read-only file system", "can be written, then run again"],
        );
        says(&out, &["begun': No such file", "\"version\": \"1.2.0+1\""]);
        assert!(!out.contains("verdict"), "{out}");
    }
}

#[test]
fn a_red_run_on_a_full_state_is_red_and_its_log_is_told_in_the_report() {
    let upgrade = "\"$SAMEVER\" upgrade --repo \"$1\" --state state --enrolled --deploy 'ls /nowhere'; code=$?;";
    let Some((code, out, _)) = on_a_small_disk(&format!("{FILL} {upgrade} {SHOW}")) else {
        return;
    };
    assert_eq!(code, 1);
    says(
        &out,
        &["red at base-deploy", "it printed last: ls:", "| ls:"],
    );
}

#[test]
fn an_impossible_change_of_a_record_is_refused_and_changes_nothing() {
    let set =
        "\"$SAMEVER\" canonical set custom-html 1.0.0+1 --force --state state --reason x; code=$?;";
    let drop = "\"$SAMEVER\" canonical drop custom-html --state state --reason x; code=$?;";
    let (full, read_only) = ("No space left", "Read-only file system");
    for (fault, command, why) in [
        (FILL, set, full),
        (READ_ONLY, set, read_only),
        (READ_ONLY, drop, read_only),
    ] {
        let script = format!("{fault} {command} cat state/history/*; {SHOW}");
        let Some((code, out, err)) = on_a_small_disk(&script) else {
            return;
        };
        assert_eq!(code, 3);
        says(&out, &["\"version\": \"1.2.0+1\""]);
        says(&err, &[why, "has space"]);
        assert_eq!(
            out.matches("\"change\"").count(),
            1,
            "the history is as it was: {out}"
        );
    }
}
