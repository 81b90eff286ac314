//! Work that several threads share.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Maps things on several threads; the results are in the order of the things.
pub(crate) fn map<T: Sync, R: Send>(
    jobs: usize,
    things: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = |results: &Sender<(usize, R)>| {
        let number = || next.fetch_add(1, Ordering::Relaxed);
        while let Some((number, thing)) = things.iter().enumerate().nth(number()) {
            // The receiver lives as long as the threads do.
            let _ = results.send((number, work(thing)));
        }
    };
    let results = share(jobs.min(things.len()), take, |results| {
        results.into_iter().collect::<BTreeMap<_, _>>()
    });
    results.into_values().collect()
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
