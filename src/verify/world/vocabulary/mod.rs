//! The vocabulary: questions made of the values of axes.
//!
//! - `axes`: the axes and their values, as data.
//! - `real`: runs of neighbouring tags of real histories.
//! - `draft`: a question made of one value of each axis.
//! - `cover`: rows of values in which every pair is met.
//! - `coverage`: what was met.

mod axes;
mod cover;
mod coverage;
mod draft;
mod real;
#[cfg(test)]
mod teeth;

use std::sync::LazyLock;

use proptest::prelude::{Strategy, any};
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::verify::world::World;
use axes::{AXES, MADE_UP};
pub(crate) use cover::Row;
use cover::{is_row, rows};
pub(crate) use coverage::Coverage;
use draft::Draft;

/// The rows that are always tried: each value alone on a quiet night, those in which every pair is
/// met, and those in which every rule of the chain and every reason of a skip meets every main tip
/// and canonical's commit.
pub(crate) static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| alone().into_iter().chain(rows()).chain(turns()).collect());

/// How many those are.
pub(crate) const ALWAYS: u64 = 1_771;

/// What leads to each rule of the chain and to each reason of a skip.
const TURNS: &[&[(&str, &str)]] = &[
    &[("declared", "yes")],
    &[("override", "published")],
    &[("override", "not published")],
    &[("canonical", "base")],
    &[("canonical", "head")],
    &[("canonical", "none"), ("policy", "release first")],
    &[("canonical", "none")],
    &[("canonical", "head"), ("head", "oldest")],
    &[("canonical", "newer"), ("head", "oldest")],
    &[("canonical", "withdrawn"), ("excluded", "all older")],
    &[("canonical", "base"), ("excluded", "all older")],
    &[
        ("versions differ in", "pre-release"),
        ("pre-release", "rc.9 and rc.10"),
        ("canonical", "base"),
        ("policy", "main tip, no pre-releases"),
    ],
];

/// The axes whose values change the spelling of a question alone.
const TURNED: [&str; 3] = ["number", "app version", "order of tags"];

/// The axis that says what the versions of a question differ in.
const PART: &str = "versions differ in";

/// The number of the axis of real lists.
const REAL_AXIS: usize = 0;

/// A quiet night, and what can be in its place: each fact that is given is changed alone, so that what is
/// remembered by some of the facts is wrong about another.
const SITUATIONS: &[&[(&str, &str)]] = &[
    &[],
    &[("canonical", "none"), ("main tip", "elsewhere")],
    &[
        ("canonical", "none"),
        ("main tip", "elsewhere"),
        ("policy", "release first"),
    ],
    &[("canonical", "base")],
];

/// How many questions at most stand between a situation and one that differs from it in a fact, so that
/// one process is asked both.
const NEAR: usize = 8;

/// The axes of the facts that are given beside the tags.
const GIVEN: [&str; 8] = [
    "head",
    "canonical",
    "commit of the canonical",
    "main tip",
    "excluded",
    "policy",
    "override",
    "declared",
];

/// The axes that name versions, in words that need not be those of a tag.
const NAMING: [&str; 3] = ["canonical", "override", "excluded"];

/// The axis of how tags are written.
const SPELLING: &str = "spelling of tags";

/// A row of these values, and of others the plain ones.
fn row_of(values: &[(&str, &str)]) -> Row {
    let mut row: Row = vec![0; AXES.len()];
    for (name, value) in values {
        let axis = axis_of(name);
        let mut values = AXES[axis].values.iter();
        let value = values.position(|other| other.name == *value);
        row[axis] = value.expect("it is a value");
    }
    row
}

fn axis_of(name: &str) -> usize {
    let axis = AXES.iter().position(|axis| axis.name == name);
    axis.expect("it is an axis")
}

/// Each value on a quiet night, where nothing else can hide its fault, with each part that versions
/// can differ in; each fact that is given changed alone in other situations; and each version that is
/// named beside each spelling of the tags.
fn alone() -> Vec<Row> {
    let part = axis_of(PART);
    let mut rows: Vec<Row> = Vec::new();
    for situation in SITUATIONS {
        let row = row_of(situation);
        for axis in GIVEN.map(axis_of) {
            for value in 0..AXES[axis].values.len() {
                let mut changed = row.clone();
                changed[axis] = value;
                if rows.contains(&changed) {
                    continue;
                }
                if rows.len().is_multiple_of(NEAR) {
                    rows.push(row.clone());
                }
                rows.push(changed);
            }
        }
    }
    for naming in NAMING.map(axis_of) {
        for value in 0..AXES[naming].values.len() {
            for spelling in 0..AXES[axis_of(SPELLING)].values.len() {
                let mut row = row_of(&[]);
                (row[naming], row[axis_of(SPELLING)]) = (value, spelling);
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
    }
    for (number, axis) in AXES.iter().enumerate() {
        let parts = if MADE_UP.contains(&axis.name) {
            AXES[part].values.len()
        } else {
            1
        };
        for value in 0..axis.values.len() {
            for differs in 0..parts {
                let mut row: Row = vec![0; AXES.len()];
                row[part] = differs;
                row[number] = value;
                if is_row(&row) && !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
    }
    rows
}

/// The rows of [`TURNS`].
fn turns() -> Vec<Row> {
    let (main, record) = (axis_of("main tip"), axis_of("commit of the canonical"));
    let mut rows: Vec<Row> = Vec::new();
    for turn in TURNS {
        for main_value in 0..AXES[main].values.len() {
            for record_value in 0..AXES[record].values.len() {
                let mut row = row_of(turn);
                for axis in TURNED.map(axis_of) {
                    if row[axis] == 0 {
                        row[axis] = rows.len() % AXES[axis].values.len();
                    }
                }
                (row[main], row[record]) = (main_value, record_value);
                rows.push(row);
            }
        }
    }
    rows
}

/// A row of a stream. A rare value is taken one time in eight.
pub(crate) fn next_row(stream: &mut TestRunner) -> Row {
    let indices = proptest::collection::vec((any::<Index>(), 0..8_u8), AXES.len());
    loop {
        let tree = indices.new_tree(stream).expect("no number is rejected");
        let chosen = tree.current();
        let row = AXES.iter().zip(&chosen).map(|(axis, (index, rare))| {
            let value = index.index(axis.values.len());
            if axis.values[value].is_rare && *rare > 0 {
                0
            } else {
                value
            }
        });
        let mut row: Row = row.collect();
        if row[REAL_AXIS] > 0 {
            for (axis, value) in AXES.iter().zip(&mut row) {
                if MADE_UP.contains(&axis.name) {
                    *value = 0;
                }
            }
        }
        if is_row(&row) {
            return row;
        }
    }
}

/// The axes of a row, each with its value.
pub(crate) fn names(row: &[usize]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let axes = AXES.iter().zip(row);
    axes.map(|(axis, value)| (axis.name, axis.values[*value].name))
}

/// The question of a row.
pub(crate) fn world_of_row(row: &[usize]) -> World {
    let mut draft = Draft::PLAIN;
    let digits = row.iter().zip(1..);
    draft.place = digits.map(|(value, weight)| value * weight).sum();
    for (axis, value) in AXES.iter().zip(row) {
        (axis.values[*value].set)(&mut draft);
    }
    draft.world()
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS, AXES, Coverage, ROWS, world_of_row};
    use crate::verify::world::oracle_decides;

    /// What the worlds are for: the row stands in its order, and the chain and the oracle agree
    /// about every question.
    #[test]
    fn every_pair_of_values_is_met_and_the_oracle_agrees_about_every_question() {
        let mut coverage = Coverage::default();
        for row in ROWS.iter() {
            coverage.add(row);
            let world = world_of_row(row);
            let case = world.case();
            let (chain, oracle) = (
                crate::verify::subject::built_in(&case),
                oracle_decides(&case),
            );
            assert_eq!(chain, oracle.answer, "{case}");
        }
        assert_eq!(
            ROWS.len() as u64,
            ALWAYS,
            "the rows that the phase counts on"
        );
        assert_eq!(coverage.pairs_left(), 0);
        assert_eq!(coverage.zeros().count(), 0);
    }

    #[test]
    fn the_values_of_an_axis_have_names_of_their_own_and_a_fault_each() {
        for axis in AXES {
            for (at, value) in axis.values.iter().enumerate() {
                let mut before = axis.values[..at].iter();
                assert!(
                    before.all(|other| other.name != value.name),
                    "{}",
                    value.name
                );
                assert!(!value.fault.is_empty(), "{}", value.name);
            }
        }
    }
}
