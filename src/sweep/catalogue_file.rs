//! The file `catalogue.yaml`: where it is, what it says, and which of its settings
//! would silently do nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::deploy::{DeployerKind, PromoteBy};
use crate::disk::read_bounded;
use crate::recipe::FILE_BYTES_MAX;
use crate::written::{entries, read_yaml, stated, utf8};
use samever_core::Fallback;

/// The name of the file.
pub(crate) const FILE: &str = "catalogue.yaml";

/// What a nightly tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HeadChoice {
    MainTip,
    /// The commit of the newest published version.
    Latest,
}

/// What the file says.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CatalogueFile {
    #[serde(deserialize_with = "entries")]
    pub defaults: Settings,
    #[serde(deserialize_with = "entries")]
    pub recipes: BTreeMap<String, Option<Settings>>,
}

/// What it says of a recipe. A key that is there has a value.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    #[serde(deserialize_with = "stated")]
    pub enrolled: Option<bool>,
    #[serde(deserialize_with = "stated")]
    pub name: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub head: Option<HeadChoice>,
    #[serde(deserialize_with = "stated")]
    pub main: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub scheme: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub ci_dir: Option<PathBuf>,
    #[serde(deserialize_with = "stated")]
    pub not_applicable: Option<String>,
    #[serde(rename = "override", deserialize_with = "stated")]
    pub override_version: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub fallback: Option<Fallback>,
    #[serde(deserialize_with = "stated")]
    pub prereleases: Option<bool>,
    #[serde(deserialize_with = "stated")]
    pub exclude: Option<Vec<Exclude>>,
    #[serde(deserialize_with = "stated")]
    pub bases: Option<Vec<String>>,
    #[serde(deserialize_with = "stated")]
    pub supported: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub promote: Option<PromoteBy>,
    #[serde(deserialize_with = "stated")]
    pub stops: Option<Vec<String>>,
    #[serde(deserialize_with = "stated")]
    pub expect: Option<Expect>,
    #[serde(deserialize_with = "stated")]
    pub deployer: Option<DeployerKind>,
    #[serde(deserialize_with = "stated")]
    pub deploy: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub check: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub teardown: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub seed: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub verify: Option<String>,
    #[serde(deserialize_with = "stated")]
    pub env_file: Option<PathBuf>,
    #[serde(deserialize_with = "stated")]
    pub timeout: Option<u32>,
}

/// What is expected of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expect {
    /// The head refuses the data of the base.
    Refused,
}

/// Versions that must not be a base.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exclude {
    /// One version, or a range.
    pub versions: String,
    pub reason: String,
    /// The last day on which they must not be, in UTC, as `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "stated")]
    pub until: Option<String>,
}

impl CatalogueFile {
    /// Reads the file of a folder, with its text; both are empty where there is
    /// none. The error names the path that it is about.
    pub(crate) fn read(folder: &Path) -> Result<(String, Self), (PathBuf, String)> {
        let file = folder.join(FILE);
        if !folder.is_dir() {
            let why = "it is no folder; give the folder with the repositories of the recipes";
            return Err((folder.to_owned(), why.to_owned()));
        }
        let lookalike =
            lookalike(folder).map_err(|error| (folder.to_owned(), error.to_string()))?;
        if let Some(path) = lookalike {
            let why = format!("only {FILE} is; rename it to that, or move it away");
            return Err((path, why));
        }
        read(&file).map_err(|why| (file, why))
    }

    /// Which setting of the defaults does nothing for any recipe, and why. Where
    /// nothing else is said, a deployer of this kind deploys, if that is known.
    pub(crate) fn idle_default<'a>(
        &self,
        recipes: impl Iterator<Item = &'a str>,
        otherwise: Option<DeployerKind>,
    ) -> Option<String> {
        let kinds = recipes.map(|recipe| self.settings(recipe).1.kind(otherwise));
        let kinds: Vec<_> = kinds.collect();
        let all = |idle: fn(Option<DeployerKind>) -> bool| {
            !kinds.is_empty() && kinds.iter().all(|kind| idle(*kind))
        };
        if self.defaults.env_file.is_some() && all(leaves_env_file) {
            let why = "the env-file of its defaults does nothing: no recipe has the deployer swarm; \
                       remove it";
            return Some(why.to_owned());
        }
        if self.defaults.name.is_some() {
            let why = "the name of its defaults would be that of every recipe; give it to one";
            return Some(why.to_owned());
        }
        let idle = self.defaults.idle_beside(&self.defaults);
        idle.map(|why| format!("in its defaults, {why}"))
    }

    /// What a recipe's own entry says, and that over the defaults.
    pub(crate) fn settings(&self, recipe: &str) -> (Settings, Settings) {
        let own = self.recipes.get(recipe).cloned().flatten();
        let own = own.unwrap_or_default();
        let merged = own.clone().over(&self.defaults);
        (own, merged)
    }
}

/// The endings of copies that editors and people put aside.
const ASIDE: [&str; 5] = ["~", ".bak", ".old", ".orig", ".swp"];

/// A file that looks like the settings, and is not read.
fn lookalike(folder: &Path) -> io::Result<Option<PathBuf>> {
    let has_settings = folder.join(FILE).symlink_metadata().is_ok();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let plain = name.to_lowercase();
        let parts = plain.trim_start_matches('.').split_once('.');
        let is_like = parts.is_some_and(|(stem, ending)| {
            ["catalogue", "catalog"].contains(&stem)
                && ["yaml", "yml", "json", "toml"].contains(&ending)
        });
        let is_named = ["yaml", "yml"].iter().any(|ending| plain.contains(ending));
        let is_meant = plain.trim_start_matches('.').starts_with("catalog");
        let is_aside = ASIDE.iter().any(|ending| plain.ends_with(ending));
        let is_meant = is_meant && !is_aside && (is_named || !plain.contains('.'));
        let is_like = is_like || !has_settings && is_meant;
        if is_like && name != FILE && !path.is_dir() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn read(file: &Path) -> Result<(String, CatalogueFile), String> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(error.to_string()),
        Ok(there) if there.is_symlink() && file.metadata().is_err() => {
            return Err("it is a link that leads nowhere; mend the link, or remove it".to_owned());
        }
        Ok(_) if !file.is_file() => {
            return Err("it is no regular file; put one there, or remove it".to_owned());
        }
        Ok(_) => {}
    }
    let bytes = read_bounded(file, FILE_BYTES_MAX).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err("it is larger than 1 MiB".to_owned());
    }
    let text = utf8(&bytes).map_err(|at| format!("it is not UTF-8 at byte {at}"))?;
    let said: Option<CatalogueFile> = read_yaml(text).map_err(|fault| fault.to_string())?;
    Ok((text.to_owned(), said.unwrap_or_default()))
}

/// Whether a deployer reads no file of variables.
fn leaves_env_file(kind: Option<DeployerKind>) -> bool {
    kind.is_some_and(|kind| kind != DeployerKind::Swarm)
}

impl Settings {
    /// These, and where they say nothing, others. The programs that deploy go together, and
    /// those of the data.
    fn over(self, others: &Self) -> Self {
        let others = others.clone();
        let has_programs = self.names_programs();
        let programs = if has_programs {
            self.clone()
        } else {
            others.clone()
        };
        let data = if self.seed.is_some() || self.verify.is_some() {
            (self.seed, self.verify)
        } else {
            (others.seed, others.verify)
        };
        Self {
            enrolled: self.enrolled.or(others.enrolled),
            name: self.name,
            head: self.head.or(others.head),
            main: self.main.or(others.main),
            scheme: self.scheme.or(others.scheme),
            ci_dir: self.ci_dir.or(others.ci_dir),
            not_applicable: self.not_applicable.or(others.not_applicable),
            override_version: self.override_version.or(others.override_version),
            fallback: self.fallback.or(others.fallback),
            prereleases: self.prereleases.or(others.prereleases),
            exclude: self.exclude.or(others.exclude),
            bases: self.bases.or(others.bases),
            supported: self.supported.or(others.supported),
            promote: self.promote.or(others.promote),
            stops: self.stops.or(others.stops),
            expect: self.expect.or(others.expect),
            deployer: programs.deployer,
            deploy: programs.deploy,
            check: programs.check,
            teardown: programs.teardown,
            seed: data.0,
            verify: data.1,
            env_file: self.env_file.or(others.env_file),
            timeout: self.timeout.or(others.timeout),
        }
    }

    pub(crate) fn names_programs(&self) -> bool {
        let programs = [&self.deploy, &self.check, &self.teardown];
        self.deployer.is_some() || programs.iter().any(|line| line.is_some())
    }

    /// What deploys, or otherwise this.
    fn kind(&self, otherwise: Option<DeployerKind>) -> Option<DeployerKind> {
        let programs = self.deploy.as_ref().map(|_| DeployerKind::Command);
        self.deployer.or(programs).or(otherwise)
    }

    /// Which of these, a recipe's own ones, does nothing beside all that holds for
    /// it, and why.
    pub(crate) fn idle(&self, all: &Self, otherwise: Option<DeployerKind>) -> Option<String> {
        let kind = all.kind(otherwise);
        let name = kind.map_or("", DeployerKind::name);
        if self.env_file.is_some() && leaves_env_file(kind) {
            return Some(format!(
                "its env-file does nothing: its deployer is {name}, and only swarm reads one; \
                 remove it"
            ));
        }
        self.idle_beside(all).map(|why| format!("its {why}"))
    }

    /// The same for what decides the base: the reason why upgrades do not apply
    /// goes before all, and the override before what is tried without one.
    fn idle_beside(&self, all: &Self) -> Option<String> {
        let first = if all.not_applicable.is_some() {
            "not-applicable"
        } else if all.override_version.is_some() {
            "override"
        } else {
            return None;
        };
        let skips = first == "not-applicable";
        let (key, _) = [
            ("override", skips && self.override_version.is_some()),
            ("ci-dir", skips && self.ci_dir.is_some()),
            ("exclude", skips && self.exclude.is_some()),
            ("stops", skips && self.stops.is_some()),
            ("expect", skips && self.expect.is_some()),
            ("bases", self.bases.is_some()),
            ("supported", self.supported.is_some()),
            ("seed", skips && self.seed.is_some()),
            ("verify", skips && self.verify.is_some()),
            ("fallback", self.fallback.is_some()),
            ("prereleases", self.prereleases.is_some()),
        ]
        .into_iter()
        .find(|(_, is_idle)| *is_idle)?;
        Some(format!(
            "{key} does nothing beside {first}; remove one of the two"
        ))
    }
}
