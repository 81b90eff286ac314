//! What a campaign must have met before "no counterexample" means anything.

use std::collections::BTreeMap;

use crate::simulate::{LAYOUTS, MISDEEDS};
use crate::verify::campaign::outcome::CampaignReport;
use crate::verify::invariant::{INVARIANTS, Level};
use crate::verify::world::vocabulary::Coverage;
use crate::verify::world::{Main, RecordCommit, SKIP_TEXTS, pattern};
use samever_core::Rung;

/// What was not met, in words, in a fixed order.
pub(crate) fn missed(
    level: Level,
    without: &[&'static str],
    report: &CampaignReport,
) -> Vec<String> {
    let mut missed = Vec::new();
    let rules = INVARIANTS.iter().filter(|rule| rule.level <= level);
    for rule in rules.filter(|rule| !without.contains(&rule.id)) {
        if count(&report.judged, rule.id) == 0 {
            missed.push(format!("{} was never judged", rule.id));
        } else if count(&report.at_stake, rule.id) == 0 {
            missed.push(format!("{} could never have failed", rule.id));
        }
    }
    missed.extend(values(&report.coverage));
    let pairs = report.coverage.pairs_left();
    if pairs > 0 {
        missed.push(format!(
            "{pairs} pairs of values of the vocabulary were never met"
        ));
    }
    for pattern in patterns() {
        if !report.patterns.contains_key(&pattern) {
            missed.push(format!("no question was decided by {pattern}"));
        }
    }
    for reason in SKIP_TEXTS {
        if count(&report.reasons, reason) == 0 {
            missed.push(format!("no question was a skip for: {reason}"));
        }
    }
    missed.extend(grounds(report));
    missed
}

/// What no real repository and no deployer was like.
fn grounds(report: &CampaignReport) -> impl Iterator<Item = String> {
    let layouts = LAYOUTS
        .iter()
        .filter(|layout| count(&report.layouts, layout.name) == 0);
    let layouts = layouts.map(|layout| {
        let (name, fault) = (layout.name, layout.fault);
        format!("no repository was of the layout `{name}`, which shows that {fault}")
    });
    let manners = MISDEEDS
        .iter()
        .filter(|manner| count(&report.deployers, manner.name) == 0);
    let manners = manners.map(|manner| {
        let (name, fault) = (manner.name, manner.fault);
        format!("no deployer was one that {name}, which shows that {fault}")
    });
    layouts.chain(manners)
}

fn count(counts: &BTreeMap<&'static str, u64>, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or_default()
}

fn values(coverage: &Coverage) -> impl Iterator<Item = String> {
    coverage.zeros().map(|(axis, value)| {
        let (axis, name, fault) = (axis.name, value.name, value.fault);
        format!("no question had {axis}: {name}, which shows that {fault}")
    })
}

/// Each rule of the chain with each main tip and each commit of the canonical, as far as they can
/// stand together.
fn patterns() -> Vec<String> {
    let mains = [Main::IsHead, Main::Elsewhere, Main::Unknown];
    let records = [
        RecordCommit::Own,
        RecordCommit::Head,
        RecordCommit::Main,
        RecordCommit::Unknown,
    ];
    let mut patterns = Vec::new();
    for main in mains {
        for rung in [
            Rung::Declared,
            Rung::Override,
            Rung::Canonical,
            Rung::StepBack,
        ] {
            let with = records.map(|record| pattern(rung.name(), main, Some(record)));
            patterns.extend(with);
        }
        patterns.push(pattern(Rung::Release.name(), main, None));
        if main != Main::Unknown {
            patterns.push(pattern(Rung::MainTip.name(), main, None));
        }
    }
    patterns
}
