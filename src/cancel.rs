//! The signal that work has to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A signal that work has to stop. Clones share it; it is never taken back.
#[derive(Clone, Debug)]
pub struct Cancel(Option<Arc<Signal>>);

/// The signal that is never sent.
pub(crate) static NEVER: Cancel = Cancel::never();

#[derive(Debug)]
struct Signal {
    is_sent: AtomicBool,
    deadline: Option<Instant>,
    parent: Cancel,
}

impl Cancel {
    /// A signal that is never sent.
    pub const fn never() -> Self {
        Self(None)
    }

    /// A signal of its own, which is also sent with this one and at the deadline.
    #[must_use]
    pub fn child(&self, deadline: Option<Instant>) -> Self {
        Self(Some(Arc::new(Signal {
            is_sent: AtomicBool::new(false),
            deadline,
            parent: self.clone(),
        })))
    }

    /// Sends the signal to all clones and children.
    pub fn cancel(&self) {
        if let Some(signal) = &self.0 {
            signal.is_sent.store(true, Ordering::SeqCst);
        }
    }

    /// Tells whether the signal is sent.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|signal| {
            signal.is_sent.load(Ordering::SeqCst)
                || signal
                    .deadline
                    .is_some_and(|deadline| Instant::now() >= deadline)
                || signal.parent.is_cancelled()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Cancel;

    #[test]
    fn a_child_hears_its_parent_and_its_deadline_and_tells_nobody() {
        let parent = Cancel::never().child(None);
        let (child, late) = (parent.child(None), parent.child(Some(Instant::now())));
        assert!(late.is_cancelled());
        let later = Instant::now() + Duration::from_mins(1);
        assert!(!parent.child(Some(later)).is_cancelled());
        child.clone().cancel();
        assert!(child.is_cancelled() && !parent.is_cancelled());
        let other = parent.child(None);
        parent.cancel();
        assert!(other.is_cancelled());
    }
}
