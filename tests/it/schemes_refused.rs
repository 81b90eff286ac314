//! What is no answer under a scheme, where it was one by mistake: an upgrade that nothing says to go
//! forward, a version from another file, a number that is too large.

use samever::simulate::TagKind;

use crate::support::folder::fed;
use crate::support::repositories::{Fixture, says};

#[test]
fn without_an_older_release_the_main_tip_is_no_base() {
    let fixture = Fixture::of_file("VERSION", &[("v1.0.0", "1.0.0"), ("v2.0.0", "2.0.0")]);
    for args in [
        &["--scheme", "semver", "--head", "refs/tags/v1.0.0"][..],
        &["--scheme", "semver", "--head-version", "0.9.0"],
        &["--scheme", "cargo", "--head-version", "1.0.0"],
    ] {
        let refusal = fixture.refusal(args);
        says(
            &refusal,
            &["no version older than the head", "--not-applicable"],
        );
    }
    let skip = fixture.plan(&[
        "--scheme",
        "semver",
        "--head-version",
        "1.0.0",
        "--not-applicable",
        "x",
    ]);
    assert_eq!(skip["plan"]["kind"], "skip");
}

#[test]
fn an_upgrade_that_nothing_says_to_go_forward_is_no_answer() {
    let fixture = Fixture::of_file(
        "VERSION",
        &[("1.0-lts", ""), ("1.0-stable", "1"), ("next", "2")],
    );
    let image = ["--scheme", "image", "--head-version", "1.1-stable"];
    assert_eq!(fixture.plan(&image)["plan"]["tag"], "1.0-stable");
    let other = [&image[..], &["--override", "1.0-lts"]].concat();
    says(
        &fixture.refusal(&other),
        &["nothing says whether the base 1.0-lts is older"],
    );
    let unknown = ["--scheme", "image", "--override", "1.0-lts"];
    says(
        &fixture.refusal(&unknown),
        &["no file of the tree states it", "--head-version"],
    );
}

#[test]
fn a_tree_that_cannot_be_checked_out_is_a_base_all_the_same() {
    let mut fixture = Fixture::named("web", false);
    let mut parent = None;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let cargo = format!("[package]\nversion = '{version}'\n");
        let files = [("Cargo.toml", cargo.as_bytes())];
        let links = [("out", "../../x")];
        let commit = fixture
            .builder
            .commit_with_links(parent, &files, &links)
            .unwrap();
        fixture
            .builder
            .tag(version, commit, TagKind::Lightweight)
            .unwrap();
        fixture
            .builder
            .reference("refs/heads/main", commit)
            .unwrap();
        parent = Some(commit);
    }
    assert_eq!(fixture.plan(&["--scheme", "cargo"])["plan"]["tag"], "1.1.0");
}

#[test]
fn a_manifest_that_is_broken_or_missing_has_no_stand_in() {
    for (content, message) in [
        (
            "<<<<<<< HEAD\n",
            "crates/web/Cargo.toml is not readable TOML",
        ),
        (
            "[package]\nversion = '1.1'\n",
            "crates/web/Cargo.toml states no version",
        ),
    ] {
        let mut fixture = Fixture::named("web", false);
        let files = [
            (
                "Cargo.toml",
                &b"[workspace.package]\nversion = '5.0.0'\n"[..],
            ),
            ("crates/web/Cargo.toml", content.as_bytes()),
        ];
        let commit = fixture.builder.commit(None, &files).unwrap();
        fixture
            .builder
            .tag("web-v1.0.0", commit, TagKind::Lightweight)
            .unwrap();
        fixture
            .builder
            .reference("refs/heads/main", commit)
            .unwrap();
        says(
            &fixture.refusal(&["--scheme", "cargo:crates/web"]),
            &[message],
        );
        let missing = fixture.refusal(&["--scheme", "cargo:other/web"]);
        says(&missing, &["there is no other/web/Cargo.toml"]);
    }
}

#[test]
fn what_a_pattern_leaves_out_does_not_count_in_a_file_either() {
    let versions = ["14.2.9.el7", "14.2.10.el7", "14.2.11.el7"];
    let fixture = Fixture::of_file("VERSION", &versions.map(|version| (version, version)));
    let scheme =
        "tags: '(?<version>[0-9.]+[0-9])(\\.el[0-9]+)?'\norder: numeric\nhead: {file: VERSION}\n";
    let scheme = fixture.file("el.yaml", scheme);
    let plan = fixture.plan(&["--scheme", &scheme]);
    assert_eq!(
        (&plan["plan"]["tag"], &plan["head"]["version"]),
        (&"14.2.10.el7".into(), &"14.2.11".into())
    );
}

#[test]
fn numbers_past_64_bits_are_compared_in_full_or_refused() {
    let list = "20240101120000123456.2\n20240601120000123456.1\n18446744073709551615.5\n";
    let ask = [
        "resolve",
        "--scheme",
        "calver",
        "--tags",
        "-",
        "--format",
        "json",
        "--head-version",
    ];
    for (head, base) in [
        ("20240901120000123456.3", "20240601120000123456.1"),
        ("18446744073709551616.0", "18446744073709551615.5"),
        ("20240601120000123456.1", "20240101120000123456.2"),
    ] {
        let run = fed(&[&ask[..], &[head]].concat(), list);
        assert_eq!(run.json().1["plan"]["tag"], base, "{head}");
    }
    let run = fed(
        &["delta", "--scheme", "python"],
        "1.0+20241231000000000001 1.0+5\n",
    );
    says(&run.stdout, &["unknown", "fits no 64 bits"]);
}

#[test]
fn a_list_is_as_strict_about_a_record_as_a_repository() {
    let fixture = Fixture::of_file("VERSION", &[("1.0", "")]);
    let numeric = fixture.file(
        "a.json",
        r#"{"recipe": "web", "version": "1.0", "order": "numeric"}"#,
    );
    let python = fixture.file("b.json", r#"{"recipe": "web", "version": "1.0"}"#);
    let ask = [
        "resolve",
        "--scheme",
        "python",
        "--tags",
        "-",
        "--head-version",
        "1.1",
    ];
    for (record, name, code, message) in [
        (&numeric, "web", 3, "as a version of the order numeric"),
        (&python, "api", 3, "is the record of the recipe web"),
        (&python, "web", 0, "upgrade from 1.0 to 1.1"),
    ] {
        let more = ["--canonical", record, "--recipe", name];
        let run = fed(&[&ask[..], &more].concat(), "\u{feff}1.0\n0.9\n");
        assert_eq!(run.code, code, "{}", run.stderr);
        says(&(run.stdout + &run.stderr), &[message]);
    }
    let night = fed(
        &[&ask[..], &["--canonical-version", "1.1"]].concat(),
        "1.1\n",
    );
    assert_eq!(night.code, 3, "{}", night.stdout);
    says(
        &night.stderr,
        &["no version older than the head 1.1 is listed"],
    );
}
