//! What is told before the first deployment.

use std::io::Write;

use crate::deploy::{
    DeployerKind, Deployment, Leftover, check_programs, lacks_teardown, require_swarm,
    sweep_own_stacks,
};
use crate::report::LeftoversReport;
use crate::sweep::{SweepOrder, teardown_warning, unready};

use crate::cli::failure::{Failure, note, safe_lines};
use crate::cli::interrupt::tell;

/// Refuses a program that cannot be started, and warns where nothing removes the stack.
pub(crate) fn require_programs(deployment: &Deployment) -> Result<(), Failure> {
    let checks = check_programs(deployment).into_iter();
    let faults = checks.filter_map(|check| {
        let why = check.found.err()?;
        Some(format!("the program of --{} {why}", check.step))
    });
    let faults: Vec<_> = faults.collect();
    if !faults.is_empty() {
        return Err(Failure::no_answer(faults.join("; and ")));
    }
    if lacks_teardown(deployment) {
        tell(
            "there is no teardown program, so what the deploy program starts is left running; \
             name one with --teardown",
        );
    }
    Ok(())
}

/// Removes the stacks that killed runs of this machine have left on the Swarm, since they
/// hold ports. It does so only where a recipe of the sweep is deployed with a Swarm. Where
/// the engine does not answer, the runs say so.
pub(crate) fn sweep_before(order: &SweepOrder<'_>, out: &mut dyn Write) {
    let is_of_swarm = |deployment: Deployment| deployment.kind() == DeployerKind::Swarm;
    let mut setups = order
        .entries()
        .filter_map(|entry| entry.setup.as_ref().ok());
    let uses_swarm = setups.any(|setup| order.deployment(setup).is_some_and(is_of_swarm));
    if !uses_swarm || require_swarm().is_err() {
        return;
    }
    let found = sweep_own_stacks(order.cancel).unwrap_or_default();
    let report = LeftoversReport {
        found: &found,
        with_engine: true,
        dry_run: false,
    };
    let told = found
        .iter()
        .filter(|leftover| !matches!(leftover, Leftover::Running(_) | Leftover::Elsewhere(..)));
    for leftover in told {
        let _ = out.write_all(note(report.line(leftover)).as_bytes());
    }
}

/// Tells of a sweep, before it begins, which recipes cannot be run, in one list, and
/// which leave something running. Where that cannot be told, the answer counts.
pub(crate) fn tell_beforehand(order: &SweepOrder<'_>, out: &mut dyn Write) {
    let unready = unready(order);
    if !unready.is_empty() {
        let recipes = match unready.len() {
            1 => "1 recipe".to_owned(),
            count => format!("{count} recipes"),
        };
        let lines = unready.into_iter().map(|(recipe, why)| {
            let why = why.replace(['\n', '\r'], " ");
            format!("\n  {recipe}: {why}")
        });
        let list: String = lines.collect();
        let text = format!("note: the sweep leaves out {recipes} that cannot be run:{list}");
        let _ = writeln!(out, "{}", safe_lines(&text));
    }
    if let Some(warning) = teardown_warning(order) {
        let _ = out.write_all(note(warning).as_bytes());
    }
}
