//! Whether a counterexample is met again, and how: what is printed was tried.

use crate::report::Repeat;
use crate::verify::{Campaign, CampaignReport, Found, Selection, TrialError};

/// How often the block that holds a counterexample is tried again.
const TIMES: u32 = 3;

/// Tries again: the block alone, with the resolver started afresh each time; and where that never
/// meets a counterexample, everything before it as well.
pub(crate) fn repeat(
    run: &dyn Fn(Campaign<'_>) -> Result<CampaignReport, TrialError>,
    campaign: Campaign<'_>,
    found: &Found,
    alone: String,
    whole: String,
) -> Repeat {
    let is_met = |selection: Selection<'_>| {
        let campaign = Campaign {
            selection,
            progress: &|_| {},
            ..campaign
        };
        run(campaign).is_ok_and(|report| report.counterexample.is_some())
    };
    let block = Selection {
        only: Some((found.phase, Some(found.case))),
        ..Selection::WHOLE
    };
    let met = (0..TIMES).filter(|_| is_met(block)).count();
    match u32::try_from(met) {
        Ok(TIMES) => Repeat::Alone(alone),
        Ok(0) if is_met(campaign.selection) => Repeat::Whole { alone, whole },
        _ => Repeat::ByChance {
            command: if met == 0 { whole } else { alone },
            met,
            times: TIMES,
        },
    }
}
