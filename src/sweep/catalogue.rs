//! A catalogue: a folder of recipe repositories, and what is said about them in
//! its `catalogue.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::deploy::{
    Bases, CommandLine, Commands, DataPrograms, DeployerKind, Deployment, SwarmSettings,
    TreeSettings,
};
use crate::recipe::{ExcludedVersions, Recipe, RecipeName, parse_reason, parse_revision};
use crate::run::{AskedBases, AskedStops, Route};
use crate::scheme::{Scheme, VersionRange};
use crate::shard::Shard;
use samever_core::{Policy, Version};

use crate::sweep::catalogue_file::{CatalogueFile, Exclude, Expect, FILE, HeadChoice, Settings};

/// The default limit of time for a program of the operator's, in seconds.
pub(crate) const TIMEOUT_SECONDS: u32 = 900;

/// The recipes of a folder.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    /// What its `catalogue.yaml` says, in a digest: settings that change make
    /// another sweep.
    pub digest: String,
    /// Whether it says what deploys where a recipe does not.
    pub has_default_deployment: bool,
    /// The recipes, in the order of their names.
    pub entries: Vec<Entry>,
    pub left_out: Vec<String>,
}

/// One recipe.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name: that of its folder, without `.git`.
    pub name: String,
    /// How it is run, or why it cannot be.
    pub setup: Result<Setup, String>,
}

/// How a recipe is run.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The recipe's name, where the catalogue says another than the clone does.
    pub name: Option<RecipeName>,
    pub repository: PathBuf,
    pub enrolled: bool,
    /// What is tested; the newest published version where nothing is said, or the
    /// main tip where none is published.
    pub head: Option<HeadChoice>,
    /// The main branch, where it is stated.
    pub main: Option<String>,
    /// Its CI folder, which may hold `previous/`.
    pub ci_folder: Option<PathBuf>,
    /// Why upgrades do not apply to it.
    pub declared: Option<String>,
    pub override_version: Option<Version>,
    /// The versions that must not be a base.
    pub excluded: Vec<ExcludedVersions>,
    /// The bases that it is tested from, where the catalogue names them.
    pub bases: Option<Bases>,
    /// The way from the base to the head.
    pub route: Route,
    /// Which tags publish, and where the version of a commit stands.
    pub scheme: Scheme,
    pub policy: Policy,
    /// What deploys it, where the catalogue says so.
    pub deployment: Option<Deployment>,
    /// What writes data and verifies it, where the catalogue says so.
    pub data: Option<DataPrograms>,
    /// Its file of variables for a Docker Swarm, where the catalogue names one.
    pub env_file: Option<PathBuf>,
    /// How long that may take each time, where the catalogue says so.
    pub timeout: Option<Duration>,
}

/// A catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue {} cannot be read: {why}", .path.display())]
pub(crate) struct CatalogueError {
    path: PathBuf,
    why: String,
}

impl Catalogue {
    /// Reads a folder and its `catalogue.yaml`, if it has one. What is wrong with
    /// one recipe is told with that recipe. Where the file does not say what
    /// deploys, a deployer of the kind `otherwise` does, if that is known.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be read, or the file makes no sense.
    pub(crate) fn read(
        folder: &Path,
        otherwise: Option<DeployerKind>,
    ) -> Result<Self, CatalogueError> {
        let (text, file) =
            CatalogueFile::read(folder).map_err(|(path, why)| CatalogueError { path, why })?;
        let (found, left_out) = repositories(folder).map_err(|error| CatalogueError {
            path: folder.to_owned(),
            why: error.to_string(),
        })?;
        if let Some(why) = file.idle_default(found.keys().map(String::as_str), otherwise) {
            let path = folder.join(FILE);
            return Err(CatalogueError { path, why });
        }
        let lost = file
            .recipes
            .keys()
            .filter(|name| !found.contains_key(*name));
        let lost: Vec<_> = lost
            .map(|name| (name.clone(), Err(lost_words(name, &found))))
            .collect();
        let entries = found.into_iter().chain(lost).collect::<Found>().into_iter();
        let entries = entries.map(|(name, repository)| {
            let setup = repository.and_then(|repository| {
                let (own, all) = file.settings(&name);
                match own.idle(&all, otherwise) {
                    Some(why) => Err(why),
                    None => setup(folder, &name, repository, &all),
                }
            });
            Entry { name, setup }
        });
        Ok(Self {
            digest: format!("{:x?}", Sha256::digest(&text)),
            has_default_deployment: file.defaults.names_programs(),
            entries: entries.collect(),
            left_out,
        })
    }

    /// A part of the recipes, or of those of these names where there are any.
    pub(crate) fn part(&self, shard: Shard, only: &[String]) -> impl Iterator<Item = &Entry> {
        let asked = move |entry: &&Entry| only.is_empty() || only.contains(&entry.name);
        let entries = self.entries.iter().filter(asked).enumerate();
        entries
            .filter(move |(index, _)| shard.takes(*index))
            .map(|(_, entry)| entry)
    }
}

/// Why an entry of the file is about no repository.
fn lost_words(name: &str, found: &Found) -> String {
    let plain = name.strip_suffix(".git").unwrap_or(name);
    let meant = found.keys().find(|other| other.eq_ignore_ascii_case(plain));
    let meant = meant.map_or_else(String::new, |meant| format!("; write {meant}"));
    format!("it is in {FILE}, but there is no such repository in the folder{meant}")
}

type Found = BTreeMap<String, Result<PathBuf, String>>;

/// The repositories in a folder by their names, and the names of its other
/// folders. Hidden ones do not count.
fn repositories(folder: &Path) -> io::Result<(Found, Vec<String>)> {
    let (mut found, mut left_out) = (Found::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let file_name = entry.file_name();
        let file_name = file_name.to_string_lossy();
        if file_name.starts_with('.') {
            continue;
        }
        if path.is_symlink() && path.metadata().is_err() {
            let why = "it is a link that leads nowhere; mend the link, or remove it";
            found.insert(file_name.into_owned(), Err(why.to_owned()));
            continue;
        }
        if !path.is_dir() {
            continue;
        }
        if !Recipe::is_there(&path) {
            left_out.push(file_name.into_owned());
            continue;
        }
        let name = file_name.strip_suffix(".git").unwrap_or(&file_name);
        let twice = || Err("two repositories of the folder have this name".to_owned());
        found
            .entry(name.to_owned())
            .and_modify(|other| *other = twice())
            .or_insert(Ok(path));
    }
    left_out.sort();
    Ok((found, left_out))
}

fn setup(folder: &Path, name: &str, repository: PathBuf, said: &Settings) -> Result<Setup, String> {
    let scheme = match &said.scheme {
        None => Scheme::coop_cloud(),
        Some(scheme) => Scheme::named_in(folder, scheme)
            .map_err(|error| format!("its scheme cannot be used: {error}"))?,
    };
    let version = said.override_version.as_deref().map(|text| {
        scheme
            .parse(text)
            .map_err(|error| format!("its override {text} is no version: {error}"))
    });
    let declared = said.not_applicable.as_deref().map(parse_reason).transpose();
    let declared = declared.map_err(|why| format!("its not-applicable has no reason: {why}"))?;
    let main = said.main.as_deref().map(parse_revision).transpose();
    let main = main.map_err(|why| format!("its main cannot be used: {why}"))?;
    for (key, path) in [("ci-dir", &said.ci_dir), ("env-file", &said.env_file)] {
        let text = path.as_ref().map(|path| path.to_string_lossy());
        if text.is_some_and(|text| text.trim().is_empty()) {
            return Err(format!("its {key} is empty; write a path, or remove it"));
        }
    }
    let env_file = said.env_file.as_ref().map(|path| folder.join(path));
    if let Some(env_file) = env_file.as_ref().filter(|file| !file.is_file()) {
        return Err(format!("its env-file {} is no file", env_file.display()));
    }
    let ci_folder = said.ci_dir.as_ref().map(|path| folder.join(path));
    if let Some(ci_folder) = ci_folder.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(format!("its ci-dir {} is no folder", ci_folder.display()));
    }
    if said.timeout == Some(0) {
        return Err("its timeout is 0 seconds; say at least 1".to_owned());
    }
    let _: RecipeName = name
        .parse()
        .map_err(|error| format!("{error}; rename its folder"))?;
    let stated = said.name.as_deref().map(str::parse).transpose();
    Ok(Setup {
        name: stated.map_err(|error| format!("its name cannot be used: {error}"))?,
        repository,
        enrolled: said.enrolled.unwrap_or(true),
        head: said.head,
        main,
        ci_folder,
        declared,
        override_version: version.transpose()?,
        excluded: excluded(said, &scheme)?,
        bases: bases(said, &scheme)?,
        route: route(said)?,
        policy: Policy {
            fallback: said.fallback.unwrap_or_else(|| scheme.fallback()),
            prereleases: said.prereleases.unwrap_or(true),
            ignore_canonical: false,
        },
        deployment: deployment(said, folder)?,
        data: data(said, folder)?,
        scheme,
        env_file,
        timeout: said
            .timeout
            .map(|seconds| Duration::from_secs(u64::from(seconds))),
    })
}

/// The versions that must not be a base, as it is today.
fn excluded(said: &Settings, scheme: &Scheme) -> Result<Vec<ExcludedVersions>, String> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let read = |exclude: &Exclude| {
        let versions = ExcludedVersions::new(scheme, &exclude.versions, &exclude.reason)
            .map_err(|why| format!("its exclude cannot be used: {why}"))?;
        let Some(until) = &exclude.until else {
            return Ok(versions);
        };
        let last = until.parse::<Date>().map_err(|_| {
            format!(
                "its exclude of {} is until {until}, which is no day; write it as 2026-12-31",
                exclude.versions
            )
        })?;
        Ok(versions.until(last, today))
    };
    said.exclude.iter().flatten().map(read).collect()
}

/// The bases that a recipe is tested from.
fn bases(said: &Settings, scheme: &Scheme) -> Result<Option<Bases>, String> {
    let Some(names) = &said.bases else {
        return match (&said.supported, said.promote) {
            (Some(_), _) => Err("its supported does nothing without bases; name them".to_owned()),
            (None, Some(_)) => Err("its promote does nothing without bases; name them".to_owned()),
            (None, None) => Ok(None),
        };
    };
    let wrong = |why: String| format!("its bases make no sense: {why}");
    let names = names.iter().map(|name| name.parse());
    let names = names.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let supported = said.supported.as_deref();
    let supported = supported.map(|text| VersionRange::parse(scheme, text));
    let supported = supported.transpose();
    let supported = supported.map_err(|why| format!("its supported is no range: {why}"))?;
    Ok(Some(Bases {
        asked: AskedBases::new(names, supported).map_err(wrong)?,
        promote: said.promote.unwrap_or_default(),
    }))
}

/// The way from the base to the head.
fn route(said: &Settings) -> Result<Route, String> {
    let wrong = |why: String| format!("its stops make no sense: {why}");
    match (&said.stops, said.expect) {
        (Some(_), Some(Expect::Refused)) => Err(
            "it has stops, and expects a refusal, which is of a jump over them; leave one of them out"
                .to_owned(),
        ),
        (None, Some(Expect::Refused)) => Ok(Route::Refused),
        (None, None) => Ok(Route::Straight),
        (Some(names), None) => {
            let names = names.iter().map(|name| name.parse());
            let names = names.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
            Ok(Route::Stops(AskedStops::new(names).map_err(wrong)?))
        }
    }
}

/// The command line of a key, whose programs are in a folder.
fn line(folder: &Path, key: &str, text: Option<&str>) -> Result<Option<CommandLine>, String> {
    let line = text.map(str::parse::<CommandLine>).transpose();
    let line = line.map_err(|error| format!("its {key} cannot be run: {error}"))?;
    Ok(line.map(|line| line.below(folder)))
}

fn data(said: &Settings, folder: &Path) -> Result<Option<DataPrograms>, String> {
    let data = DataPrograms {
        seed: line(folder, "seed", said.seed.as_deref())?,
        verify: line(folder, "verify", said.verify.as_deref())?,
    };
    Ok((!data.is_empty()).then_some(data))
}

fn deployment(said: &Settings, folder: &Path) -> Result<Option<Deployment>, String> {
    let line = |key: &str, text: &Option<String>| line(folder, key, text.as_deref());
    let deploy = line("deploy", &said.deploy)?;
    let check = line("check", &said.check)?;
    let teardown = line("teardown", &said.teardown)?;
    // The caller fills in the limit of time, and the programs of the data.
    let timeout = Duration::from_secs(u64::from(TIMEOUT_SECONDS));
    match (said.deployer, deploy) {
        (Some(DeployerKind::Command) | None, Some(deploy)) => {
            Ok(Some(Deployment::Command(Commands {
                deploy,
                check,
                teardown,
                data: DataPrograms::default(),
                timeout,
            })))
        }
        (Some(DeployerKind::Tree), Some(_)) => {
            Err("its deployer is tree, which runs no deploy program".to_owned())
        }
        (Some(DeployerKind::Swarm), Some(_)) => {
            Err("its deployer is swarm, which runs no deploy program".to_owned())
        }
        (Some(DeployerKind::Command), None) => {
            Err("its deployer is command, but it has no deploy program".to_owned())
        }
        (Some(DeployerKind::Swarm), None) if teardown.is_none() => {
            Ok(Some(Deployment::Swarm(SwarmSettings {
                timeout,
                check,
                ..SwarmSettings::default()
            })))
        }
        (_, None) if check.is_some() || teardown.is_some() => {
            Err("it has a check or a teardown program, but no deploy program".to_owned())
        }
        (Some(DeployerKind::Tree), None) => Ok(Some(Deployment::Tree(TreeSettings {
            data: DataPrograms::default(),
            timeout,
        }))),
        (Some(DeployerKind::Swarm) | None, None) => Ok(None),
    }
}
