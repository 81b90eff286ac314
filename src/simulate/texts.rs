//! The texts of a scenario file that have a form of their own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::{Location, Spanned};

use crate::recipe::parse_reason;
use crate::scheme::Scheme;
use samever_core::Version;

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

/// A version or a tag as a scenario writes it; the scenario's scheme reads it.
#[derive(Clone, Debug)]
pub struct VersionText {
    text: String,
    place: Location,
}

impl VersionText {
    /// A text that stands in no file.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            place: Location::UNKNOWN,
        }
    }

    /// The text as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where it stands, line and column from 1, if that is known.
    pub(crate) fn place(&self) -> Option<(u64, u64)> {
        (self.place != Location::UNKNOWN).then(|| (self.place.line(), self.place.column()))
    }

    /// The version that it is, or that it publishes as a tag.
    ///
    /// # Errors
    ///
    /// It is none under this scheme.
    pub(crate) fn parse(&self, scheme: &Scheme) -> Result<Version, String> {
        let version = scheme.parse(&self.text);
        version.map_err(|error| format!("{} is no version: {error}", shorten(&self.text)))
    }

    /// The version that it publishes as a tag.
    ///
    /// # Errors
    ///
    /// It is no tag that publishes one under this scheme.
    pub(crate) fn parse_tag(&self, scheme: &Scheme) -> Result<Version, String> {
        let version = scheme.parse(&self.text);
        let version = version
            .map_err(|error| format!("{} is no tag of a version: {error}", shorten(&self.text)))?;
        if scheme.published([&self.text]).is_empty() {
            return Err(format!(
                "{} is no tag of the scheme {}, in which a tag is {}",
                shorten(&self.text),
                scheme.name(),
                scheme.tag_form()
            ));
        }
        Ok(version)
    }
}

impl PartialEq for VersionText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for VersionText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            text: text.value,
            place: text.referenced,
        })
    }
}

impl Serialize for VersionText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl JsonSchema for VersionText {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A version, such as 1.13.0+1.31.1, or its tag, such as v1.0.3",
            "type": "string",
            "pattern": r"^\S*\d\S*$"
        })
    }
}

/// As much of a text as a message needs.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
