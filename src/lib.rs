//! Decides from which older version an upgrade test must start, proves that the
//! decision is right, and runs the upgrade.
//!
//! A CI server that tests upgrades deploys a base version and upgrades it to
//! the head. Where the base is "the version that was last green", every quiet
//! night compares the head with itself, tests nothing and reports green.
//! samever finds a base that is really older, and says why it chose it:
//!
//! ```
//! use samever::recipe::{CanonicalRecord, Facts, Recipe, Request};
//! use samever::simulate::{RepositoryBuilder, TagKind};
//! use samever_core::Version;
//!
//! let folder = tempfile::tempdir()?;
//! let mut builder = RepositoryBuilder::init(folder.path(), false)?;
//! let mut parent = None;
//! for version in ["1.10.0+1.28.0", "1.11.0+1.29.0"] {
//!     let commit = builder.release(parent, version)?;
//!     builder.tag(version, commit, TagKind::Annotated)?;
//!     builder.reference("refs/heads/main", commit)?;
//!     parent = Some(commit);
//! }
//! let request = Request {
//!     canonical: Some(CanonicalRecord {
//!         recipe: None,
//!         version: Version::parse("1.11.0+1.29.0")?,
//!         commit: None,
//!         origin: None,
//!     }),
//!     ..Request::of("HEAD")
//! };
//! let recipe = Recipe::open(folder.path())?;
//! let facts = Facts::gather(&recipe, &request)?;
//! let inputs = facts.inputs();
//! let plan = samever_core::resolve(&inputs)?;
//! assert_eq!(plan.rung().name(), "step-back");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Scope
//!
//! The rules are those of the upgrade tier of Co-op Cloud's recipes: one git
//! repository for each recipe, one tag for each release, the version in a label
//! of `compose.yml`. A scheme of the operator's says it of any other tagged repository. Nothing in a recipe's repository is executed; nothing is
//! fetched or written to it, but by git itself where `--fetch` asks for it. Where the facts do not suffice the
//! answer is an error that names the remedy, never a guess.
//!
//! The versions, their order and the chain of rules are the package
//! [`samever_core`], which has the glossary.
//!
//! # Map
//!
//! Each room knows only the rooms above it; a test fails on an arrow that runs
//! the other way. `ARCHITECTURE.md` follows one resolve, one run, one replay and
//! one trial through them.
//!
//! - [`samever_core`]: versions and their orders, the published set, the chain. Pure.
//! - `scheme`: which tags publish, in which order, and where a head's version stands.
//! - [`recipe`]: a repository on disk ([`recipe::Recipe`]), gathered into
//!   [`recipe::Facts`].
//! - [`store`]: the last-green records ([`store::CanonicalStore`]).
//! - [`run`]: one upgrade test ([`run::test_upgrade`]) with a
//!   [`run::Deployer`], a [`run::Verdict`] and a [`run::Promotion`].
//! - `deploy`: fetching a clone, deployers (files alone, the operator's programs, a Docker Swarm)
//!   and one run for an operator.
//! - `sweep`: one run for each recipe of a catalogue.
//! - [`simulate`]: repositories built for a purpose
//!   ([`simulate::RepositoryBuilder`]), and scenarios replayed on them
//!   ([`simulate::replay()`]).
//! - [`verify`]: resolvers on trial ([`verify::Campaign`]) before the
//!   [`verify::INVARIANTS`].
//! - `report`: results as text, JSON and `JUnit`'s XML.
//! - `cli`: one file for each command, behind [`run_command`].

mod cancel;
mod cli;
mod deploy;
mod disk;
mod guard;
mod jobs;
mod orphan;
mod process;
pub mod recipe;
mod report;
pub mod run;
mod scheme;
mod shard;
pub mod simulate;
pub mod store;
mod sweep;

pub mod verify;
mod written;

pub use cancel::Cancel;
/// The door of the program, `src/main.rs`, which is a crate of its own.
#[doc(hidden)]
pub use cli::{ExitStatus, Process, run as run_command};
pub use shard::Shard;

/// What this project's own tests and benches reach beyond the promised names.
/// Nothing here is promised: a name may go with any release.
#[doc(hidden)]
pub mod internals {
    pub use crate::recipe::previous::Previous;
    pub use crate::report::{ReplayReport, Report, Text};
    pub use crate::run::verdict::VerdictKind;
    pub use crate::simulate::backend::Observed;
    pub use crate::simulate::behaviour::SimulatedDeployer;
    pub use crate::simulate::expectation::PlanKind;
    pub use crate::simulate::interpreter::StepReport;
    pub use crate::simulate::last_green::LAST_GREEN;
    pub use crate::simulate::layout::{LAYOUTS, RepositoryLayout};
    pub use crate::simulate::read::read_scenario_file;
    pub use crate::simulate::replay::{replay_on_model, scenario_schema};
    pub use crate::store::files::StoreStep;
    pub use crate::verify::campaign::MutantReport;
    pub use crate::verify::invariant::Missing;
    pub use crate::verify::phase::PHASE_NAMES;
    pub use crate::verify::subject::MUTANTS;
    pub use crate::verify::world::SkipWording;
    pub use crate::verify::world::World;
    pub use crate::verify::world::case::{Main, TestVersion};
    pub use crate::verify::world::random::{next_world, stream};
    pub use crate::verify::world::small::{SMALL_WORLDS, SmallWorlds};
    pub use crate::verify::world::{Decision, oracle_decides};
}
