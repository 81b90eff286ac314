//! The signal that work has to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A signal that work has to stop. Clones share it; it is never taken back.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    is_sent: AtomicBool,
    deadline: Option<Instant>,
    parent: Option<Cancel>,
}

impl Cancel {
    /// A signal of its own, which is sent by [`cancel`](Self::cancel) only.
    pub fn new() -> Self {
        Self::default()
    }

    /// A signal that is also sent with this one, and at the deadline.
    #[must_use]
    pub fn child(&self, deadline: Option<Instant>) -> Self {
        Self(Arc::new(Signal {
            is_sent: AtomicBool::new(false),
            deadline,
            parent: Some(self.clone()),
        }))
    }

    /// Sends the signal.
    pub fn cancel(&self) {
        self.0.is_sent.store(true, Ordering::SeqCst);
    }

    /// Tells whether the signal is sent.
    pub fn is_cancelled(&self) -> bool {
        let Signal {
            is_sent,
            deadline,
            parent,
        } = &*self.0;
        is_sent.load(Ordering::SeqCst)
            || deadline.is_some_and(|deadline| Instant::now() >= deadline)
            || parent.as_ref().is_some_and(Self::is_cancelled)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Cancel;

    #[test]
    fn a_child_hears_its_parent_and_its_deadline_and_tells_nobody() {
        let parent = Cancel::new();
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
