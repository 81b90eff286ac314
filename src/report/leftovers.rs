//! What runs that were killed have left, and what became of it.

use crate::deploy::Leftover;

use crate::report::{Report, Text, plural};

/// What a search for leftovers found and removed.
#[derive(Debug)]
pub(crate) struct LeftoversReport<'a> {
    pub found: &'a [Leftover],
    pub with_engine: bool,
}

impl Report for LeftoversReport<'_> {
    fn text(&self, text: &mut Text) {
        let mut removed = 0;
        for leftover in self.found {
            removed += usize::from(matches!(
                leftover,
                Leftover::Stack(_) | Leftover::Folder(..)
            ));
            text.line(match leftover {
                Leftover::Stack(stack) => format!("removed the stack {stack}"),
                Leftover::Folder(folder, stack) => format!(
                    "removed the folder {}: its run, of the stack {stack}, was killed",
                    folder.display()
                ),
                Leftover::Running(stack) => format!("left the stack {stack}: its run is not over"),
                Leftover::Elsewhere(stack, machine) => {
                    format!("left the stack {stack}: its run is on {machine}, which alone can tell")
                }
                Leftover::Stuck(what, why) => format!("could not remove {what}: {why}"),
            });
        }
        let searched = if self.with_engine {
            ""
        } else {
            " (no Docker Swarm answers, so only folders were looked for)"
        };
        text.line(format!("{} removed{searched}", plural(removed, "leftover")));
    }
}
