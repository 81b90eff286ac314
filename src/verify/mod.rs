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

mod asking;
mod blocks;
mod case;
mod forms;
mod hunt;
mod invariants;
mod judge;
mod mutants;
mod night_events;
mod night_story;
mod nights;
mod oracle;
mod phases;
mod program;
mod promises;
mod random_worlds;
mod real;
mod scenario_of;
mod shrink;
mod small_worlds;
mod subject;
mod witness;
mod world;

pub use blocks::Extent;
pub use case::{Answer, Case, History, Main, SkipText, Spelled};
pub use hunt::{Bounds, Found, Hunt, Start, Tooth, Tried, hunt, teeth, try_mutant};
pub use invariants::{INVARIANTS, Invariant, Level, Rule};
pub use judge::{Counterexample, HuntError};
pub use mutants::{MUTANTS, Mutant};
pub use phases::PHASES;
pub use program::Program;
pub use small_worlds::{SMALL_WORLDS, SmallWorlds};
pub use subject::{Broken, BuiltIn, Subject};
pub use witness::{RunKind, Witnessed};
