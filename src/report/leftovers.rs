//! What runs that were killed have left, and what became of it.

use crate::deploy::Leftover;

use crate::report::{Report, Text, plural};

/// What a search for leftovers found and removed.
#[derive(Debug)]
pub(crate) struct LeftoversReport<'a> {
    pub found: &'a [Leftover],
    pub with_engine: bool,
    /// Nothing was removed yet.
    pub dry_run: bool,
}

impl Report for LeftoversReport<'_> {
    fn text(&self, text: &mut Text) {
        let mut removed = 0;
        for leftover in self.found {
            removed += usize::from(matches!(
                leftover,
                Leftover::Stack(_) | Leftover::Folder(..)
            ));
            text.line(self.line(leftover));
        }
        let removed = plural(removed, "leftover");
        let would_be = if self.dry_run { "would be " } else { "" };
        let searched = if self.with_engine {
            ""
        } else {
            " (no Docker Swarm answers, so no stack was looked for)"
        };
        text.line(format!("{removed} {would_be}removed{searched}"));
    }
}

impl LeftoversReport<'_> {
    pub(crate) fn line(&self, leftover: &Leftover) -> String {
        let verb = |done: &'static str, would: &'static str| {
            if self.dry_run { would } else { done }
        };
        let removed = verb("removed", "would remove");
        match leftover {
            Leftover::Program { step, group, stack } => format!(
                "{} the {step} program of the stack {stack}, and all that it started (process group {group})",
                verb("ended", "would end")
            ),
            Leftover::Teardown { program, stack } => format!(
                "{} the teardown program {program} for the stack {stack}",
                verb("ran", "would run")
            ),
            Leftover::Stack(stack) => format!("{removed} the stack {stack}"),
            Leftover::Folder(folder, stack) => format!(
                "{removed} the folder {}: its run, of the stack {stack}, was killed",
                folder.display()
            ),
            Leftover::Running(stack) => format!("left the stack {stack}: its run is not over"),
            Leftover::Unproved(stack) => format!(
                "left the stack {stack}: nothing proves that its run is over; if it is, remove it \
                 with `samever upgrade --sweep-leftovers --all`"
            ),
            Leftover::Elsewhere(stack, machine) => {
                format!("left the stack {stack}: its run is on {machine}, which alone can tell")
            }
            Leftover::Unnamed(what) => {
                format!("left {what}: its run does not name its recipe, so only --all sweeps it")
            }
            Leftover::Strange(folder, why) => {
                format!("left the folder {}: {why}", folder.display())
            }
            Leftover::Stuck(what, why) => format!("could not remove {what}: {why}"),
        }
    }
}
