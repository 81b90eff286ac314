//! A catalogue: a folder of recipe repositories, and what is said about them in
//! its `catalogue.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::deploy::{Commands, DeployerKind, Deployment, SwarmSettings};
use crate::disk::read_bounded;
use crate::recipe::{FILE_BYTES_MAX, Recipe, RecipeName};
use samever_core::{Fallback, Policy, RecipeVersion};

/// The file that says how the recipes are run.
const FILE: &str = "catalogue.yaml";

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
    /// The name, safe as the name of a file.
    pub name: RecipeName,
    pub repository: PathBuf,
    pub enrolled: bool,
    pub head: HeadChoice,
    /// The main branch, where it is stated.
    pub main: Option<String>,
    /// Its CI folder, which may hold `previous/`.
    pub ci_folder: Option<PathBuf>,
    /// Why upgrades do not apply to it.
    pub declared: Option<String>,
    pub override_version: Option<RecipeVersion>,
    pub policy: Policy,
    /// What deploys it, where the catalogue says so.
    pub deployment: Option<Deployment>,
    /// How long that may take each time, where the catalogue says so.
    pub timeout: Option<Duration>,
}

/// What a nightly tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HeadChoice {
    #[default]
    MainTip,
    /// The commit of the newest published version.
    Latest,
}

/// A catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue {} cannot be read: {why}", .path.display())]
pub(crate) struct CatalogueError {
    path: PathBuf,
    why: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileFields {
    defaults: Fields,
    recipes: BTreeMap<String, Option<Fields>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    enrolled: Option<bool>,
    head: Option<HeadChoice>,
    main: Option<String>,
    ci_dir: Option<PathBuf>,
    not_applicable: Option<String>,
    #[serde(rename = "override")]
    override_version: Option<String>,
    fallback: Option<Fallback>,
    prereleases: Option<bool>,
    deployer: Option<DeployerKind>,
    deploy: Option<String>,
    check: Option<String>,
    teardown: Option<String>,
    env_file: Option<PathBuf>,
    timeout: Option<u32>,
}

impl Catalogue {
    /// Reads a folder and its `catalogue.yaml`, if it has one. What is wrong with
    /// one recipe is told with that recipe.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be read, or the file makes no sense.
    pub(crate) fn read(folder: &Path) -> Result<Self, CatalogueError> {
        let failed = |path: &Path, why: String| CatalogueError {
            path: path.to_owned(),
            why,
        };
        let file = folder.join(FILE);
        let text = read_file(&file).map_err(|why| failed(&file, why))?;
        let fields = parse(&text).map_err(|why| failed(&file, why))?;
        let (mut found, left_out) =
            repositories(folder).map_err(|error| failed(folder, error.to_string()))?;
        for name in fields.recipes.keys() {
            found.entry(name.clone()).or_insert_with(|| {
                let why = "it is in catalogue.yaml, but there is no such repository in the folder";
                Err(why.to_owned())
            });
        }
        let entries = found.into_iter().map(|(name, repository)| {
            let own = fields.recipes.get(&name).cloned().flatten();
            let setup = repository.and_then(|repository| {
                setup(
                    folder,
                    &name,
                    repository,
                    &own.unwrap_or_default().over(&fields.defaults),
                )
            });
            Entry { name, setup }
        });
        Ok(Self {
            digest: format!("{:x?}", Sha256::digest(&text)),
            has_default_deployment: fields.defaults.names_programs(),
            entries: entries.collect(),
            left_out,
        })
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    match read_bounded(path, FILE_BYTES_MAX) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error.to_string()),
        Ok(bytes) if bytes.len() as u64 > FILE_BYTES_MAX => {
            Err("it is larger than 1 MiB".to_owned())
        }
        Ok(bytes) => {
            String::from_utf8(bytes).map_err(|_| "stream did not contain valid UTF-8".to_owned())
        }
    }
}

fn parse(text: &str) -> Result<FileFields, String> {
    if text.trim().is_empty() {
        return Ok(FileFields::default());
    }
    serde_saphyr::from_str(text).map_err(|error| error.without_snippet().to_string())
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
        if file_name.starts_with('.') || !path.is_dir() {
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

fn setup(folder: &Path, name: &str, repository: PathBuf, fields: &Fields) -> Result<Setup, String> {
    let version = fields.override_version.as_deref().map(|text| {
        RecipeVersion::parse_tag(text)
            .map_err(|error| format!("its override {text} is no version: {error}"))
    });
    if let Some(reason) = &fields.not_applicable
        && reason.trim().is_empty()
    {
        return Err("its not-applicable has no reason".to_owned());
    }
    let ci_folder = fields.ci_dir.as_ref().map(|path| folder.join(path));
    if let Some(ci_folder) = ci_folder.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(format!("its ci-dir {} is no folder", ci_folder.display()));
    }
    if fields.timeout == Some(0) {
        return Err("its timeout is 0 seconds; say at least 1".to_owned());
    }
    Ok(Setup {
        name: name
            .parse()
            .map_err(|error| format!("{error}; rename its folder"))?,
        repository,
        enrolled: fields.enrolled.unwrap_or(true),
        head: fields.head.unwrap_or_default(),
        main: fields.main.clone(),
        ci_folder,
        declared: fields.not_applicable.clone(),
        override_version: version.transpose()?,
        policy: Policy {
            fallback: fields.fallback.unwrap_or_default(),
            prereleases: fields.prereleases.unwrap_or(true),
            ignore_canonical: false,
        },
        deployment: fields.deployment(folder)?,
        timeout: fields
            .timeout
            .map(|seconds| Duration::from_secs(u64::from(seconds))),
    })
}

impl Fields {
    /// These, and where they say nothing, others. The programs go together.
    fn over(self, others: &Self) -> Self {
        let others = others.clone();
        let has_programs = self.names_programs();
        let programs = if has_programs {
            self.clone()
        } else {
            others.clone()
        };
        Self {
            enrolled: self.enrolled.or(others.enrolled),
            head: self.head.or(others.head),
            main: self.main.or(others.main),
            ci_dir: self.ci_dir.or(others.ci_dir),
            not_applicable: self.not_applicable.or(others.not_applicable),
            override_version: self.override_version.or(others.override_version),
            fallback: self.fallback.or(others.fallback),
            prereleases: self.prereleases.or(others.prereleases),
            deployer: programs.deployer,
            deploy: programs.deploy,
            check: programs.check,
            teardown: programs.teardown,
            env_file: self.env_file.or(others.env_file),
            timeout: self.timeout.or(others.timeout),
        }
    }

    fn names_programs(&self) -> bool {
        let programs = [&self.deploy, &self.check, &self.teardown];
        self.deployer.is_some() || programs.iter().any(|line| line.is_some())
    }

    fn deployment(&self, folder: &Path) -> Result<Option<Deployment>, String> {
        let line = |text: &Option<String>| {
            let line = text
                .as_deref()
                .map(str::parse::<crate::deploy::CommandLine>);
            let line = line.transpose().map_err(|error| error.to_string());
            line.map(|line| line.map(|line| line.below(folder)))
        };
        let (deploy, check) = (line(&self.deploy)?, line(&self.check)?);
        let teardown = line(&self.teardown)?;
        // The caller fills in the limit of time.
        let timeout = Duration::from_secs(u64::from(TIMEOUT_SECONDS));
        match (self.deployer, deploy) {
            (Some(DeployerKind::Command) | None, Some(deploy)) => {
                Ok(Some(Deployment::Command(Commands {
                    deploy,
                    check,
                    teardown,
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
            (_, None) if check.is_some() || teardown.is_some() => {
                Err("it has a check or a teardown program, but no deploy program".to_owned())
            }
            (Some(DeployerKind::Tree), None) => Ok(Some(Deployment::Tree)),
            (Some(DeployerKind::Swarm), None) => Ok(Some(Deployment::Swarm(SwarmSettings {
                env_file: self.env_file.as_ref().map(|path| folder.join(path)),
                timeout,
                ..SwarmSettings::default()
            }))),
            (None, None) => Ok(None),
        }
    }
}
