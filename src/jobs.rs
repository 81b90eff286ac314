//! Work that several threads share.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};

/// The default number of threads: the number of processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Runs `work` on several threads, at least one, and hands what they send to
/// `collect` on this one. It ends when all of them have ended; a thread ends
/// when its receiver is gone.
pub(crate) fn share<T: Send, R>(
    jobs: usize,
    work: impl Fn(&Sender<T>) + Sync,
    collect: impl FnOnce(Receiver<T>) -> R,
) -> R {
    std::thread::scope(|threads| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..jobs.max(1) {
            let (work, sender) = (&work, sender.clone());
            threads.spawn(move || work(&sender));
        }
        drop(sender);
        collect(receiver)
    })
}

/// What comes in any order, in its order: that of its numbers, from 0.
pub(crate) struct InOrder<T> {
    waiting: BTreeMap<u64, T>,
    next: u64,
}

impl<T> InOrder<T> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            next: 0,
        }
    }

    /// Takes what has come.
    pub(crate) fn put(&mut self, number: u64, thing: T) {
        self.waiting.insert(number, thing);
    }

    /// Gives the next, if that has come.
    pub(crate) fn next(&mut self) -> Option<T> {
        let next = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(next)
    }
}
