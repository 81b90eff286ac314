//! Every sequence of a few nights, releases and whatever happens in between, played and judged as
//! the random ones are.

use std::ops::Range;
use std::sync::LazyLock;

use proptest::strategy::{Just, Strategy};
use proptest::test_runner::TestRunner;

use crate::verify::history::AllNights;
use crate::verify::judge::{Judge, TrialError, smallest};
use crate::verify::phase::histories::judge_nights;

/// The sequences that all jobs play.
static ALL: LazyLock<AllNights> = LazyLock::new(AllNights::default);

/// All nights.
pub(crate) fn try_all_nights(
    judge: &mut Judge<'_>,
    _: u64,
    numbers: Range<u64>,
) -> Result<(), TrialError> {
    for sequence in ALL.range(numbers) {
        let found = judge_nights(judge, &sequence)?;
        if judge.tally.cut {
            return Ok(());
        }
        judge.tally.cases += 1;
        if let Some(found) = found {
            // What proptest does not know to be random is made smaller by its parts alone.
            let tree = Just(sequence.clone()).new_tree(&mut TestRunner::deterministic());
            let mut tree = tree.expect("what is fixed is not rejected");
            let found = smallest(&mut tree, 0, (sequence, found), |sequence| {
                judge_nights(judge, sequence)
            });
            judge.tally.found = Some(found);
            return Ok(());
        }
    }
    Ok(())
}
