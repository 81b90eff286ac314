//! Resolvers on trial: worlds and histories to put to them, what must hold of
//! their answers, and mutants, which prove that a fault would be noticed.
//!
//! - `world`: one question, the worlds from which questions come, and the same as
//!   a scenario.
//! - `history`: what happens to a recipe over many nights, and what is observed.
//! - `invariant`: the rules as a table, and the oracle.
//! - `subject`: the resolver on trial: the built-in one, a program, or a mutant.
//! - `judge`: asks, applies the rules, and makes what it finds small.
//! - `phase`: what is tried, phase by phase, as a table.
//! - `in_place`: a program that decides, where nothing is judged.
//! - `campaign`: all phases, spread over jobs, and what comes of them.

pub(crate) mod campaign;
pub(crate) mod history;
mod in_place;
pub(crate) mod invariant;
pub(crate) mod judge;
pub(crate) mod phase;
pub(crate) mod subject;
pub(crate) mod world;

pub(crate) use campaign::{CORPUS, CorpusCase, Found, MutantReport, Observation};
pub use campaign::{Campaign, CampaignReport, PhaseReport, Selection, SubjectFactory};
pub(crate) use in_place::ProgramInPlace;
pub(crate) use invariant::OTHER_ORDERS;
pub use invariant::{INVARIANTS, Invariant, Level};
pub use judge::TrialError;
pub(crate) use phase::PHASE_NAMES;
pub(crate) use subject::Mutant;
pub use subject::{BuiltIn, Program, Subject, SubjectError};
pub use world::{Answer, Case};
