//! Resolvers on trial: worlds and nights to put to them, what must hold of their
//! answers, and broken resolvers that prove that a fault would have been
//! noticed.
//!
//! - Who is on trial: `subject`, `program` (somebody else's, by pipe),
//!   `mutants` (broken on purpose).
//! - What is asked: `case` (one question), `world` (the same in texts);
//!   `small_worlds`, `random_worlds`; `night_events` and `night_story` (what
//!   happens to a recipe, as a scenario and in words).
//! - How it is asked: `phases` and `forms` (worlds), `nights`, `real`; there,
//!   `asking` puts whoever is on trial in the place of a CI server's resolver,
//!   and `witness` watches.
//! - Who judges: `invariants` (all the rules, as data), `promises` (those about
//!   runs), `oracle`, `judge`.
//! - What comes of it: `hunt` and `blocks` (who tries what), `shrink`,
//!   `scenario_of`.

pub(crate) mod campaign;
pub(crate) mod history;
pub(crate) mod invariant;
pub(crate) mod judge;
pub(crate) mod phase;
pub(crate) mod subject;
pub(crate) mod world;

pub use campaign::{Campaign, CampaignReport, PhaseReport, Selection};
pub(crate) use campaign::{Found, MutantReport};
pub use invariant::{INVARIANTS, Invariant, Level};
pub(crate) use phase::PHASES;
pub(crate) use subject::Mutant;
pub use subject::{BuiltIn, Program, Subject, SubjectError};
pub use world::{Answer, Case};
