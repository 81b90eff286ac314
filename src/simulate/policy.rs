//! What the operator asks for in a run of a scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recipe::ExcludedVersions;
use crate::run::{AskedStops, BaseName, Route};
use crate::scheme::Scheme;
use samever_core::Fallback;

use crate::simulate::texts::{VersionText, is_default, reason};
use crate::written::{entries, stated};

/// What the operator asks for
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicySetup {
    /// Upgrade from this version, whatever the rules say
    #[serde(
        rename = "override",
        deserialize_with = "stated",
        skip_serializing_if = "Option::is_none"
    )]
    pub override_version: Option<VersionText>,
    /// Upgrades do not apply to this recipe, for this reason
    #[serde(deserialize_with = "reason", skip_serializing_if = "Option::is_none")]
    #[schemars(!skip_serializing_if)]
    pub not_applicable: Option<String>,
    /// Versions that must not be a base
    #[serde(deserialize_with = "entries", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<ExcludeSetup>", !skip_serializing_if)]
    pub exclude: Vec<ExcludeSetup>,
    /// Upgrade from the base of this name, such as `previous-major`, whatever the rules say
    #[serde(deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Stops on the way to the head: versions, each-major or each-minor
    #[serde(deserialize_with = "entries", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>", !skip_serializing_if)]
    pub stops: Vec<String>,
    /// Expect that the head refuses the data of the base, which must still work
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub refused: bool,
    /// What is tried where there is no canonical
    #[serde(deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// Keep pre-releases from being bases
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub no_prereleases: bool,
    /// Decide as if there were no canonical
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(!skip_serializing_if)]
    pub ignore_canonical: bool,
}

impl PolicySetup {
    /// Reads the name of the base, if it is named.
    ///
    /// # Errors
    ///
    /// It is none, or one that may lead to several.
    pub(crate) fn read_from(&self) -> Result<Option<BaseName>, String> {
        let name = self.from.as_deref().map(str::parse).transpose()?;
        match name {
            Some(BaseName::All | BaseName::EveryCanonical | BaseName::OldestSupported) => {
                Err("`from` names one base of those that need nothing else".to_owned())
            }
            name => Ok(name),
        }
    }

    /// Reads the way from the base to the head.
    ///
    /// # Errors
    ///
    /// It makes no sense.
    pub(crate) fn read_route(&self) -> Result<Route, String> {
        if self.refused && !self.stops.is_empty() {
            return Err("`stops` and `refused` exclude each other".to_owned());
        }
        if self.refused {
            return Ok(Route::Refused);
        }
        if self.stops.is_empty() {
            return Ok(Route::Straight);
        }
        let names = self.stops.iter().map(|name| name.parse());
        let names = names.collect::<Result<Vec<_>, _>>()?;
        AskedStops::new(names).map(Route::Stops)
    }
}

/// Versions that must not be a base
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExcludeSetup {
    /// One version, or a range such as `>=2 <3`
    pub versions: String,
    /// Why they must not be a base
    pub reason: String,
}

impl ExcludeSetup {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// It makes no sense under this scheme.
    pub(crate) fn read(&self, scheme: &Scheme) -> Result<ExcludedVersions, String> {
        ExcludedVersions::new(scheme, &self.versions, &self.reason)
    }
}
