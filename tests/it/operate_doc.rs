//! What operators are told and what was observed: the catalogue of their page,
//! and the nights of a real recipe, through the real commands.

use std::fs;

use crate::support::folder::binary;
use crate::support::night::{Night, assert_verdicts};
use crate::support::repositories::says;
use serde_json::Value;

/// The nights that a real CI server was observed in.
#[test]
fn the_observed_nights_of_a_real_recipe_come_out_of_sweeps() {
    let night = Night::of(&[]);
    night.recipe(
        "custom-html",
        &["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"],
    );
    night.recipe("keycloak", &["10.7.1+26.6.2", "10.8.0+26.6.3"]);
    let outcome = |report: &Value, index: usize| {
        let outcome = &report["recipes"][index]["outcome"];
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [
            word(&outcome["plan"]["version"]),
            word(&outcome["rung"]),
            word(&outcome["verdict"]),
        ]
    };
    let (_, first) = night.report(&[]);
    assert_eq!(outcome(&first, 0), ["", "main-tip", "skipped"]);
    let (_, second) = night.report(&[]);
    assert_eq!(outcome(&second, 0), ["1.11.0+1.29.0", "step-back", "green"]);
    assert_eq!(outcome(&second, 1), ["10.7.1+26.6.2", "step-back", "green"]);
    let set = binary()
        .args(["canonical", "set", "custom-html", "1.11.0+1.29.0"])
        .args(["--reason", "re-seeded by hand", "--state", "state"])
        .current_dir(night.path(""))
        .status()
        .unwrap();
    assert!(set.success());
    let (_, third) = night.report(&[]);
    assert_eq!(outcome(&third, 0), ["1.11.0+1.29.0", "canonical", "green"]);
    says(
        &night.read("state/canonical/custom-html.json"),
        &["1.13.0+1.31.1"],
    );
}

#[test]
fn the_catalogue_of_the_operators_page_is_one() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md");
    let page = fs::read_to_string(page).unwrap();
    let mut blocks = page.split("```yaml\n").skip(1);
    let block = blocks
        .find(|block| block.starts_with("# catalogue.yaml"))
        .unwrap();
    let night = Night::of(&["bonfire", "custom-html", "discourse", "traefik", "other"]);
    night.recipe(
        "plausible",
        &["3.0.0+v2.0.0", "3.0.1+v2.0.0", "3.1.0+v2.0.0"],
    );
    fs::create_dir_all(night.path("catalogue/bin")).unwrap();
    fs::create_dir_all(night.path("catalogue/ci/custom-html")).unwrap();
    night.program(
        "catalogue/bin/stack.sh",
        "echo $SAMEVER_RECIPE $SAMEVER_STEP >> ran",
    );
    let block = block.split("```").next().unwrap();
    night.write(
        "catalogue/catalogue.yaml",
        block.replace("origin/main", "main"),
    );
    night.report(&[]);
    let (code, report) = night.report(&[]);
    assert_eq!(code, 0, "{report:#}");
    assert_verdicts(
        &report,
        &[
            ("bonfire", "green"),
            ("custom-html", "green"),
            ("discourse", "green"),
            ("other", "green"),
            ("plausible", "green"),
            ("traefik", "skipped"),
        ],
    );
    assert_eq!(
        report["recipes"][4]["outcome"]["plan"]["version"],
        "3.0.1+v2.0.0"
    );
    assert!(!night.read("ran").contains("discourse"), "files alone");
    says(&night.read("ran"), &["traefik teardown", "other check"]);
}
