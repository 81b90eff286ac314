//! Ctrl-C: the first one ends the run and cleans up after it; the third one exits
//! at once.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use crate::cancel::{Cancel, NEVER};
use crate::cli::exit::ExitStatus;
use crate::cli::failure::note;

static INTERRUPTS: AtomicU32 = AtomicU32::new(0);
static HANDLER: OnceLock<()> = OnceLock::new();
static SIGNAL: LazyLock<Cancel> = LazyLock::new(|| NEVER.child(None));

/// The number of interrupts that end the process at once.
const INSISTS: u32 = 3;

/// From now on, an interrupt (also a termination and a hangup) is only noted,
/// and told; the third ends the process.
pub(crate) fn note_interrupts() {
    HANDLER.get_or_init(|| {
        // Without a handler an interrupt ends the process, as it did before.
        let _ = ctrlc::set_handler(|| {
            SIGNAL.cancel();
            let interrupts = INTERRUPTS.fetch_add(1, Ordering::SeqCst) + 1;
            if interrupts >= INSISTS {
                tell("given up; what was begun may be left behind");
                give_up();
            }
            let more = INSISTS - interrupts;
            tell(format_args!(
                "interrupted: ending what was begun and cleaning up after it; {more} more give that up"
            ));
        });
    });
}

#[expect(clippy::exit, reason = "the third interrupt asks for it")]
fn give_up() {
    std::process::exit(i32::from(ExitStatus::NoAnswer.code()));
}

/// The signal that an interrupt sends.
pub(crate) fn signal() -> &'static Cancel {
    &SIGNAL
}

/// Prints a note on standard error at once; a closed one is no error.
pub(crate) fn tell(text: impl Display) {
    let _ = io::stderr().write_all(note(text).as_bytes());
}
