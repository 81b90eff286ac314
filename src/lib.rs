//! Decides from which older version an upgrade test must start.
//!
//! A CI server that tests upgrades deploys a base version and upgrades it to
//! the head. Where the base is "the version that was last green", every quiet
//! night compares the head with itself, tests nothing and reports green. This
//! crate finds a base that is genuinely older, and says why it chose it:
//!
//! ```
//! use samever::{Canonical, CommitId, Head, Inputs, Policy, PublishedSet, RecipeVersion};
//!
//! let published = PublishedSet::from_tags(["1.10.0+1.28.0", "1.11.0+1.29.0", "1.13.0+1.31.1"]);
//! let latest = RecipeVersion::parse("1.13.0+1.31.1")?;
//! let plan = samever::resolve(&Inputs {
//!     declared: None,
//!     override_version: None,
//!     head: Head { commit: CommitId::from_bytes([1; 20]), version: Ok(&latest) },
//!     main_tip: None,
//!     canonical: Some(Canonical { version: &latest, commit: None, tag_commit: None }),
//!     published: &published,
//!     shallow: false,
//!     policy: Policy::default(),
//! })
//! .map_err(|undecided| undecided.to_string())?;
//! assert_eq!(plan.rung().name(), "step-back");
//! assert_eq!(
//!     plan.reason().to_string(),
//!     "the canonical (last green) version 1.13.0+1.31.1 is the head's own version, so the base \
//!      steps back to 1.11.0+1.29.0, the newest published version older than the head"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Scope
//!
//! The rules are those of the upgrade tier of Co-op Cloud's recipes: one git
//! repository a recipe, one tag a release, the version in a label of
//! `compose.yml`. Versions are ordered by [`semver`] and by nothing else.
//! Nothing is fetched, nothing is written to a repository of anybody's, nothing
//! in one is executed (what deploys is the operator's), and where the facts do not suffice there is an error,
//! never a guess.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | recipe | a git repository with a `compose.yml` and one tag a release |
//! | published version | a tag whose name, less an optional leading `v`, is a version ([`PublishedVersion`]); every other tag is *ignored*, with a reason ([`IgnoredTag`]) |
//! | head | the commit under test, with its version if its label can be read ([`Head`]) |
//! | main tip | the commit at the tip of the main branch ([`MainTip`]) |
//! | canonical | the last-green record ([`Canonical`]) |
//! | base plan | the answer: a published version, a ref, or a skip with its reason ([`BasePlan`], [`Base`]) |
//! | rung | the rule of the chain that decided ([`Rung`]) |
//! | delta | how base and head compare ([`Delta`]) |
//! | run | one execution of the upgrade tier ([`TierRun`]): a nightly, or one of a pull request |
//! | verdict | green, red with the [`Stage`], or skipped ([`Verdict`]) |
//! | scenario | a recipe's history, steps, and what must come out ([`Scenario`]) |
//! | trail | every rule that was asked, and why it passed or decided ([`Step`], [`Because`]) |
//!
//! # Map
//!
//! Arrows run one way: each room knows only those above it.
//!
//! - `escape`: [`Escaped`], text of strangers made safe to print; `shard`:
//!   [`Shard`], a part of some work.
//! - `version`: [`RecipeVersion`] and its order; [`PublishedSet`] and the
//!   newest older version. Pure.
//! - `resolve`: [`Inputs`] in, [`resolve()`] asks the chain, [`BasePlan`] or
//!   [`Undecided`] out. Pure.
//! - `recipe`: a repository on disk ([`Recipe`]), its label and its canonical
//!   record ([`CanonicalRecord`]), gathered into [`Facts`]; its trees, checked
//!   out and proved ([`TreeId`]).
//! - `tier`: one run of the upgrade tier ([`run_tier`]): pin, deploy
//!   ([`Deployer`]; [`TreeDeployer`], [`CommandDeployer`]), check, [`Verdict`],
//!   [`Promotion`].
//! - `ci`: real runs: one ([`upgrade()`]) with its canonical kept in a store
//!   ([`CanonicalStore`], of `recipe`), and the sweep over a catalogue
//!   ([`sweep()`], [`Catalogue`]).
//! - `simulate`: repositories made for a purpose ([`RepositoryBuilder`]), and
//!   scenarios replayed on them ([`replay()`]) and on a model in memory
//!   ([`replay_on_model`]).
//! - `verify`: a resolver on trial ([`hunt`]) in several phases ([`PHASES`])
//!   before the [`INVARIANTS`], and broken ones that must be convicted
//!   ([`teeth`]).
//! - `report`: results as text, as JSON and as `JUnit`'s XML ([`PlanReport`],
//!   [`ReplayReport`], [`VerifyReport`], [`Outcome`], [`Sweep`]).
//! - `cli`: one file per command, behind [`run`].
//!
//! With `default-features = false` only the first three are there, and semver
//! is the only dependency.
#![cfg_attr(
    not(feature = "full"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the map names the rooms that are left out"
    )
)]

mod escape;
mod resolve;
mod version;

#[cfg(feature = "full")]
mod ci;
#[cfg(feature = "full")]
mod cli;
#[cfg(feature = "full")]
mod recipe;
#[cfg(feature = "full")]
mod report;
#[cfg(feature = "full")]
mod shard;
#[cfg(feature = "full")]
mod simulate;
#[cfg(feature = "full")]
mod tier;
#[cfg(feature = "full")]
mod verify;

pub use escape::Escaped;
pub use resolve::{
    Base, BasePlan, Because, Canonical, CommitId, Delta, Fallback, Head, IncompleteHistory, Inputs,
    MainTip, ParseCommitIdError, Policy, Rung, Setback, SetbackKind, SkipReason, Step, TagMoved,
    Undecided, resolve,
};
pub use version::{
    IgnoredBecause, IgnoredTag, ParseVersionError, PublishedSet, PublishedVersion, RecipeVersion,
};

#[cfg(feature = "full")]
pub use ci::{
    Came, Catalogue, CatalogueError, Deployment, Entry, Event, HeadChoice, Journal, LogRecord,
    Outcome, Planned, Row, Scope, Setup, Sweep, SweepLock, SweepLockError, SweepOrder,
    UpgradeError, UpgradeOrder, plan_sweep, still_holds, sweep, upgrade,
};
#[cfg(feature = "full")]
pub use cli::{ExitStatus, Process, run};
#[cfg(feature = "full")]
pub use recipe::{
    CanonicalRecord, CanonicalStore, Change, CheckoutError, Facts, HistoryLine,
    ParseRecipeNameError, Previous, PreviousError, ReadCanonicalError, Recipe, RecipeError,
    RecipeName, Recorded, Request, RunLock, StoreError, StoreStep, TreeId, Unreadable, read_label,
};
#[cfg(feature = "full")]
pub use report::{
    CanonicalEntry, PlanReport, ReplayReport, VerifyReport, write_canonical_json,
    write_canonical_text, write_evidence, write_leftovers, write_matrix, write_plan_json,
    write_plan_text, write_replay_end, write_replay_json, write_replay_junit, write_row_line,
    write_scenario_line, write_sweep_json, write_sweep_junit, write_sweep_plan_json,
    write_sweep_plan_text, write_sweep_text, write_upgrade_json, write_upgrade_junit,
    write_upgrade_text, write_verify_json, write_verify_junit, write_verify_seed,
    write_verify_text,
};
#[cfg(feature = "full")]
pub use shard::Shard;
#[cfg(feature = "full")]
pub use simulate::{
    Expectation, Expected, HISTORICAL, Mismatch, Observed, PlanKind, PlayError, PreviousKind,
    ReplaySwarm, RepositoryBuilder, Scenario, ScenarioError, ScenarioFile, ScenarioReport,
    SecondNight, StepReport, TagKind, VerdictKind, parse_scenario, read_scenario_file, replay,
    replay_on_model, replay_on_swarm, scenario_schema, shipped_scenarios,
};
#[cfg(feature = "full")]
pub use tier::{
    BaseRecord, Behaviour, CommandDeployer, CommandLine, CommandRun, Commands, Conditions,
    DESIGN_A, DeployError, Deployed, DeployedRecord, Deployer, Evidence, EvidenceRecord,
    HeadRecord, Leftover, NotPromoted, ParseCommandLineError, Pinned, PlannedBase, PlannedStep,
    PreviousUse, Promotion, PromotionRecord, Range, Resolver, RunRecord, StackEvidence,
    StackRecord, Stage, StageLog, StepRecord, SwarmDeployer, SwarmSettings, TierError, TierPlan,
    TierRequest, TierRun, TreeDeployer, Turn, Verdict, require_swarm, run_tier, sweep_leftovers,
};
#[cfg(feature = "full")]
pub use verify::{
    Answer, Bounds, Broken, BuiltIn, Case, Counterexample, Extent, Found, History, Hunt, HuntError,
    INVARIANTS, Invariant, Level, MUTANTS, Main, Mutant, PHASES, Program, Rule, RunKind,
    SMALL_WORLDS, SkipText, SmallWorlds, Spelled, Start, Subject, Tooth, Tried, Witnessed, hunt,
    teeth, try_mutant,
};
