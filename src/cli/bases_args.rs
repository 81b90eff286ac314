//! Which bases a run starts from, where several are named, and by which stops it gets to the head.

use clap::Args;

use crate::deploy::{Bases, PromoteBy};
use crate::run::{AskedBases, AskedStops, BaseName, Route, StopName};
use crate::scheme::{Scheme, VersionRange};

use crate::cli::failure::Failure;
use crate::cli::output::one_named;
use crate::cli::values::parse_words;

#[derive(Args, Debug)]
#[command(next_help_heading = "Bases")]
pub(crate) struct BasesArgs {
    /// Bases by their names, with commas between them: chain, previous, previous-minor,
    /// previous-major, first-of-minor, first-of-major, oldest-supported, every-canonical, all, or a
    /// published version (see docs/bases.md)
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with_all = ["override_version", "not_applicable"])]
    from: Vec<BaseName>,
    /// Range of the versions that are supported, such as '>=2', for oldest-supported
    #[arg(long, value_name = "RANGE", requires = "from", value_parser = parse_words)]
    supported: Option<String>,
}

impl BasesArgs {
    /// The bases that are asked for, if any are.
    pub(crate) fn asked(
        &self,
        scheme: &Scheme,
        has_override: bool,
    ) -> Result<Option<AskedBases>, Failure> {
        if self.from.is_empty() {
            return Ok(None);
        }
        if has_override {
            return Err(Failure::usage(
                "UPGRADE_BASE_VERSION in the environment names one base and --from names them, too; \
                 unset the one or leave out the other",
            ));
        }
        let supported = self.supported.as_deref();
        let supported = supported.map(|text| {
            VersionRange::parse(scheme, text).map_err(|why| {
                Failure::usage(format_args!(
                    "invalid value '{text}' for '--supported <RANGE>': {why}"
                ))
            })
        });
        let asked = AskedBases::new(self.from.clone(), supported.transpose()?);
        let asked = asked.map_err(|why| {
            Failure::usage(format_args!("invalid value for '--from <NAMES>': {why}"))
        });
        asked.map(Some)
    }
}

/// The way from the base to the head.
#[derive(Args, Debug)]
#[command(next_help_heading = "Stops")]
pub(crate) struct RouteArgs {
    /// Versions to stop at on the way from the base to the head, with commas between them; or
    /// each-major or each-minor, for the newest version of each series
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with_all = ["not_applicable", "expect"])]
    stops: Vec<StopName>,
    /// Expect that the head refuses the data of the base, which must still work afterwards
    #[arg(long, value_name = "WHAT", value_parser = ["refused"], conflicts_with = "not_applicable")]
    expect: Option<String>,
}

impl RouteArgs {
    pub(crate) fn route(&self) -> Result<Route, Failure> {
        if self.expect.is_some() {
            return Ok(Route::Refused);
        }
        if self.stops.is_empty() {
            return Ok(Route::Straight);
        }
        let asked = AskedStops::new(self.stops.clone());
        let asked = asked.map_err(|why| {
            Failure::usage(format_args!("invalid value for '--stops <NAMES>': {why}"))
        });
        asked.map(Route::Stops)
    }
}

/// Which of several runs moves the canonical.
#[derive(Args, Debug)]
#[command(next_help_heading = "Bases")]
pub(crate) struct PromoteArgs {
    /// Runs that move the canonical: that from the chain's base (chain), or one of them where all go
    /// well (all) [default: chain]
    #[arg(long, requires = "from", value_parser = one_named(&PromoteBy::ALL, PromoteBy::name))]
    promote: Option<PromoteBy>,
    /// Number of bases to run at the same time [default: 1]
    #[arg(short, long, requires = "from", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

impl PromoteArgs {
    /// The bases with what is said of their promotion.
    pub(crate) fn bases(&self, asked: AskedBases) -> Bases {
        Bases {
            asked,
            promote: self.promote.unwrap_or_default(),
        }
    }

    pub(crate) fn jobs(&self) -> usize {
        self.jobs.map_or(1, usize::from)
    }
}
