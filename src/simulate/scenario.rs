//! What a scenario file says: a recipe's history, steps, and what must come
//! out of each run.
//!
//! The types are the format: they are read by serde and described to editors
//! by the JSON Schema that is made of them, `scenarios/schema.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::Spanned;

use crate::recipe::RecipeName;
use crate::scheme::Scheme;
use samever_core::Order;

use crate::simulate::behaviour::Behaviour;
use crate::simulate::expectation::Expectation;
use crate::simulate::policy::PolicySetup;
use crate::simulate::texts::{VersionText, is_default};
use crate::written::{entries, stated};

/// A recipe's history, and what happens to it
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// The scheme of the versions: a preset, or a file beside the scenario; after a colon the part of
    /// the repository (coop-cloud)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub scheme: Option<Spanned<String>>,
    /// The same, read.
    #[serde(skip, default = "Scheme::coop_cloud")]
    pub(crate) under: Scheme,
    /// The recipe
    pub recipe: RecipeSetup,
    /// The version that was last green, if any was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<VersionText>,
    /// The overlay in the recipe's CI folder that lets one old version deploy
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousSetup>,
    /// What happens, in order
    #[serde(deserialize_with = "entries")]
    #[schemars(with = "Vec<Step>", length(min = 1))]
    pub steps: Vec<Spanned<Step>>,
}

impl Scenario {
    /// A scenario of a Co-op Cloud recipe without a `previous/`.
    pub(crate) fn of_recipe(
        recipe: RecipeSetup,
        canonical: Option<VersionText>,
        steps: Vec<Spanned<Step>>,
    ) -> Self {
        Self {
            scheme: None,
            under: Scheme::coop_cloud(),
            recipe,
            canonical,
            previous: None,
            steps,
        }
    }

    /// The content of a file that [`parse_scenario`](crate::simulate::parse_scenario)
    /// reads as this scenario. The purpose is one line, and what it quotes is safe
    /// to print.
    pub(crate) fn to_yaml(&self, purpose: &str) -> String {
        self.to_yaml_below(&format!("# {purpose}\n"))
    }

    /// The same, below these lines: comments, the purpose first.
    pub(crate) fn to_yaml_below(&self, head: &str) -> String {
        let value = serde_json::to_value(self);
        let yaml = value.map(|value| serde_saphyr::to_string(&value));
        let yaml = yaml.expect("the keys are texts").expect("JSON is YAML");
        format!("{head}{yaml}")
    }
}

/// The recipe that a scenario is about
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipeSetup {
    /// Its name
    pub name: RecipeName,
    /// Whether it is enrolled, so that it has a canonical to keep (true)
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    #[schemars(!skip_serializing_if)]
    pub enrolled: bool,
    /// Its published versions, in order of creation
    #[serde(deserialize_with = "entries")]
    #[schemars(with = "Vec<Release>", length(min = 1))]
    pub published: Vec<Spanned<Release>>,
    /// Tags on the newest commit that are no versions
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(with = "Vec<String>", !skip_serializing_if)]
    pub junk: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_yes(value: &bool) -> bool {
    *value
}

/// A published version: its tag alone, or a map
#[derive(Clone, Debug)]
pub struct Release(pub ReleaseMap);

/// A published version and whatever is special about it
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReleaseMap {
    /// Its tag
    pub version: VersionText,
    /// Whether the tag is an annotated one (true)
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    #[schemars(!skip_serializing_if)]
    pub annotated: bool,
    /// The version label of its tree, if that is not the tag's version
    #[serde(
        default,
        deserialize_with = "stated",
        skip_serializing_if = "Option::is_none"
    )]
    pub label: Option<String>,
    /// Whether its tree has no version label (false)
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub unlabelled: bool,
    /// How it behaves when it is deployed
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    pub behaviour: Behaviour,
    /// The version that it branches from; main then stays where it is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<VersionText>,
    /// How many versions to publish, each one patch after the other (1)
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1, max = 10_000), !skip_serializing_if)]
    pub patches: u32,
    /// Further files of its tree: path and content
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    #[schemars(!skip_serializing_if)]
    pub files: BTreeMap<String, String>,
    /// Symbolic links of its tree: path and target
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    #[schemars(!skip_serializing_if)]
    pub links: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(value: &u32) -> bool {
    *value == 1
}

impl Release {
    /// A version with nothing special about it.
    pub(crate) fn plain(version: VersionText) -> Self {
        Self(ReleaseMap {
            version,
            annotated: true,
            label: None,
            unlabelled: false,
            behaviour: Behaviour::default(),
            from: None,
            patches: 1,
            files: BTreeMap::new(),
            links: BTreeMap::new(),
        })
    }
}

impl ReleaseMap {
    /// The names of the tags that it stands for: one, or one a patch.
    ///
    /// # Errors
    ///
    /// Its version has no patches that can be counted.
    pub(crate) fn tags(&self, scheme: &Scheme) -> Result<Vec<String>, String> {
        let name = self.version.as_str();
        if self.patches == 1 {
            return Ok(vec![name.to_owned()]);
        }
        if scheme.order() != Order::CoopCloud {
            return Err("`patches` counts versions of the order coop-cloud alone".to_owned());
        }
        // The text of a version is `major.minor.patch` and what follows it.
        let core = name.find(['-', '+']).unwrap_or(name.len());
        let (core, rest) = name.split_at(core);
        let counted = core.rsplit_once('.');
        let counted = counted.and_then(|(series, first)| Some((series, first.parse().ok()?)));
        let (series, first): (_, u64) = counted.ok_or("`patches` needs a version to begin at")?;
        let patches = (0..u64::from(self.patches)).map(|patch| {
            let patch = first.checked_add(patch).ok_or("the patches do not end")?;
            Ok(format!("{series}.{patch}{rest}"))
        });
        patches.collect()
    }
}

/// The recipe's `previous/`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PreviousSetup {
    /// The version that the overlay is for
    pub version: VersionText,
}

/// One thing that happens
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A nightly run
    Nightly(Night),
    /// A nightly run that leaves something out to be quick
    Quick(Night),
    /// A run of a pull request
    Pr(Box<PullRequest>),
    /// A new version is published
    Publish(Release),
    /// A tag is deleted
    Withdraw(VersionText),
    /// A tag is moved to another commit
    Move(TagMove),
    /// Somebody sets the canonical by hand
    SetCanonical(VersionText),
    /// Somebody deletes the canonical
    DropCanonical,
    /// A version is tagged again on a tree that behaves in this way
    Break(Break),
    /// A version is tagged again on a tree that behaves well
    Mend(VersionText),
    /// The next run is red for no fault of the recipe
    Flake,
    /// The program that writes data into the base of the next run fails, for no fault of the recipe
    FlakySeed,
    /// The recipe is enrolled, so that it has a canonical to keep
    Enroll,
    /// The recipe is no longer enrolled
    Unenroll,
}

impl Step {
    /// The name of the step, as the file has it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Nightly(_) => "nightly",
            Self::Quick(_) => "quick",
            Self::Pr(_) => "pr",
            Self::Publish(_) => "publish",
            Self::Withdraw(_) => "withdraw",
            Self::Move(_) => "move",
            Self::SetCanonical(_) => "set-canonical",
            Self::DropCanonical => "drop-canonical",
            Self::Break(_) => "break",
            Self::Mend(_) => "mend",
            Self::Flake => "flake",
            Self::FlakySeed => "flaky-seed",
            Self::Enroll => "enroll",
            Self::Unenroll => "unenroll",
        }
    }
}

/// A nightly run
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Night {
    /// For how many nights, one after the other, each with the same outcome (1)
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1, max = 1000), !skip_serializing_if)]
    pub times: u32,
    /// What is tested
    #[serde(default, skip_serializing_if = "is_default")]
    pub head: NightHead,
    /// What the operator asks for
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    pub policy: PolicySetup,
    /// What must come out
    pub expect: Expectation,
}

/// What a nightly run tests
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NightHead {
    /// The tip of the main branch
    #[default]
    Main,
    /// The newest published version
    Latest,
}

/// A pull request: one commit on a branch, and a run of it
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PullRequest {
    /// The version that it branches from, if not the tip of main: a stale branch
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<VersionText>,
    /// Its version label, if it bumps the version that it branches from
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionText>,
    /// Whether it has no version label (false)
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub unlabelled: bool,
    /// How it behaves when it is deployed
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    pub behaviour: Behaviour,
    /// What the operator asks for
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "is_default"
    )]
    pub policy: PolicySetup,
    /// What must come out
    pub expect: Expectation,
}

/// A tag and where it goes
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TagMove {
    /// The tag
    pub tag: VersionText,
    /// The tag whose commit it is moved to
    pub to: VersionText,
}

/// A version and how it behaves from now on
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Break {
    /// The version's tag
    pub version: VersionText,
    /// How it behaves when it is deployed
    pub behaviour: Behaviour,
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;
        impl<'de> Visitor<'de> for TextOrMap {
            type Value = Release;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a version, or a map with the key `version`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Release, E> {
                Ok(Release::plain(VersionText::new(text)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Release, A::Error> {
                ReleaseMap::deserialize(MapAccessDeserializer::new(map)).map(Release)
            }
        }
        deserializer.deserialize_any(TextOrMap)
    }
}

impl Serialize for Release {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let version = &self.0.version;
        if self.0 == Self::plain(version.clone()).0 {
            version.serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl JsonSchema for Release {
    fn schema_name() -> Cow<'static, str> {
        "Release".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (tag, map) = (
            generator.subschema_for::<VersionText>(),
            generator.subschema_for::<ReleaseMap>(),
        );
        json_schema!({
            "description": "A published version: its tag alone, or a map",
            "anyOf": [tag, map]
        })
    }
}
