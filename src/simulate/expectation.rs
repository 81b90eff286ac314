//! What must come out of a run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use crate::run::{PreviousKind, Stage, VerdictKind};
use samever_core::{Delta, Rung};

use crate::simulate::texts::{VersionText, is_default};

/// The shortest part of a message that tells it from others.
const ERROR_BYTES_MIN: usize = 10;

/// What must come out of a run: all of it, or the error that it ends with
///
/// Nothing that could differ is left unsaid: a plan of a base needs `base` (a
/// ref only where the main tip has a version) and `delta`, a skip needs its
/// `reason`, a red verdict its `stage`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Fields")]
#[schemars(with = "Fields")]
pub struct Expectation {
    /// What comes out, or a part of the message that comes instead.
    #[serde(flatten, serialize_with = "outcome_or_error")]
    pub outcome: Result<Expected, String>,
    /// The canonical afterwards.
    #[serde(serialize_with = "version_or_none")]
    pub canonical: Option<VersionText>,
}

fn outcome_or_error<S: Serializer>(
    outcome: &Result<Expected, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match outcome {
        Ok(expected) => expected.serialize(serializer),
        Err(error) => BTreeMap::from([("error", error)]).serialize(serializer),
    }
}

#[expect(clippy::ref_option, reason = "it is what serde gives")]
fn version_or_none<S: Serializer>(
    version: &Option<VersionText>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match version {
        Some(version) => version.serialize(serializer),
        None => serializer.serialize_str("none"),
    }
}

/// What comes out of a run that has a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// The kind of the plan.
    pub plan: PlanKind,
    /// The base: a tag, or the version of the main tip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<VersionText>,
    /// The rule that decides.
    pub rung: Rung,
    /// The reason of a skip, or a part of the sentence that gives the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The tags of the stops on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<String>,
    /// How base and head compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// Where it is red.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// What becomes of `previous/`.
    #[serde(skip_serializing_if = "is_default")]
    pub previous: PreviousKind,
    /// The settings of the operator's that change nothing any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<String>,
    /// Whether the canonical moves.
    pub promoted: bool,
}

/// What must come out of a run
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// The kind of the plan
    plan: Option<PlanKind>,
    /// The base: its tag, or the version of the main tip
    base: Option<VersionText>,
    /// The rule that decides
    rung: Option<Rung>,
    /// The reason of a skip, word for word; else a part of the sentence
    reason: Option<String>,
    /// The tags of the stops on the way, in order (none)
    stops: Option<Vec<String>>,
    /// How base and head compare
    delta: Option<Delta>,
    /// The verdict
    verdict: Option<VerdictKind>,
    /// Where it is red
    stage: Option<Stage>,
    /// What becomes of `previous/` (none)
    previous: Option<PreviousKind>,
    /// The settings of the operator's that change nothing any more, such as `exclude 3.0.0+2` (none)
    stale: Option<Vec<String>>,
    /// The canonical afterwards, or `none`
    #[schemars(with = "CanonicalAfter")]
    canonical: Option<CanonicalAfter>,
    /// Whether the canonical moves
    promoted: Option<bool>,
    /// A part of the message of a run that ends without a verdict
    error: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(from = "VersionText")]
struct CanonicalAfter(Option<VersionText>);

impl From<VersionText> for CanonicalAfter {
    fn from(text: VersionText) -> Self {
        Self((text.as_str() != "none").then_some(text))
    }
}

impl JsonSchema for CanonicalAfter {
    fn schema_name() -> Cow<'static, str> {
        "CanonicalAfter".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let version = generator.subschema_for::<VersionText>();
        json_schema!({ "anyOf": [{ "const": "none" }, version] })
    }
}

/// The kind of a base plan
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanKind {
    /// `version`
    Version,
    /// `ref`
    Ref,
    /// `skip`
    Skip,
}

impl PlanKind {
    /// The name, as the reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Ref => "ref",
            Self::Skip => "skip",
        }
    }
}

impl TryFrom<Fields> for Expectation {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let canonical = fields.canonical.clone();
        let outcome = match fields.error.clone() {
            Some(message) => Err(error(&fields, message)?),
            None => Ok(expected(fields)?),
        };
        let CanonicalAfter(canonical) = canonical.ok_or_else(|| missing(&["canonical"]))?;
        Ok(Self { outcome, canonical })
    }
}

fn missing(keys: &[&str]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    let keys = keys.join(", ");
    format!("`expect` leaves out {keys}; say what must come out")
}

/// A part of a message, which must say something.
fn error(fields: &Fields, message: String) -> Result<String, &'static str> {
    let Fields {
        plan: None,
        base: None,
        rung: None,
        reason: None,
        stops: None,
        delta: None,
        verdict: None,
        stage: None,
        previous: None,
        stale: None,
        promoted: None,
        canonical: _,
        error: _,
    } = fields
    else {
        return Err("a run that ends with `error` has nothing else but `canonical`");
    };
    if message.trim().len() < ERROR_BYTES_MIN {
        return Err("an `error` needs a part of its message, of 10 characters at least");
    }
    Ok(message)
}

/// What must be said of a run of this kind and is not.
fn left_out(fields: &Fields) -> Vec<&'static str> {
    let (is, red) = (|plan| fields.plan == Some(plan), Some(VerdictKind::Red));
    let is_base = is(PlanKind::Version) || is(PlanKind::Ref);
    let needed = [
        ("plan", fields.plan.is_none()),
        ("base", is(PlanKind::Version) && fields.base.is_none()),
        ("rung", fields.rung.is_none()),
        ("reason", is(PlanKind::Skip) && fields.reason.is_none()),
        ("delta", is_base && fields.delta.is_none()),
        ("verdict", fields.verdict.is_none()),
        ("stage", fields.verdict == red && fields.stage.is_none()),
        ("canonical", fields.canonical.is_none()),
        ("promoted", fields.promoted.is_none()),
    ];
    let needed = needed.into_iter().filter(|(_, is_missing)| *is_missing);
    needed.map(|(key, _)| key).collect()
}

fn expected(fields: Fields) -> Result<Expected, String> {
    let left_out = left_out(&fields);
    let (Some(plan), Some(rung), Some(verdict), Some(promoted), []) = (
        fields.plan,
        fields.rung,
        fields.verdict,
        fields.promoted,
        left_out.as_slice(),
    ) else {
        return Err(missing(&left_out));
    };
    let is_skip = plan == PlanKind::Skip;
    for (wrong, why) in [
        (
            is_skip && (fields.base.is_some() || fields.delta.is_some()),
            "a skip has neither `base` nor `delta`",
        ),
        (
            verdict != VerdictKind::Red && fields.stage.is_some(),
            "a red verdict has a `stage`, and no other has one",
        ),
        (
            matches!(fields.stage, Some(Stage::WrongVersion | Stage::Teardown)),
            "the simulated deployer neither lies nor leaves anything behind, so no run is red at \
             that `stage`",
        ),
        (
            verdict == VerdictKind::Skipped && !is_skip,
            "only a skip has the verdict `skipped`",
        ),
        (
            verdict == VerdictKind::Green && is_skip,
            "a skip that goes well has the verdict `skipped`",
        ),
        (
            fields
                .reason
                .as_ref()
                .is_some_and(|text| text.trim().is_empty()),
            "an empty `reason` says nothing",
        ),
    ] {
        if wrong {
            return Err(why.to_owned());
        }
    }
    Ok(Expected {
        plan,
        base: fields.base,
        rung,
        reason: fields.reason,
        stops: fields.stops.unwrap_or_default(),
        delta: fields.delta,
        verdict,
        stage: fields.stage,
        previous: fields.previous.unwrap_or_default(),
        stale: fields.stale.unwrap_or_default(),
        promoted,
    })
}
