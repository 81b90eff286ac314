//! What a scenario file says: a recipe's history, steps, and what must come
//! out of each run.
//!
//! The types are the format: they are read by serde and described to editors
//! by the JSON Schema that is made of them, `scenarios/schema.json`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;

use crate::recipe::RecipeName;
use samever_core::{PublishedVersion, RecipeVersion};

use crate::simulate::behaviour::Behaviour;
use crate::simulate::expectation::Expectation;

/// A recipe's history, and what happens to it
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// The recipe
    pub recipe: RecipeSetup,
    /// The version that was last green, if any was
    pub canonical: Option<Version>,
    /// The overlay in the recipe's CI folder that lets one old version deploy
    pub previous: Option<PreviousSetup>,
    /// What happens, in order
    #[schemars(with = "Vec<Step>", length(min = 1))]
    pub steps: Vec<Spanned<Step>>,
}

/// The recipe that a scenario is about
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipeSetup {
    /// Its name
    pub name: RecipeName,
    /// Whether it is enrolled, so that it has a canonical to keep (true)
    #[serde(default = "yes")]
    pub enrolled: bool,
    /// Its published versions, in order of creation
    #[schemars(with = "Vec<Release>", length(min = 1))]
    pub published: Vec<Spanned<Release>>,
    /// Tags on the newest commit that are no versions
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub junk: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

/// A published version: its tag alone, or a map
#[derive(Clone, Debug)]
pub struct Release(pub ReleaseMap);

/// A published version and whatever is special about it
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReleaseMap {
    /// Its tag
    pub version: Tag,
    /// Whether the tag is an annotated one (true)
    #[serde(default = "yes")]
    pub annotated: bool,
    /// The version label of its tree, if that is not the tag's version
    pub label: Option<String>,
    /// Whether its tree has no version label (false)
    #[serde(default)]
    pub unlabelled: bool,
    /// How it behaves when it is deployed
    #[serde(default)]
    pub behaviour: Behaviour,
    /// The version that it branches from; main then stays where it is
    pub from: Option<Tag>,
    /// How many versions to publish, each one patch after the other (1)
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000))]
    pub patches: u32,
    /// Further files of its tree: path and content
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Symbolic links of its tree: path and target
    #[serde(default)]
    pub links: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

impl ReleaseMap {
    /// The tags that it stands for: one, or one a patch.
    pub(crate) fn tags(&self) -> Result<Vec<Tag>, String> {
        if self.patches == 1 {
            return Ok(vec![self.version.clone()]);
        }
        // The text of a version is `major.minor.patch` and what follows it.
        let name = self.version.name();
        let core = name.find(['-', '+']).unwrap_or(name.len());
        let (core, rest) = name.split_at(core);
        let (series, first) = core.rsplit_once('.').expect("a version has three numbers");
        let first: u64 = first.parse().expect("a version has three numbers");
        let patches = (0..u64::from(self.patches)).map(|patch| {
            let patch = first.checked_add(patch).ok_or("the patches do not end")?;
            Tag::try_from(format!("{series}.{patch}{rest}"))
        });
        patches.collect()
    }
}

/// The recipe's `previous/`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PreviousSetup {
    /// The version that the overlay is for
    pub version: Version,
}

/// One thing that happens
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    Withdraw(Tag),
    /// A tag is moved to another commit
    Move(TagMove),
    /// Somebody sets the canonical by hand
    SetCanonical(Version),
    /// Somebody deletes the canonical
    DropCanonical,
    /// A version is tagged again on a tree that behaves in this way
    Break(Break),
    /// A version is tagged again on a tree that behaves well
    Mend(Tag),
    /// The next run is red for no fault of the recipe
    Flake,
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
            Self::Enroll => "enroll",
            Self::Unenroll => "unenroll",
        }
    }
}

/// A nightly run
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Night {
    /// For how many nights, one after the other, each with the same outcome (1)
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1000))]
    pub times: u32,
    /// What is tested
    #[serde(default)]
    pub head: NightHead,
    /// What the operator asks for
    #[serde(default)]
    pub policy: PolicySetup,
    /// What must come out
    pub expect: Expectation,
}

/// What a nightly run tests
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NightHead {
    /// The tip of the main branch
    #[default]
    Main,
    /// The newest published version
    Latest,
}

/// A pull request: one commit on a branch, and a run of it
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PullRequest {
    /// The version that it branches from, if not the tip of main: a stale branch
    pub from: Option<Tag>,
    /// Its version label, if it bumps the version that it branches from
    pub version: Option<Version>,
    /// Whether it has no version label (false)
    #[serde(default)]
    pub unlabelled: bool,
    /// How it behaves when it is deployed
    #[serde(default)]
    pub behaviour: Behaviour,
    /// What the operator asks for
    #[serde(default)]
    pub policy: PolicySetup,
    /// What must come out
    pub expect: Expectation,
}

/// What the operator asks for
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicySetup {
    /// Upgrade from this version, whatever the rules say
    #[serde(rename = "override")]
    pub override_version: Option<Version>,
    /// Upgrades do not apply to this recipe, for this reason
    pub not_applicable: Option<String>,
    /// What is tried where there is no canonical
    pub fallback: FallbackSetup,
    /// Keep pre-releases from being bases
    pub no_prereleases: bool,
    /// Decide as if there were no canonical
    pub ignore_canonical: bool,
}

/// What is tried where there is no canonical
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FallbackSetup {
    /// The main tip
    #[default]
    MainTip,
    /// The newest published version older than the head, then the main tip
    ReleaseFirst,
}

/// A tag and where it goes
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TagMove {
    /// The tag
    pub tag: Tag,
    /// The tag whose commit it is moved to
    pub to: Tag,
}

/// A version and how it behaves from now on
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Break {
    /// The version's tag
    pub version: Tag,
    /// How it behaves when it is deployed
    pub behaviour: Behaviour,
}

/// A version, without a leading `v`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(pub RecipeVersion);

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let version = RecipeVersion::parse(&text);
        version
            .map(Self)
            .map_err(|error| format!("{} is no version: {error}", shorten(&text)))
    }
}

/// The tag of a published version: the version, perhaps with a leading `v`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Tag(pub PublishedVersion);

impl Tag {
    /// The tag's name.
    pub fn name(&self) -> String {
        self.0.tag()
    }
}

impl TryFrom<String> for Tag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let published = PublishedVersion::from_tag(&text);
        published
            .map(Self)
            .map_err(|error| format!("{} is no tag of a version: {error}", shorten(&text)))
    }
}

/// As much of a text as a message needs.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
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
                let version = Tag::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(Release(ReleaseMap {
                    version,
                    annotated: true,
                    label: None,
                    unlabelled: false,
                    behaviour: Behaviour::default(),
                    from: None,
                    patches: 1,
                    files: BTreeMap::new(),
                    links: BTreeMap::new(),
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Release, A::Error> {
                ReleaseMap::deserialize(MapAccessDeserializer::new(map)).map(Release)
            }
        }
        deserializer.deserialize_any(TextOrMap)
    }
}

impl JsonSchema for Release {
    fn schema_name() -> Cow<'static, str> {
        "Release".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (tag, map) = (
            generator.subschema_for::<Tag>(),
            generator.subschema_for::<ReleaseMap>(),
        );
        json_schema!({
            "description": "A published version: its tag alone, or a map",
            "anyOf": [tag, map]
        })
    }
}

/// Describes a type that is a text with a form of its own.
macro_rules! text_schema {
    ($type:ty, $name:literal, $description:literal, $pattern:literal) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description,
                    "pattern": $pattern
                })
            }
        }
    };
}

text_schema!(
    Version,
    "Version",
    "A version, such as 1.13.0+1.31.1",
    r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"
);
text_schema!(
    Tag,
    "Tag",
    "The tag of a published version, such as 1.13.0+1.31.1 or v1.0.3",
    r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"
);
text_schema!(
    RecipeName,
    "RecipeName",
    "The name of a recipe",
    r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"
);
