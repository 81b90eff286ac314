//! How a label looks as data: what is not known is `null`, with the reason beside
//! it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use samever_core::Version;

/// A version, or why it is not known.
type Label = Result<Version, String>;

#[derive(Serialize, Deserialize)]
struct LabelFields {
    version: Option<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// A label as the fields `version` and `why`.
pub(super) mod known_label {
    use super::{Deserialize, Deserializer, Label, LabelFields, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(label: &Label, out: S) -> Result<S::Ok, S::Error> {
        let fields = LabelFields {
            version: label.clone().ok(),
            why: label.clone().err(),
        };
        fields.serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Label, D::Error> {
        let LabelFields { version, why } = LabelFields::deserialize(input)?;
        Ok(version.ok_or_else(|| why.unwrap_or_default()))
    }
}

/// Why a label is not known that the deployer does not tell.
pub(super) const NOT_TOLD: &str = "the deployer does not tell";

/// The same for a label that a deployer need not tell.
pub(super) mod told_label {
    use super::{Deserializer, Label, NOT_TOLD, Serializer, known_label};

    #[expect(clippy::ref_option, reason = "it is what serde gives")]
    pub(crate) fn serialize<S: Serializer>(
        told: &Option<Label>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        let label = told.clone().unwrap_or_else(|| Err(NOT_TOLD.to_owned()));
        known_label::serialize(&label, out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Label>, D::Error> {
        known_label::deserialize(input).map(Some)
    }
}
