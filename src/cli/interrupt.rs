//! Ctrl-C: what was begun is ended properly, so that no folder stays behind.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static HANDLER: OnceLock<()> = OnceLock::new();

/// From now on, an interrupt (also a termination and a hangup) is only noted.
pub(super) fn note_interrupts() {
    HANDLER.get_or_init(|| {
        // Without a handler an interrupt ends the process, as it did before.
        let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
    });
}

/// Tells whether there has been an interrupt.
pub(super) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
