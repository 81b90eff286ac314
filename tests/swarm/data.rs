//! Data in a real volume, which a program of the operator's writes and verifies.

use crate::support::repositories::says;
use crate::support::swarm::{Release, SwarmRecipe, engine, works};

const OLD: Release = works("1.0.0+1", "samever-test:1");
const FROM_OLD: [&str; 2] = ["--override", "1.0.0+1"];

/// Writes a row by way of the container of the app, compares it, and writes again.
const ROWS: &str = r#"
container=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${SAMEVER_STACK}_app" | head -n 1)
in_app() { docker exec "$container" /bin/busybox sh -c "$1"; }
case "$SAMEVER_STEP" in
seed) in_app "echo $SAMEVER_BASE_VERSION > /data/rows; cat /data/rows" > "$SAMEVER_RUN_DIR/rows" ;;
verify)
    in_app 'cat /data/rows' > found || echo nothing > found
    cmp found "$SAMEVER_RUN_DIR/rows" || { echo "the rows of $SAMEVER_BASE_VERSION are gone"; exit 1; }
    in_app "echo $SAMEVER_HEAD_VERSION >> /data/rows"
    ;;
esac
"#;

#[test]
fn a_head_that_starts_and_has_lost_the_data_is_red_at_the_data_and_only_there() {
    let Some(engine) = engine() else { return };
    let loses = "rm -f /data/rows; trap 'exit 0' TERM; while :; do sleep 0.2; done";
    let data = ["--seed", "./rows", "--verify", "./rows"];
    for (name, script, stage) in [
        ("keeps-rows", None, None),
        ("loses-rows", Some(loses), Some("data")),
    ] {
        let latest = works("1.1.0+1", "samever-test:2");
        let head = Release {
            script: script.unwrap_or(latest.script),
            ..latest
        };
        let recipe = SwarmRecipe::new(engine, name, &[OLD, head]);
        recipe.program("rows", ROWS);
        let (code, outcome, stderr) = recipe.outcome(&[&FROM_OLD[..], &data].concat());
        assert_eq!(
            (code, outcome["stage"].as_str()),
            (i32::from(stage.is_some()), stage),
            "{outcome:#} {stderr}"
        );
        if stage.is_some() {
            let why = outcome["why"].as_str().unwrap();
            says(
                why,
                &[
                    "the verify program ended with exit code 1",
                    "the rows of 1.0.0+1 are gone",
                ],
            );
            // Without the two the same head is green.
            let (code, blind, _) = recipe.outcome(&FROM_OLD);
            assert_eq!(
                (code, blind["verdict"].as_str()),
                (0, Some("green")),
                "{blind:#}"
            );
        }
    }
}
