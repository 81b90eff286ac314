//! Writes a scenario as the file that says it.

use serde_json::{Map, Value, json};

use crate::run::Stage;
use samever_core::{Delta, Rung};

use super::PreviousKind;
use crate::simulate::behaviour::{Behaviour, Range};
use crate::simulate::expectation::{Expectation, Expected};
use crate::simulate::scenario::{
    Break, FallbackSetup, Night, NightHead, PolicySetup, PreviousSetup, PullRequest, RecipeSetup,
    Release, ReleaseMap, Scenario, Step, TagMove,
};

/// The content of a file that [`parse_scenario`](crate::simulate::read::parse_scenario) reads as
/// this scenario. The purpose is one line, and what it quotes is safe to print.
pub(crate) fn scenario_yaml(purpose: &str, scenario: &Scenario) -> String {
    let yaml = serde_saphyr::to_string(&scenario_value(scenario));
    let yaml = yaml.expect("text, numbers, lists and maps are YAML");
    format!("# {purpose}\n{yaml}")
}

/// A map without the keys that say what is so anyway.
fn map<const N: usize>(keys: [(&str, Option<Value>); N]) -> Value {
    let keys = keys.into_iter();
    let said = keys.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(said.collect::<Map<_, _>>())
}

/// What is said only where it is so.
fn flag(is_so: bool) -> Option<Value> {
    is_so.then_some(Value::Bool(true))
}

fn unless_empty(value: Value) -> Option<Value> {
    let empty = match &value {
        Value::Array(items) => items.is_empty(),
        Value::Object(keys) => keys.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    (!empty).then_some(value)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is the value of a key that is there"
)]
fn text(value: &(impl ToString + ?Sized)) -> Option<Value> {
    Some(Value::String(value.to_string()))
}

fn scenario_value(scenario: &Scenario) -> Value {
    let Scenario {
        recipe,
        canonical,
        previous,
        steps,
    } = scenario;
    let previous = previous
        .as_ref()
        .map(|PreviousSetup { version }| json!({ "version": version.0.to_string() }));
    map([
        ("recipe", Some(recipe_value(recipe))),
        (
            "canonical",
            canonical.as_ref().and_then(|version| text(&version.0)),
        ),
        ("previous", previous),
        (
            "steps",
            Some(steps.iter().map(|step| step_value(&step.value)).collect()),
        ),
    ])
}

fn recipe_value(recipe: &RecipeSetup) -> Value {
    let RecipeSetup {
        name,
        enrolled,
        published,
        junk,
    } = recipe;
    let published = published.iter();
    let junk = junk.iter().map(|junk| Value::from(junk.value.clone()));
    map([
        ("name", text(name.as_str())),
        ("enrolled", (!enrolled).then_some(Value::Bool(false))),
        (
            "published",
            Some(
                published
                    .map(|release| release_value(&release.value))
                    .collect(),
            ),
        ),
        ("junk", unless_empty(junk.collect())),
    ])
}

fn release_value(Release(release): &Release) -> Value {
    let ReleaseMap {
        version,
        annotated,
        label,
        unlabelled,
        behaviour,
        from,
        patches,
        files,
        links,
    } = release;
    let version = Value::from(version.name());
    let more = map([
        ("annotated", (!annotated).then_some(Value::Bool(false))),
        ("label", label.as_ref().and_then(text)),
        ("unlabelled", flag(*unlabelled)),
        ("behaviour", unless_empty(behaviour_value(behaviour))),
        ("from", from.as_ref().and_then(|from| text(&from.name()))),
        ("patches", (*patches != 1).then(|| json!(patches))),
        ("files", unless_empty(json!(files))),
        ("links", unless_empty(json!(links))),
    ]);
    match more {
        Value::Object(mut more) if !more.is_empty() => {
            more.insert("version".to_owned(), version);
            Value::Object(more)
        }
        _ => version,
    }
}

fn behaviour_value(behaviour: &Behaviour) -> Value {
    let Behaviour {
        fails_to_deploy,
        fails_its_check,
        upgrade_fails_from,
        needs_previous,
    } = behaviour;
    map([
        ("fails-to-deploy", flag(*fails_to_deploy)),
        ("fails-its-check", flag(*fails_its_check)),
        (
            "upgrade-fails-from",
            upgrade_fails_from
                .as_ref()
                .and_then(|Range(range)| text(range)),
        ),
        ("needs-previous", flag(*needs_previous)),
    ])
}

fn step_value(step: &Step) -> Value {
    let of = match step {
        Step::Nightly(night) | Step::Quick(night) => night_value(night),
        Step::Pr(request) => request_value(request),
        Step::Publish(release) => release_value(release),
        Step::Withdraw(tag) | Step::Mend(tag) => Value::from(tag.name()),
        Step::Move(TagMove { tag, to }) => json!({ "tag": tag.name(), "to": to.name() }),
        Step::SetCanonical(version) => Value::from(version.0.to_string()),
        Step::Break(Break { version, behaviour }) => {
            json!({ "version": version.name(), "behaviour": behaviour_value(behaviour) })
        }
        Step::DropCanonical | Step::Flake | Step::Enroll | Step::Unenroll => {
            return Value::from(step.name());
        }
    };
    map([(step.name(), Some(of))])
}

fn night_value(night: &Night) -> Value {
    let Night {
        times,
        head,
        policy,
        expect,
    } = night;
    map([
        ("times", (*times != 1).then(|| json!(times))),
        (
            "head",
            match head {
                NightHead::Main => None,
                NightHead::Latest => text("latest"),
            },
        ),
        ("policy", unless_empty(policy_value(policy))),
        ("expect", Some(expectation_value(expect))),
    ])
}

fn request_value(request: &PullRequest) -> Value {
    let PullRequest {
        from,
        version,
        unlabelled,
        behaviour,
        policy,
        expect,
    } = request;
    map([
        ("from", from.as_ref().and_then(|from| text(&from.name()))),
        (
            "version",
            version.as_ref().and_then(|version| text(&version.0)),
        ),
        ("unlabelled", flag(*unlabelled)),
        ("behaviour", unless_empty(behaviour_value(behaviour))),
        ("policy", unless_empty(policy_value(policy))),
        ("expect", Some(expectation_value(expect))),
    ])
}

fn policy_value(policy: &PolicySetup) -> Value {
    let PolicySetup {
        override_version,
        not_applicable,
        fallback,
        no_prereleases,
        ignore_canonical,
    } = policy;
    map([
        (
            "override",
            override_version
                .as_ref()
                .and_then(|version| text(&version.0)),
        ),
        ("not-applicable", not_applicable.as_ref().and_then(text)),
        (
            "fallback",
            match fallback {
                FallbackSetup::MainTip => None,
                FallbackSetup::ReleaseFirst => text("release-first"),
            },
        ),
        ("no-prereleases", flag(*no_prereleases)),
        ("ignore-canonical", flag(*ignore_canonical)),
    ])
}

fn expectation_value(expectation: &Expectation) -> Value {
    let Expectation { outcome, canonical } = expectation;
    let canonical = canonical.as_ref().map_or_else(|| text("none"), text);
    let expected = match outcome {
        Ok(expected) => expected,
        Err(error) => return map([("error", text(error)), ("canonical", canonical)]),
    };
    let Expected {
        plan,
        base,
        rung,
        reason,
        delta,
        verdict,
        stage,
        previous,
        promoted,
    } = expected;
    map([
        ("plan", text(plan.name())),
        ("base", base.as_ref().and_then(|base| text(&base.name()))),
        ("rung", text(Rung::name(*rung))),
        ("reason", reason.as_ref().and_then(text)),
        ("delta", delta.map(Delta::name).and_then(text)),
        ("verdict", text(verdict.name())),
        ("stage", stage.map(Stage::name).and_then(text)),
        (
            "previous",
            match previous {
                PreviousKind::None => None,
                other => text(other.name()),
            },
        ),
        ("canonical", canonical),
        ("promoted", Some(Value::Bool(*promoted))),
    ])
}

#[cfg(test)]
mod tests {
    use super::scenario_yaml;
    use crate::simulate::read::{ScenarioFile, parse_scenario};
    use crate::simulate::shipped::shipped_scenarios;

    /// The fields of a place in a file.
    const PLACE: [&str; 4] = ["line: ", "column: ", "offset: ", "len: "];

    /// What a scenario says, less where in the file it says so.
    fn said(file: &ScenarioFile) -> String {
        let text = format!("{:#?}", file.scenario);
        let is_place = |line: &&str| {
            let line = line.trim().trim_end_matches(',');
            let is_number = line.bytes().all(|byte| byte.is_ascii_digit());
            is_number || PLACE.iter().any(|key| line.starts_with(key))
        };
        let lines = text.lines().filter(|line| !is_place(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_shipped_scenario_is_read_back_as_it_was_written() {
        let files = shipped_scenarios().unwrap();
        assert!(files.len() > 40);
        for file in files {
            let written = scenario_yaml(&file.purpose, &file.scenario);
            let again = parse_scenario(&file.name, &file.path, written.as_bytes());
            let again = again.unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(again.purpose, file.purpose);
            assert!(said(&again) == said(&file), "{written}");
        }
    }
}
