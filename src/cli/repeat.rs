//! Whether a counterexample is met again, and how: what is printed was tried.

use crate::report::Repeat;
use crate::verify::{CORPUS, Campaign, CampaignReport, CorpusCase, Found, Selection, TrialError};

/// How often the block that holds a counterexample is tried again.
const TIMES: u32 = 3;

/// Tries again: the block alone, and its question alone, with the resolver started afresh each time; and where that never
/// meets a counterexample, everything before it as well.
pub(crate) fn repeat(
    run: &dyn Fn(Campaign<'_>) -> Result<CampaignReport, TrialError>,
    campaign: Campaign<'_>,
    found: &Found,
    alone: String,
    whole: String,
) -> Repeat {
    let is_met = |selection: Selection<'_>, corpus: &[CorpusCase]| {
        let campaign = Campaign {
            selection,
            corpus,
            observe: None,
            progress: &|_| {},
            ..campaign
        };
        run(campaign).is_ok_and(|report| report.counterexample.is_some())
    };
    let block = Selection {
        only: Some((found.phase, Some(found.case))),
        ..Selection::WHOLE
    };
    let corpus = if found.phase == CORPUS {
        campaign.corpus
    } else {
        &[]
    };
    let met = (0..TIMES).filter(|_| is_met(block, corpus)).count();
    let question = CorpusCase::alone(found);
    let nothing_else = Selection {
        only: Some((CORPUS, Some(0))),
        ..Selection::WHOLE
    };
    match u32::try_from(met) {
        Ok(TIMES) if question.is_some_and(|question| !is_met(nothing_else, &[question])) => {
            Repeat::AfterOthers(alone)
        }
        Ok(TIMES) => Repeat::Alone(alone),
        Ok(0) if is_met(campaign.selection, campaign.corpus) => Repeat::Whole { alone, whole },
        _ => Repeat::ByChance {
            command: if met == 0 { whole } else { alone },
            met,
            times: TIMES,
        },
    }
}

/// Looks for further counterexamples: each search leaves out the rules that are known to be broken.
pub(crate) fn others(
    most: usize,
    campaign: Campaign<'_>,
    tried: &CampaignReport,
    run: &dyn Fn(Campaign<'_>) -> Result<CampaignReport, TrialError>,
) -> Vec<Found> {
    let rule = |found: &Found| found.counterexample.invariant;
    let mut broken: Vec<_> = tried.counterexample.iter().map(rule).collect();
    let mut others = Vec::new();
    while !broken.is_empty() && broken.len() < most {
        let without = [campaign.without, &broken].concat();
        let without = Campaign {
            without: &without,
            observe: None,
            ..campaign
        };
        // Where the program breaks now, what was found before that stands.
        let Some(found) = run(without).ok().and_then(|report| report.counterexample) else {
            break;
        };
        broken.push(rule(&found));
        others.push(found);
    }
    others
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::repeat;
    use crate::report::Repeat;
    use crate::verify::subject::MUTANTS;
    use crate::verify::{BuiltIn, Campaign, Selection};

    /// What is told where a resolver is wrong in the runs for which `is_wrong` holds, given the
    /// number of the run, from 0, and whether it is of everything.
    fn told(is_wrong: fn(u32, bool) -> bool) -> Repeat {
        let campaign = Campaign {
            selection: Selection {
                cases_max: Some(1),
                ..Selection::WHOLE
            },
            ..Campaign::WHOLE
        };
        let found = campaign.run_mutant(MUTANTS[0]).unwrap().counterexample;
        let runs = Cell::new(0);
        let run = |campaign: Campaign<'_>| {
            let number = runs.replace(runs.get() + 1);
            if is_wrong(number, campaign.selection.only.is_none()) {
                campaign.run_mutant(MUTANTS[0])
            } else {
                campaign.run(&|| Ok(Box::new(BuiltIn)))
            }
        };
        let (alone, whole) = ("alone".to_owned(), "whole".to_owned());
        repeat(&run, campaign, &found.unwrap(), alone, whole)
    }

    #[test]
    fn a_command_is_told_to_repeat_a_counterexample_only_where_it_did() {
        assert!(matches!(told(|_, _| true), Repeat::Alone(_)));
        assert!(matches!(told(|_, whole| whole), Repeat::Whole { .. }));
        assert!(matches!(
            told(|number, _| number == 1),
            Repeat::ByChance {
                met: 1,
                times: 3,
                ..
            }
        ));
        assert!(matches!(
            told(|_, _| false),
            Repeat::ByChance {
                met: 0,
                times: 3,
                ..
            }
        ));
    }
}
