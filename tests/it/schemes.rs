//! Schemes on repositories, and the commands that are about schemes.

use serde_json::{Value, json};

use crate::support::repositories::{Fixture, samever, says};

#[test]
fn the_version_of_the_head_is_read_where_the_scheme_says() {
    let cargo = |version: &str| {
        format!("[workspace]\nmembers = []\n[package]\nname = 'web'\nversion = '{version}'\n")
    };
    let (old, new) = (cargo("1.9.0"), cargo("1.10.0"));
    let fixture = Fixture::of_files(&[
        ("v1.9.0", &[("Cargo.toml", &old)]),
        ("v1.10.0", &[("Cargo.toml", &new)]),
    ]);
    let plan = fixture.plan(&["--scheme", "cargo"]);
    assert_eq!(plan["plan"]["tag"], "v1.9.0");
    assert_eq!(
        (&plan["head"]["version"], &plan["rung"]),
        (&"1.10.0".into(), &"release".into())
    );
    says(
        &fixture.refusal(&["--scheme", "npm"]),
        &[
            "under the scheme npm",
            "there is no package.json",
            "--head-version",
            "--scheme",
        ],
    );
    says(
        &fixture.refusal(&["--scheme", "debian"]),
        &["`debian/` and a version", "such as v1.10.0"],
    );
    // The default goes on as upstream does where a head cannot be read.
    assert_eq!(fixture.resolve(&[]).code, 0);

    let inherits = "[package]\nname = 'web'\nversion.workspace = true\n";
    let workspace = |version: &str| format!("[workspace.package]\nversion = '{version}'\n");
    let (old, new) = (workspace("0.1.0"), workspace("0.2.0"));
    let fixture = Fixture::of_files(&[
        (
            "web-v0.1.0",
            &[("crates/web/Cargo.toml", inherits), ("Cargo.toml", &old)],
        ),
        (
            "api-v0.1.1",
            &[("crates/web/Cargo.toml", inherits), ("Cargo.toml", &old)],
        ),
        (
            "web-v0.2.0",
            &[("crates/web/Cargo.toml", inherits), ("Cargo.toml", &new)],
        ),
    ]);
    let plan = fixture.plan(&["--scheme", "cargo:crates/web"]);
    assert_eq!(
        (&plan["recipe"], &plan["plan"]["tag"]),
        (&"web".into(), &"web-v0.1.0".into())
    );

    // A chart that was not raised: the base's tree says the head's own version.
    let chart = |version: &str| format!("name: web\nversion: {version}\n");
    let (old, new) = (chart("1.0.0"), chart("1.1.0"));
    let fixture = Fixture::of_files(&[
        ("web-1.0.0", &[("charts/web/Chart.yaml", &old)]),
        ("web-1.0.9", &[("charts/web/Chart.yaml", &new)]),
        ("web-1.1.0", &[("charts/web/Chart.yaml", &new)]),
    ]);
    let plan = fixture.plan(&["--scheme", "helm-chart:charts/web"]);
    assert_eq!(plan["plan"]["tag"], "web-1.0.0");
    says(
        plan["reason"].as_str().unwrap(),
        &["passed over: 1.0.9", "the head's own version"],
    );
}

#[test]
fn hostile_files_at_the_head_are_told_in_one_line() {
    let large = format!(
        "{{\"version\": \"1.0.0\", \"x\": \"{}\"}}",
        "x".repeat(1024 * 1024)
    );
    let deep = format!("{{\"version\": {}", "[".repeat(10_000));
    for (content, message) in [
        (
            large.as_str(),
            "package.json has 1048605 bytes, more than 1 MiB",
        ),
        (&deep, "package.json is not readable JSON"),
        ("{\"version\": 2}", "a version that is a number"),
        (
            "{\"version\": \"\\u001b[31m\"}",
            "states no version of the order semver",
        ),
        ("", "package.json is not readable JSON"),
    ] {
        let fixture = Fixture::of_files(&[("v1.0.0", &[("package.json", content)])]);
        says(&fixture.refusal(&["--scheme", "npm"]), &[message]);
    }
}

#[test]
fn schemes_are_listed_and_shown() {
    let list = samever(&["scheme", "list"], None);
    let names = [
        "coop-cloud",
        "semver",
        "cargo",
        "npm",
        "helm-chart",
        "python",
        "go-module",
    ];
    says(
        &list.stdout,
        &[&names[..], &["calver", "debian", "image"]].concat(),
    );
    for name in list
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let shown = samever(&["scheme", "show", name], None);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        says(
            &shown.stdout,
            &["about: ", "order: ", "head: "].map(str::trim_end),
        );
    }
    let unknown = samever(&["scheme", "show", "semwer"], None);
    assert_eq!(unknown.code, 3);
    says(
        &unknown.stderr,
        &["no scheme semwer ships", "samever scheme list"],
    );
}

#[test]
fn what_fits_a_repository_is_found_and_not_applied() {
    let cargo = "[package]\nname = 'web'\nversion = '1.1.0'\n";
    let fixture = Fixture::of_files(&[
        ("old-1.0.0", &[("Cargo.toml", cargo)]),
        ("v1.0.0", &[("Cargo.toml", cargo)]),
        ("tools/cli/v0.1.0", &[("Cargo.toml", cargo), ("x", "1")]),
    ]);
    let repo = fixture.directory.to_str().unwrap();
    let run = samever(
        &["scheme", "detect", "--repo", repo, "--format", "json"],
        None,
    );
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let first = &found["fitting"][0];
    assert_eq!(first["scheme"], "cargo");
    assert_eq!(
        (&first["published"], &first["head"]),
        (&1.into(), &"1.1.0".into())
    );
    let schemes: Vec<_> = found["fitting"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["scheme"].as_str().unwrap())
        .collect();
    assert!(schemes.contains(&"go-module:tools/cli"), "{schemes:?}");
    assert!(
        !schemes.contains(&"coop-cloud"),
        "there is no compose.yml: {schemes:?}"
    );
    assert_eq!(found["prefixes"], json!([{"prefix": "old-", "tags": 1}]));
    let text = samever(&["scheme", "detect", "--repo", repo], None).stdout;
    says(
        &text,
        &[
            "1 of 3 tags",
            "head 1.1.0",
            "1 other tag with `old-`",
            "with --head-version",
        ],
    );
}
