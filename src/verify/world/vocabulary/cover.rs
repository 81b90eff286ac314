//! Questions in which every value of every axis meets every value of every other axis: a
//! covering array of strength two, built greedily (D. M. Cohen et al., "The AETG System", 1997):
//! each row begins with a pair that was not met yet, and takes of each further axis the value
//! that meets the most new pairs.

use std::collections::BTreeSet;

use crate::verify::world::vocabulary::axes::{AXES, IMPOSSIBLE, MADE_UP, REAL, Value};

/// The number of the value of each axis.
pub(crate) type Row = Vec<usize>;

/// A value: the numbers of its axis and of itself.
pub(crate) type Place = (usize, usize);

fn value((axis, value): Place) -> &'static Value {
    &AXES[axis].values[value]
}

/// Whether versions are taken from a real list and made up at the same time.
fn is_real_and_made_up(one: Place, other: Place) -> bool {
    let is_real = |(axis, value): Place| AXES[axis].name == REAL && value > 0;
    let is_made_up = |(axis, value): Place| MADE_UP.contains(&AXES[axis].name) && value > 0;
    (is_real(one) && is_made_up(other)) || (is_real(other) && is_made_up(one))
}

fn is_possible(one: Place, other: Place) -> bool {
    if is_real_and_made_up(one, other) {
        return false;
    }
    let names = |place: Place| (AXES[place.0].name, value(place).name);
    !IMPOSSIBLE.contains(&[names(one), names(other)])
        && !IMPOSSIBLE.contains(&[names(other), names(one)])
}

/// Every pair of values of different axes that a question can hold, the earlier axis first.
pub(crate) fn pairs() -> BTreeSet<(Place, Place)> {
    let places = |axis: usize| (0..AXES[axis].values.len()).map(move |value| (axis, value));
    let mut pairs = BTreeSet::new();
    for first in 0..AXES.len() {
        for second in first + 1..AXES.len() {
            for one in places(first) {
                let others = places(second).filter(|other| is_possible(one, *other));
                pairs.extend(others.map(|other| (one, other)));
            }
        }
    }
    pairs
}

/// The pairs of a row.
pub(crate) fn pairs_of(row: &[usize]) -> impl Iterator<Item = (Place, Place)> {
    let place = |axis: usize| (axis, row[axis]);
    (0..row.len()).flat_map(move |first| {
        (first + 1..row.len()).map(move |second| (place(first), place(second)))
    })
}

/// Whether each pair of a row is possible.
pub(crate) fn is_row(row: &[usize]) -> bool {
    pairs_of(row).all(|(one, other)| is_possible(one, other))
}

/// The rows.
pub(crate) fn rows() -> Vec<Row> {
    let mut left = pairs();
    let mut rows = Vec::new();
    while let Some((one, other)) = left.first().copied() {
        let row = row_with(one, other, &left);
        for pair in pairs_of(&row) {
            left.remove(&pair);
        }
        rows.push(row);
    }
    rows
}

/// A row with two values, and of the other axes those that meet the most pairs that are left.
/// A rare value is taken only where a pair asks for it.
fn row_with(one: Place, other: Place, left: &BTreeSet<(Place, Place)>) -> Row {
    let mut row: Vec<Option<usize>> = vec![None; AXES.len()];
    for (axis, value) in [one, other] {
        row[axis] = Some(value);
    }
    for axis in 0..AXES.len() {
        if row[axis].is_some() {
            continue;
        }
        let taken = row.iter().enumerate();
        let taken: Vec<Place> = taken
            .filter_map(|(axis, value)| Some((axis, (*value)?)))
            .collect();
        let possible = (0..AXES[axis].values.len()).filter(|number| {
            let place = (axis, *number);
            !value(place).is_rare && taken.iter().all(|taken| is_possible(place, *taken))
        });
        let new_pairs = |number: &usize| {
            let place = (axis, *number);
            let is_new = |taken: &&Place| {
                let pair = if **taken < place {
                    (**taken, place)
                } else {
                    (place, **taken)
                };
                left.contains(&pair)
            };
            taken.iter().filter(is_new).count()
        };
        // Of equals the first.
        let best = possible.rev().max_by_key(new_pairs);
        row[axis] = best;
    }
    let row: Option<Row> = row.into_iter().collect();
    row.expect("every axis has a plain value that goes with all others")
}
