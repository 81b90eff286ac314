//! How the parts of a run look as data, where that is not how they look in the
//! code: what is not known is `null`, with the reason beside it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use samever_core::RecipeVersion;

use crate::run::promotion::Promotion;
use crate::run::verdict::{Stage, Verdict, VerdictKind};

/// A version, or why it is not known.
type Label = Result<RecipeVersion, String>;

#[derive(Serialize, Deserialize)]
struct LabelFields {
    version: Option<RecipeVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// A label as the fields `version` and `why`.
pub(super) mod label {
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
    use super::{Deserializer, Label, NOT_TOLD, Serializer, label};

    #[expect(clippy::ref_option, reason = "it is what serde gives")]
    pub(crate) fn serialize<S: Serializer>(
        told: &Option<Label>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        let label = told.clone().unwrap_or_else(|| Err(NOT_TOLD.to_owned()));
        label::serialize(&label, out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Label>, D::Error> {
        label::deserialize(input).map(Some)
    }
}

/// A verdict as data.
#[derive(Serialize, Deserialize)]
pub(super) struct VerdictFields {
    verdict: VerdictKind,
    stage: Option<Stage>,
    why: Option<String>,
}

impl From<Verdict> for VerdictFields {
    fn from(verdict: Verdict) -> Self {
        let kind = verdict.kind();
        let (stage, why) = match verdict {
            Verdict::Red { stage, why } => (Some(stage), Some(why)),
            Verdict::Green | Verdict::Skipped => (None, None),
        };
        Self {
            verdict: kind,
            stage,
            why,
        }
    }
}

impl TryFrom<VerdictFields> for Verdict {
    type Error = &'static str;

    fn try_from(fields: VerdictFields) -> Result<Self, Self::Error> {
        match (fields.verdict, fields.stage, fields.why) {
            (VerdictKind::Green, None, None) => Ok(Self::Green),
            (VerdictKind::Skipped, None, None) => Ok(Self::Skipped),
            (VerdictKind::Red, Some(stage), Some(why)) => Ok(Self::Red { stage, why }),
            _ => Err("a red verdict has a stage and a reason, and no other has one"),
        }
    }
}

/// A promotion as data.
#[derive(Serialize, Deserialize)]
pub(super) struct PromotionFields {
    promoted: bool,
    because: String,
}

const PROMOTED: &str = "the run is green, cold and of the latest";
const UNCHANGED: &str = "the canonical says so already";

impl From<Promotion> for PromotionFields {
    fn from(promotion: Promotion) -> Self {
        Self {
            promoted: promotion == Promotion::Promoted,
            because: match promotion {
                Promotion::Promoted => PROMOTED.to_owned(),
                Promotion::Unchanged => UNCHANGED.to_owned(),
                Promotion::Refused(why) => why,
            },
        }
    }
}

impl From<PromotionFields> for Promotion {
    fn from(PromotionFields { promoted, because }: PromotionFields) -> Self {
        match because {
            _ if promoted => Self::Promoted,
            because if because == UNCHANGED => Self::Unchanged,
            because => Self::Refused(because),
        }
    }
}
