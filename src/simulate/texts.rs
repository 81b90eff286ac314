//! The texts of a scenario file that have a form of their own.

use schemars::JsonSchema;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use crate::recipe::parse_reason;
use samever_core::{PublishedVersion, Version};

/// Whether a field says what is so anyway, and is not written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads the reason why upgrades do not apply.
pub(crate) fn reason<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_reason(&text).map(Some).map_err(D::Error::custom)
}

/// A version, such as 1.13.0+1.31.1
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"))]
#[schemars(rename = "Version")]
pub struct VersionText(pub Version);

impl TryFrom<String> for VersionText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let version = Version::parse(&text);
        version
            .map(Self)
            .map_err(|error| format!("{} is no version: {error}", shorten(&text)))
    }
}

impl From<VersionText> for String {
    fn from(version: VersionText) -> Self {
        version.0.to_string()
    }
}

/// The tag of a published version, such as 1.13.0+1.31.1 or v1.0.3
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"))]
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

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.name()
    }
}

/// As much of a text as a message needs.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
