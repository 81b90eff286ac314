//! What was met of the vocabulary.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::verify::world::vocabulary::axes::{AXES, Axis, Value};
use crate::verify::world::vocabulary::cover::{Place, Row, pairs, pairs_of};

/// How often each value was met, and the pairs that were.
#[derive(Clone, Debug)]
pub struct Coverage {
    counts: Vec<Vec<u64>>,
    left: BTreeSet<(Place, Place)>,
    all: usize,
}

impl Default for Coverage {
    fn default() -> Self {
        let left = pairs();
        Self {
            counts: AXES.iter().map(|axis| vec![0; axis.values.len()]).collect(),
            all: left.len(),
            left,
        }
    }
}

impl Coverage {
    /// Takes note of a question.
    pub(crate) fn add(&mut self, row: &Row) {
        for (counts, value) in self.counts.iter_mut().zip(row) {
            counts[*value] += 1;
        }
        for pair in pairs_of(row) {
            self.left.remove(&pair);
        }
    }

    /// Each axis and value that was never met.
    pub(crate) fn zeros(&self) -> impl Iterator<Item = (&'static Axis, &'static Value)> {
        AXES.iter().zip(&self.counts).flat_map(|(axis, counts)| {
            let values = axis.values.iter().zip(counts);
            let zeros = values.filter(|(_, count)| **count == 0);
            zeros.map(move |(value, _)| (axis, value))
        })
    }

    /// Each axis with the number of its values that were met, and of all.
    pub(crate) fn axes(&self) -> impl Iterator<Item = (&'static str, usize, usize)> {
        AXES.iter().zip(&self.counts).map(|(axis, counts)| {
            let met = counts.iter().filter(|count| **count > 0).count();
            (axis.name, met, counts.len())
        })
    }

    /// How many pairs of values there are.
    pub(crate) fn pairs(&self) -> usize {
        self.all
    }

    /// How many of them were not met.
    pub(crate) fn pairs_left(&self) -> usize {
        self.left.len()
    }
}

/// The values of one axis, each with its count.
struct Values<'a>(usize, &'a [u64]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = AXES[self.0].values.iter().zip(self.1);
        serializer.collect_map(values.map(|(value, count)| (value.name, count)))
    }
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pairs", &self.all)?;
        map.serialize_entry("pairs_met", &(self.all - self.left.len()))?;
        for (number, (axis, counts)) in AXES.iter().zip(&self.counts).enumerate() {
            map.serialize_entry(axis.name, &Values(number, counts))?;
        }
        map.end()
    }
}
