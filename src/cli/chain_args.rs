//! What every command that decides a base takes: a repository, a head, and what
//! the chain is told.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::recipe::{CanonicalRecord, ExcludedVersions, Request, parse_reason, parse_revision};
use crate::scheme::{HeadSource, Scheme};
use samever_core::{Delta, Fallback, Policy, Version};

use crate::cli::exit::ExitStatus;
use crate::cli::failure::Failure;
use crate::cli::interrupt::tell;
use crate::cli::output::one_named;
use crate::cli::values::{parse_words, path};

#[derive(Args, Debug)]
#[command(next_help_heading = "Decision")]
pub(crate) struct ChainArgs {
    /// Path of the recipe's repository, or of a folder in it
    #[arg(
        long,
        help_heading = "Repository",
        value_name = "DIR",
        default_value = ".",
        value_parser = path()
    )]
    pub(crate) repo: PathBuf,
    /// Revision to test [default: HEAD]
    #[arg(long, help_heading = "Repository", value_name = "REV", value_parser = parse_revision)]
    pub(crate) head: Option<String>,
    /// Revision of the main branch [default: the first of origin/HEAD, origin/main, origin/master,
    /// the HEAD of a bare repository, main and master that exists]
    #[arg(long, help_heading = "Repository", value_name = "REV", value_parser = parse_revision)]
    pub(crate) main: Option<String>,
    /// Scheme of the versions: a preset, or a file of yours; after a colon the folder of the part of
    /// the repository that is tested, such as helm-chart:charts/web [default: coop-cloud]
    #[arg(long, help_heading = "Repository", value_name = "SCHEME", value_parser = parse_words)]
    scheme: Option<String>,
    /// Version of the head, where no file states it
    #[arg(long, help_heading = "Repository", value_name = "VERSION", value_parser = parse_words)]
    head_version: Option<String>,
    /// Name of the recipe [default: the name of its origin or of its folder]
    #[arg(long, help_heading = "Repository", value_name = "NAME", value_parser = parse_words)]
    pub(crate) recipe: Option<String>,
    /// JSON file with the last-green record
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with = "canonical_version")]
    canonical: Option<PathBuf>,
    /// Last-green version
    #[arg(long, value_name = "VERSION", value_parser = parse_words)]
    canonical_version: Option<String>,
    /// Decide as if there were no last-green version
    #[arg(long)]
    ignore_canonical: bool,
    /// Published version to upgrade from, whatever the rules say; the environment variable
    /// `UPGRADE_BASE_VERSION` does the same
    #[arg(long = "override", value_name = "VERSION", value_parser = parse_words)]
    override_version: Option<String>,
    /// Skip the upgrade because it does not apply to this recipe, for this reason
    #[arg(long, value_name = "REASON", value_parser = parse_reason, conflicts_with_all = ["override_version", "fallback", "no_prereleases"])]
    not_applicable: Option<String>,
    /// Base to try where there is no last-green version [default: main-tip, and release-first under
    /// another scheme than coop-cloud]
    #[arg(long, conflicts_with = "override_version", value_parser = one_named(&Fallback::ALL, Fallback::name))]
    fallback: Option<Fallback>,
    /// Use no pre-release as a base
    #[arg(long, conflicts_with = "override_version")]
    no_prereleases: bool,
    /// Versions that must not be the base, and why: one version or a range, such as '3.0.0+2=REASON'
    /// or '>=2 <3=REASON'; can be given more than once
    #[arg(long, value_name = "VERSIONS=REASON", value_parser = parse_words, conflicts_with = "not_applicable")]
    exclude: Vec<String>,
    /// Exit with 1 unless the base is older than the head or the upgrade is skipped
    #[arg(long, help_heading = "Exit code")]
    require_delta: bool,
}

impl ChainArgs {
    /// The scheme of the versions.
    pub(crate) fn scheme(&self) -> Result<Scheme, Failure> {
        let scheme = match &self.scheme {
            Some(scheme) => Scheme::named(scheme).map_err(Failure::usage)?,
            None => Scheme::coop_cloud(),
        };
        Ok(match &self.head_version {
            Some(_) => scheme.with_head(HeadSource::Given),
            None => scheme,
        })
    }

    /// Puts it into a request; where `--head` does not say it, this is the head.
    pub(crate) fn request(
        &self,
        scheme: &Scheme,
        head: &str,
        from_environment: Option<OsString>,
    ) -> Result<Request, Failure> {
        let version = |option, text: &Option<String>| {
            let text = text.as_ref();
            text.map(|text| version_of(scheme, option, text))
                .transpose()
        };
        let override_version = match version("--override", &self.override_version)? {
            Some(version) => Some(version),
            None => from_environment
                .map_or(Ok(None), |text| override_from_environment(scheme, &text))?,
        };
        let canonical_version = version("--canonical-version", &self.canonical_version)?;
        let canonical = match (&self.canonical, canonical_version) {
            (Some(file), _) => {
                let record = CanonicalRecord::read(file, scheme.order());
                Some(record.map_err(|error| Failure::no_answer(&error))?)
            }
            (None, Some(version)) => Some(CanonicalRecord {
                recipe: None,
                version,
                commit: None,
                origin: None,
            }),
            (None, None) => None,
        };
        Ok(Request {
            recipe: self.recipe.clone(),
            head: self.head.clone().unwrap_or_else(|| head.to_owned()),
            head_version: version("--head-version", &self.head_version)?,
            main: self.main.clone(),
            canonical,
            override_version,
            declared: self.not_applicable.clone(),
            excluded: self.excluded(scheme)?,
            policy: Policy {
                fallback: self.fallback.unwrap_or_else(|| scheme.fallback()),
                prereleases: !self.no_prereleases,
                ignore_canonical: self.ignore_canonical,
            },
        })
    }

    fn excluded(&self, scheme: &Scheme) -> Result<Vec<ExcludedVersions>, Failure> {
        let read = |text: &String| {
            ExcludedVersions::parse(scheme, text).map_err(|why| {
                Failure::usage(format_args!(
                    "invalid value '{text}' for '--exclude <VERSIONS=REASON>': {why}"
                ))
            })
        };
        self.exclude.iter().map(read).collect()
    }

    /// Refuses the fallback to the main tip where there is no branch.
    pub(crate) fn refuse_main_tip(&self) -> Result<(), Failure> {
        match self.fallback {
            Some(Fallback::MainTip) => Err(Failure::usage(
                "--fallback main-tip does nothing beside --tags: a list has no branches; leave it out",
            )),
            Some(Fallback::ReleaseFirst) | None => Ok(()),
        }
    }

    /// Whether a delta, by its name, is what was required; a skip has none.
    pub(crate) fn judge_delta(&self, delta: Option<Delta>) -> ExitStatus {
        match delta {
            Some(delta) if self.require_delta && delta != Delta::Forward => {
                tell(
                    "the base is not known to be older than the head, and --require-delta requires \
                     that, so the exit code is 1",
                );
                ExitStatus::Finding
            }
            Some(_) | None => ExitStatus::Fine,
        }
    }
}

/// Reads the version that an option gives.
pub(crate) fn version_of(scheme: &Scheme, option: &str, text: &str) -> Result<Version, Failure> {
    scheme.parse(text).map_err(|error| {
        Failure::usage(format_args!(
            "invalid value '{text}' for '{option} <VERSION>': {error}"
        ))
    })
}

/// Reads `UPGRADE_BASE_VERSION`, which CI servers set to nothing where nothing
/// is meant.
fn override_from_environment(scheme: &Scheme, text: &OsString) -> Result<Option<Version>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let shown = text.display();
    match text.to_str().map(|text| scheme.parse(text)) {
        Some(Ok(version)) => Ok(Some(version)),
        Some(Err(error)) => Err(Failure::usage(format_args!(
            "UPGRADE_BASE_VERSION in the environment is {shown}, which is no version: {error}"
        ))),
        None => Err(Failure::usage(format_args!(
            "UPGRADE_BASE_VERSION in the environment is {shown}, which is not UTF-8"
        ))),
    }
}
