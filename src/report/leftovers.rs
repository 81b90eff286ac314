//! What runs that were killed have left, and what became of it.

use std::io::{self, Write};

use crate::deploy::Leftover;

use crate::report::plan_text::line;
use crate::report::plural;

/// Writes one line for each thing, and how many were removed.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write_leftovers(
    out: &mut impl Write,
    found: &[Leftover],
    with_engine: bool,
) -> io::Result<()> {
    let mut removed = 0;
    for leftover in found {
        let text = match leftover {
            Leftover::Stack(stack) => format!("removed the stack {stack}"),
            Leftover::Folder(folder, stack) => {
                let folder = folder.display();
                format!("removed the folder {folder}: its run, of the stack {stack}, was killed")
            }
            Leftover::Running(stack) => format!("left the stack {stack}: its run is not over"),
            Leftover::Elsewhere(stack, machine) => {
                format!("left the stack {stack}: its run is on {machine}, which alone can tell")
            }
            Leftover::Stuck(what, why) => format!("could not remove {what}: {why}"),
        };
        removed += usize::from(matches!(
            leftover,
            Leftover::Stack(_) | Leftover::Folder(..)
        ));
        line(out, text)?;
    }
    let where_else = if with_engine {
        ""
    } else {
        " (no Docker Swarm answers, so only folders were looked for)"
    };
    line(
        out,
        format!("{} removed{where_else}", plural(removed, "leftover")),
    )
}
