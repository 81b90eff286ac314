//! Resolvers on trial: worlds to put to them, what must hold of their answers,
//! and broken resolvers that prove that a fault would have been noticed.

mod case;
mod hunt;
mod invariants;
mod mutants;
mod oracle;
mod program;
mod random;
mod random_worlds;
mod small_worlds;
mod subject;

pub use case::{Answer, Case, History, Main, SkipText, Spelled};
pub use hunt::{Bounds, Counterexample, Hunt, HuntError, Tooth, hunt, teeth, try_mutant};
pub use invariants::{INVARIANTS, Invariant, Level, Rule};
pub use mutants::{MUTANTS, Mutant};
pub use program::Program;
pub use small_worlds::{SMALL_WORLDS, SmallWorlds};
pub use subject::{Broken, BuiltIn, Subject};
