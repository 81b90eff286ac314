//! One question to a resolver, and the worlds from which questions come.

pub(crate) mod case;
mod random;
mod scenario;
pub(crate) mod small;
mod world_text;

pub use case::{Answer, Case};
pub(crate) use case::{HEAD, MAIN, TestVersion};
pub(crate) use case::{Main, SkipWording};
pub(crate) use random::{next_world, stream};
pub(crate) use scenario::{
    RECIPE, expect_what_the_oracle_says, night, nothing, release, scenario_file, spanned, tag,
    version,
};
pub(crate) use small::{OPEN_SMALL_WORLDS, open_world};
pub(crate) use small::{SMALL_WORLDS, SmallWorlds};
pub(crate) use world_text::{Prepared, World};
