//! Decides from which older version an upgrade test must start.
//!
//! A recipe's repository has a tag for each release, and its CI tests an
//! upgrade to the commit under test. To upgrade from the version that passed
//! last is the obvious choice; on the night after a release, that is the
//! version under test itself, and the upgrade tests nothing. [`resolve()`] asks a
//! chain of rules instead; the first that does not pass decides:
//!
//! ```
//! use samever_core::{CommitId, Head, Inputs, MainTip, PublishedSet, Version, resolve};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let published = PublishedSet::from_tags(["1.0.0+2.4"]);
//!     let (head, main): (CommitId, CommitId) = ("1f".repeat(20).parse()?, "2e".repeat(20).parse()?);
//!     let version = Version::parse("1.1.0+2.5")?;
//!     let inputs = Inputs::new(Head { commit: head, version: Ok(&version) }, &published);
//!
//!     // No version has passed yet, and the main branch is unknown: no answer.
//!     let refusal = resolve(&inputs).unwrap_err();
//!     assert!(refusal.to_string().ends_with("name it with --main"));
//!
//!     // Where it is known, its tip is the base.
//!     let main_tip = MainTip { name: "origin/main", commit: main, version: None };
//!     let plan = resolve(&inputs.main_tip(main_tip))?;
//!     assert_eq!(plan.rung().name(), "main-tip");
//!     Ok(())
//! }
//! ```
//!
//! # Words
//!
//! - **recipe**: a git repository that deploys an application.
//! - **recipe version**, **app version**: the two halves of a
//!   [`Version`] such as `1.13.0+1.31.1`.
//! - **published**: a tag whose name is a version, see [`PublishedSet`]; any
//!   other tag is *ignored*, with an [`IgnoredReason`].
//! - **head**: the commit under test, see [`Head`].
//! - **excluded**: published, but not to be the base, see [`Exclusion`].
//! - **main tip**: the newest commit of the main branch, see [`MainTip`].
//! - **canonical**: the version that passed last, see [`Canonical`].
//! - **base**: what the upgrade starts from, see [`Base`]; a **skip** says that
//!   there is no upgrade to test, see [`SkipReason`].
//! - **rung**: a rule of the chain, see [`Rung`].
//! - **trail**: the rules that were asked, see [`BasePlan::trail`].
//! - **delta**: how base and head compare, see [`Delta`].
//! - **policy**: what the operator asks for, see [`Policy`].
//!
//! # Map
//!
//! - `version`: [`Version`] and its order, and the [`PublishedSet`] that
//!   is read off tag names.
//! - `resolve`: [`Inputs`] in, a [`BasePlan`] or a [`ResolveError`] out; the
//!   rules, and the [`Reason`]s in which they explain themselves.
//! - `escape`: [`Escaped`], through which a text of strangers is printed.
//!
//! # Features
//!
//! - `serde`: `Serialize` and `Deserialize` on [`Rung`], [`Delta`],
//!   [`Fallback`] and [`Order`], in kebab-case as [`Rung::name`] has it.
//! - `schemars`: their JSON schemas; it turns `serde` on.
//!
//! # What may change
//!
//! [`Inputs`] may get new facts, and [`Reason`], [`SkipReason`],
//! [`IgnoredReason`] and [`ResolveError`] new cases, within a minor version.
//! [`Base`], [`Delta`], [`Rung`] and [`Fallback`] may not: a caller is to handle
//! each case of those.

mod escape;
mod resolve;
#[cfg(feature = "serde")]
mod text;
mod version;

pub use escape::{Escaped, is_harmful};
pub use resolve::{
    Base, BasePlan, Canonical, CommitId, Delta, Exclusion, Fallback, Head, IncompleteHistory,
    Inputs, MainTip, ParseCommitIdError, PassedOver, Policy, Reason, RejectedCanonical,
    RejectionKind, ResolveError, Rung, SkipReason, Step, TagMoved, Unfit, resolve,
};
pub use version::{
    IgnoredReason, IgnoredTag, Order, ParseVersionError, PublishedSet, PublishedVersion, Version,
};

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
