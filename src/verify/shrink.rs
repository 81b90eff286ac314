//! The way from what breaks a rule to the smallest that does.

use std::fmt::Debug;
use std::ops::Range;

use proptest::strategy::ValueTree;

use super::judge::{Counterexample, HuntError};

/// Something made of parts, some of which can be left out.
pub(super) trait Parts: Clone + Debug {
    /// How many parts there are.
    fn count(&self) -> usize;
    /// The same without some; `None` where the rest makes no sense.
    fn without(&self, parts: Range<usize>) -> Option<Self>;
}

/// Goes to ever smaller values as long as one breaks the same rule: those that
/// proptest knows, for so many steps at the most, and then those with fewer
/// parts.
pub(super) fn smallest<T: Parts>(
    tree: &mut dyn ValueTree<Value = T>,
    steps_max: usize,
    (mut value, mut found): (T, Counterexample),
    mut judge: impl FnMut(&T) -> Result<Option<Counterexample>, HuntError>,
) -> Result<Counterexample, HuntError> {
    let invariant = found.invariant;
    let mut breaks_it = |value: &T| {
        let found = judge(value)?;
        Ok(found.filter(|found| found.invariant == invariant))
    };
    let mut is_smaller = tree.simplify();
    for _ in 0..steps_max {
        if !is_smaller {
            break;
        }
        let smaller = tree.current();
        match breaks_it(&smaller)? {
            Some(other) => {
                (value, found) = (smaller, other);
                is_smaller = tree.simplify();
            }
            None => is_smaller = tree.complicate(),
        }
    }
    fewer_parts(value, found, breaks_it)
}

/// Leaves out parts, in ever smaller groups.
fn fewer_parts<T: Parts>(
    mut value: T,
    mut found: Counterexample,
    mut breaks_it: impl FnMut(&T) -> Result<Option<Counterexample>, HuntError>,
) -> Result<Counterexample, HuntError> {
    let mut group = value.count().div_ceil(2);
    while group > 0 {
        let mut from = 0;
        while from < value.count() {
            let until = value.count().min(from + group);
            let smaller = value.without(from..until);
            let other = smaller.as_ref().map(&mut breaks_it).transpose()?;
            match (smaller, other.flatten()) {
                (Some(smaller), Some(other)) => (value, found) = (smaller, other),
                (Some(_) | None, _) => from += group,
            }
        }
        group /= 2;
    }
    Ok(found)
}
