//! What came of a sweep, recipe by recipe, as data.

use serde::{Deserialize, Serialize};

use crate::deploy::RecipeOutcome;

/// What came of one recipe in a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SweepEntry {
    pub recipe: String,
    /// The names of the base, where several are tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_names: Option<String>,
    #[serde(flatten)]
    pub came: RecipeOutcome,
    /// How long it took, in seconds.
    pub seconds: f64,
}
