//! What is shown while a command works.

use std::io::{self, IsTerminal};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

/// The options of a command that takes its time.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ProgressArgs {
    /// Show no progress on standard error
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

impl ProgressArgs {
    /// A bar on standard error where that is a terminal, else a hidden one.
    pub(crate) fn bar(self, template: &str, length: usize) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length as u64);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar
    }
}
