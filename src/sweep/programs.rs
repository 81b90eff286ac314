//! The operator's programs of a catalogue, looked for before anything is deployed.

use crate::deploy::{Deployment, check_programs, lacks_teardown};

use crate::sweep::catalogue::Catalogue;
use crate::sweep::order::SweepOrder;

/// How many recipes a warning names.
const NAMES_MAX: usize = 5;

/// Makes a recipe with a program that cannot be started one that cannot be run. Where
/// the catalogue does not say what deploys, `otherwise` does.
pub(crate) fn require_programs(catalogue: &mut Catalogue, otherwise: Option<&Deployment>) {
    let by_arguments =
        otherwise.and_then(|other| unfit(other, |step| format!("the program of --{step}")));
    for entry in &mut catalogue.entries {
        let Ok(setup) = &entry.setup else { continue };
        let why = match &setup.deployment {
            Some(own) => unfit(own, |step| format!("its {step} program")),
            None => by_arguments.clone(),
        };
        if let Some(why) = why {
            entry.setup = Err(why);
        }
    }
}

/// Which programs of a deployment cannot be started, and why.
fn unfit(deployment: &Deployment, called: fn(&str) -> String) -> Option<String> {
    let checks = check_programs(deployment).into_iter();
    let faults = checks.filter_map(|check| {
        let why = check.found.err()?;
        Some(format!("{} {why}", called(check.step)))
    });
    let faults: Vec<_> = faults.collect();
    (!faults.is_empty()).then(|| faults.join("; and "))
}

/// Warns of deploy programs without a teardown.
pub(crate) fn teardown_warning(order: &SweepOrder<'_>) -> Option<String> {
    let names = order.entries().filter_map(|entry| {
        let setup = entry.setup.as_ref().ok()?;
        let deployment = setup.deployment.as_ref().or(order.deployment)?;
        lacks_teardown(deployment).then_some(entry.name.as_str())
    });
    let names: Vec<_> = names.collect();
    let (first, others) = names.split_at(names.len().min(NAMES_MAX));
    let others = match others.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "the deploy program of {}{others} has no teardown program, so what it starts is left \
             running; name one as `teardown` in catalogue.yaml, or with --teardown",
            first.join(", ")
        )
    })
}

/// The recipes of a sweep that cannot be run, each with the reason.
pub(crate) fn unready<'a>(order: &'a SweepOrder<'_>) -> Vec<(&'a str, &'a str)> {
    let entries = order.entries();
    let unready = entries.filter_map(|entry| {
        let why = entry.setup.as_ref().err()?;
        Some((entry.name.as_str(), why.as_str()))
    });
    unready.collect()
}
