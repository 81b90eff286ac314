//! What is tried, phase by phase: each is a numbered list of cases, so that it
//! can be spread, cut short, and begun again at any place.

mod all_nights;
mod differential;
mod histories;
mod metamorphic;
mod on_trial;
mod worlds;

pub(crate) use histories::on_model;
pub(crate) use metamorphic::ask_again;
pub(crate) use on_trial::on_trial;

use std::ops::Range;

use crate::simulate::GROUNDS;
use crate::verify::history::ALL_NIGHTS;
use crate::verify::invariant::Rule;
use crate::verify::judge::{Judge, TrialError};
use crate::verify::phase::all_nights::try_all_nights;
use crate::verify::phase::differential::try_real_repositories;
use crate::verify::phase::histories::{NIGHTS_BLOCK, try_nights};
use crate::verify::phase::worlds::{
    LONG, RANDOM_BLOCK, VOCABULARY_BLOCK, try_long_histories, try_random_worlds, try_small_worlds,
    try_variants, try_vocabulary,
};
use crate::verify::world::vocabulary::ALWAYS;
use crate::verify::world::{OPEN_SMALL_WORLDS, SMALL_WORLDS};

/// One way to try a resolver.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) cases: u64,
    /// Whether it could go on for ever, with further cases.
    pub(crate) is_endless: bool,
    /// How many cases are tried whatever the bound: those that the floors need.
    pub(crate) always: u64,
    pub(crate) block: u64,
    /// How many questions a case takes, about, beside one of a world.
    pub(crate) weight: u64,
    /// How many blocks are tried in the first pass, before any phase goes on.
    pub(crate) first: u64,
    pub(crate) judges: fn(Rule) -> bool,
    /// Tries the cases of these numbers, which are those of one block or its
    /// beginning; random ones are made from the seed.
    pub(crate) try_cases: fn(&mut Judge<'_>, u64, Range<u64>) -> Result<(), TrialError>,
}

/// All of them, in order.
pub(crate) const PHASES: [Phase; 8] = [
    Phase {
        name: "vocabulary",
        cases: 2_500,
        is_endless: true,
        always: ALWAYS,
        block: VOCABULARY_BLOCK,
        weight: 1,
        first: ALWAYS.div_ceil(VOCABULARY_BLOCK),
        judges: Rule::is_of_answers,
        try_cases: try_vocabulary,
    },
    Phase {
        name: "small-worlds",
        cases: SMALL_WORLDS,
        is_endless: false,
        always: 0,
        block: 512,
        weight: 1,
        first: 8,
        judges: Rule::is_of_one_answer,
        try_cases: try_small_worlds,
    },
    Phase {
        name: "other-forms",
        cases: OPEN_SMALL_WORLDS,
        is_endless: false,
        always: 0,
        block: 128,
        weight: 1,
        first: 4,
        judges: Rule::is_of_two_answers,
        try_cases: try_variants,
    },
    Phase {
        name: "long-histories",
        cases: 2 * 3 * LONG,
        is_endless: false,
        always: 0,
        block: 30,
        weight: 1,
        first: 2,
        judges: Rule::is_of_answers,
        try_cases: try_long_histories,
    },
    Phase {
        name: "real-repositories",
        cases: 200,
        is_endless: false,
        always: GROUNDS,
        block: 4,
        weight: 1,
        first: GROUNDS / 4,
        judges: |rule| {
            matches!(
                rule,
                Rule::RealRun(_) | Rule::Witnessed(_) | Rule::RealAgrees
            )
        },
        try_cases: try_real_repositories,
    },
    Phase {
        name: "all-nights",
        cases: ALL_NIGHTS,
        is_endless: false,
        always: 0,
        block: 256,
        weight: 10,
        first: 4,
        judges: |rule| matches!(rule, Rule::Run(_)),
        try_cases: try_all_nights,
    },
    Phase {
        name: "nights",
        cases: 2_000,
        is_endless: true,
        always: 0,
        block: NIGHTS_BLOCK,
        weight: 10,
        first: 4,
        judges: |rule| matches!(rule, Rule::Run(_)),
        try_cases: try_nights,
    },
    Phase {
        name: "random-worlds",
        cases: 20_000,
        is_endless: true,
        always: 0,
        block: RANDOM_BLOCK,
        weight: 1,
        first: 2,
        judges: Rule::is_of_answers,
        try_cases: try_random_worlds,
    },
];

/// The phase whose cases are the smallest.
pub(crate) const SMALL_WORLDS_PHASE: &str = PHASES[1].name;

/// The names of all phases, in order.
pub const PHASE_NAMES: [&str; 8] = {
    let [
        vocabulary,
        small,
        variants,
        long,
        real,
        all_nights,
        nights,
        random,
    ] = &PHASES;
    [
        vocabulary.name,
        small.name,
        variants.name,
        long.name,
        real.name,
        all_nights.name,
        nights.name,
        random.name,
    ]
};
