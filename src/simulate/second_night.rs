//! The demonstration: the night that the project exists for.

use std::path::Path;

use tempfile::TempDir;

use crate::recipe::CanonicalRecord;
use samever_core::RecipeVersion;

use crate::simulate::repository::{RepositoryBuilder, TagKind};

/// The published versions of the real recipe custom-html; the app part of the
/// first is a stand-in.
const VERSIONS: [&str; 3] = ["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"];

/// The recipe custom-html on its second night: the first was green and made the
/// latest version canonical, so that canonical, latest and head are one.
pub(crate) struct SecondNight {
    folder: TempDir,
    canonical: CanonicalRecord,
}

impl SecondNight {
    /// The recipe's name.
    pub(crate) const RECIPE: &str = "custom-html";

    /// Builds the repository in a temporary folder, which goes with the value.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written.
    pub(crate) fn build() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = TempDir::with_prefix("samever-")?;
        let mut builder = RepositoryBuilder::init(folder.path(), true)?;
        let mut tip = None;
        for version in VERSIONS {
            let release = builder.release(tip, version)?;
            builder.tag(version, release, TagKind::Annotated)?;
            builder.reference("refs/heads/main", release)?;
            tip = Some(release);
        }
        let canonical = CanonicalRecord {
            recipe: Some(Self::RECIPE.to_owned()),
            version: RecipeVersion::parse(VERSIONS[VERSIONS.len() - 1])?,
            commit: tip,
        };
        Ok(Self { folder, canonical })
    }

    /// The repository.
    pub(crate) fn directory(&self) -> &Path {
        self.folder.path()
    }

    /// The record that the first night left.
    pub(crate) fn canonical(&self) -> &CanonicalRecord {
        &self.canonical
    }
}
