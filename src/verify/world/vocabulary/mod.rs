//! The vocabulary: questions made of the values of axes.
//!
//! - `axes`: the axes and their values, as data.
//! - `draft`: a question made of one value of each axis.
//! - `cover`: rows of values in which every pair is met.
//! - `coverage`: what was met.

mod axes;
mod cover;
mod coverage;
mod draft;

use std::sync::LazyLock;

use proptest::prelude::{Strategy, any};
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::verify::world::World;
use axes::AXES;
pub(crate) use cover::Row;
use cover::{is_row, rows};
pub(crate) use coverage::Coverage;
use draft::Draft;

/// The rows that are always tried: those in which every pair is met, and those in which every
/// rule of the chain and every reason of a skip meets every main tip and canonical's commit.
pub(crate) static ROWS: LazyLock<Vec<Row>> =
    LazyLock::new(|| rows().into_iter().chain(turns()).collect());

/// How many those are.
pub(crate) const ALWAYS: u64 = 936;

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

/// The rows of [`TURNS`].
fn turns() -> Vec<Row> {
    let axis = |name: &str| {
        let axis = AXES.iter().position(|axis| axis.name == name);
        axis.expect("turns name axes")
    };
    let (main, record) = (axis("main tip"), axis("commit of the canonical"));
    let mut rows: Vec<Row> = Vec::new();
    for turn in TURNS {
        for main_value in 0..AXES[main].values.len() {
            for record_value in 0..AXES[record].values.len() {
                let mut row: Row = vec![0; AXES.len()];
                for name in TURNED {
                    row[axis(name)] = rows.len() % AXES[axis(name)].values.len();
                }
                (row[main], row[record]) = (main_value, record_value);
                for (name, value) in *turn {
                    let mut values = AXES[axis(name)].values.iter();
                    let value = values.position(|other| other.name == *value);
                    row[axis(name)] = value.expect("turns name values");
                }
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
        let row: Row = row.collect();
        if is_row(&row) {
            return row;
        }
    }
}

/// The question of a row.
pub(crate) fn world_of_row(row: &[usize]) -> World {
    let mut draft = Draft::PLAIN;
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
