//! `samever delta`: a guard after any upgrade.

use crate::support::folder::fed;
use crate::support::repositories::{samever, says};

/// Words after `delta`, the exit code, and what is said.
const PAIRS: [(&[&str], i32, &str); 10] = [
    (&["1.9.0", "1.10.0"], 0, "1.9.0 -> 1.10.0: forward\n"),
    (
        &["1.10.0", "1.10.0", "--require", "forward"],
        1,
        "1.10.0 -> 1.10.0: none\n",
    ),
    (
        &["1.10.0", "1.9.0", "--require", "backward"],
        0,
        "1.10.0 -> 1.9.0: backward\n",
    ),
    (
        &["1.0.3", "1.0.3+1", "--require", "forward"],
        1,
        "1.0.3 -> 1.0.3+1: none\n",
    ),
    (
        &["latest", "1.0.0", "--require", "forward"],
        1,
        "latest -> 1.0.0: unknown (latest is no version of coop-cloud: ",
    ),
    (
        &[
            "1:1.0-1",
            "2.0-1",
            "--scheme",
            "debian",
            "--require",
            "backward",
        ],
        0,
        "backward",
    ),
    (
        &[
            "debian/1%1.0-1",
            "1:1.1-1",
            "--scheme",
            "debian",
            "--require",
            "forward",
        ],
        0,
        "forward",
    ),
    (
        &[
            "2.0rc1",
            "2.0",
            "--scheme",
            "python",
            "--require",
            "forward",
        ],
        0,
        "forward",
    ),
    (
        &[
            "web-1.0.0",
            "web-1.0.1",
            "--scheme",
            "helm-chart:charts/web",
            "--require",
            "forward",
        ],
        0,
        "forward",
    ),
    (
        &[
            "26.8.1.1-lts",
            "26.9.1.1-stable",
            "--scheme",
            "calver",
            "--require",
            "forward",
        ],
        1,
        "cannot be compared",
    ),
];

#[test]
fn a_delta_is_the_guard_after_an_upgrade() {
    for (args, code, said) in PAIRS {
        let run = samever(&[&["delta"], args].concat(), None);
        assert_eq!((run.code, run.stderr.as_str()), (code, ""), "{args:?}");
        says(&run.stdout, &[said]);
    }
}

#[test]
fn pairs_are_read_from_standard_input() {
    let pairs = "1.0.0 1.1.0\n\n1.1.0\t1.2.0\r\n";
    let run = fed(
        &["delta", "--require", "forward", "--format", "json"],
        pairs,
    );
    let (code, report) = run.json();
    assert_eq!((code, report["pairs"].as_array().unwrap().len()), (0, 2));
    assert_eq!(report["schema"], "samever/delta/1");
    let run = fed(
        &["delta", "--require", "forward"],
        "1.0.0 1.1.0\n1.1.0 1.1.0\n",
    );
    assert_eq!(run.code, 1);
    for (input, message) in [
        ("", "has no pair of versions"),
        ("1.0.0\n", "line 1 of standard input is no pair"),
        ("1 2 3\n", "line 1 of standard input is no pair"),
    ] {
        let run = fed(&["delta"], input);
        assert_eq!(run.code, 3);
        says(&run.stderr, &[message]);
    }
}
