//! The way from what breaks a rule to the smallest that does.

use std::fmt::Debug;

use proptest::strategy::ValueTree;

use crate::verify::judge::finding::{Finding, TrialError};

/// Something made of parts, some of which can be left out.
pub(crate) trait Parts: Clone + Debug {
    /// How many parts there are.
    fn count(&self) -> usize;
    /// The same without the parts of some numbers; `None` where the rest makes
    /// no sense.
    fn without(&self, gone: impl Fn(usize) -> bool) -> Option<Self>;
}

/// Goes to ever smaller values as long as one breaks the same rule: those that
/// proptest knows, for at most `steps_max` steps, and then those with fewer
/// parts. What is found stands, also where no more can be asked.
pub(crate) fn smallest<T: Parts>(
    tree: &mut dyn ValueTree<Value = T>,
    steps_max: usize,
    (mut value, mut found): (T, Finding),
    mut judge: impl FnMut(&T) -> Result<Option<Finding>, TrialError>,
) -> Finding {
    let invariant = found.invariant;
    let mut is_over = false;
    let mut breaks_it = |value: &T| {
        if is_over {
            return None;
        }
        let found = judge(value).inspect_err(|_| is_over = true);
        found.ok()?.filter(|found| found.invariant == invariant)
    };
    let mut is_smaller = tree.simplify();
    for _ in 0..steps_max {
        if !is_smaller {
            break;
        }
        let smaller = tree.current();
        match breaks_it(&smaller) {
            Some(other) => {
                (value, found) = (smaller, other);
                is_smaller = tree.simplify();
            }
            None => is_smaller = tree.complicate(),
        }
    }
    fewer_parts(value, found, breaks_it)
}

/// The most parts for which each pair is left out together.
const PAIRS_OF_MAX: usize = 16;

/// The most parts of all values that are tried: of a history of a thousand tags each takes long.
const PARTS_MAX: usize = 100_000;

/// Leaves out parts: in ever smaller groups, one by one as long as that leads
/// anywhere, and any two, such as a breakage and its mending.
fn fewer_parts<T: Parts>(
    mut value: T,
    mut found: Finding,
    mut breaks_it: impl FnMut(&T) -> Option<Finding>,
) -> Finding {
    let mut parts_left = PARTS_MAX;
    let mut try_without = |value: &mut T, gone: &dyn Fn(usize) -> bool| {
        parts_left = parts_left.saturating_sub(value.count());
        if parts_left == 0 {
            return false;
        }
        let smaller = value.without(gone);
        let other = smaller.as_ref().and_then(&mut breaks_it);
        let (Some(smaller), Some(other)) = (smaller, other) else {
            return false;
        };
        (*value, found) = (smaller, other);
        true
    };
    let mut group = value.count().div_ceil(2);
    while group > 0 {
        let count = value.count();
        let mut from = 0;
        while from < value.count() {
            let parts = from..from + group;
            if !try_without(&mut value, &|part| parts.contains(&part)) {
                from += group;
            }
        }
        if group > 1 || value.count() == count {
            group /= 2;
        }
    }
    let mut first = 0;
    while value.count() <= PAIRS_OF_MAX && first + 1 < value.count() {
        let mut fewer = false;
        for second in first + 1..value.count() {
            let is_one = |part: usize| part == first || part == second;
            if try_without(&mut value, &is_one) {
                fewer = true;
                break;
            }
        }
        first = if fewer { 0 } else { first + 1 };
    }
    found
}
