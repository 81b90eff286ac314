//! A witness of what a CI server does: it stands between a scenario's steps and
//! what they are played on, keeps its own record of the recipe, and notes each
//! run with what it knows of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::recipe::CanonicalRecord;
use crate::run::{Deployed, Run, VerdictKind};
use crate::simulate::Behaviour;
use crate::simulate::{Backend, Call, Observed, PlanKind, Ran, RunOrder, TagKind, Tree};
use samever_core::{CommitId, Version};

/// What kind of run it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    Nightly,
    Quick,
    PullRequest,
}

/// One run, and what a witness knows of it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a witness sees"
)]
pub struct RunObservation {
    pub kind: RunKind,
    pub enrolled: bool,
    /// Whether nothing is given by hand, and any published version may be a base.
    pub plain: bool,
    /// Whether the last check fails for no fault of the recipe.
    pub flaky: bool,
    pub head_commit: CommitId,
    /// Whether its tree is that of the newest published version.
    pub is_release: bool,
    /// The head's version, if it has one.
    pub head: Option<Version>,
    pub behaviour: Behaviour,
    /// The published versions, and the commits that their tags lead to.
    pub published: BTreeMap<String, (Version, CommitId)>,
    /// Those that can be pinned: their tags lead to trees of their own, and not to
    /// the head.
    pub bases: BTreeSet<Version>,
    pub canonical: Option<Version>,
    /// What came out of it, or the message of a run without a verdict.
    pub outcome: Result<Observed, String>,
    /// What came out of the nightly before, where nothing has changed since.
    pub before: Option<Result<Observed, String>>,
    /// How many nights so far went well on which the head was upgraded to from
    /// an older canonical, this one included.
    pub bumps: u32,
    /// The whole account, where the run was a real one.
    pub account: Option<Box<Run>>,
    /// The trees of all commits as they were made, where there are any.
    pub trees: BTreeMap<CommitId, String>,
    /// The versions that these trees state.
    pub labels: BTreeMap<String, Version>,
    /// What the deployer was asked and what it said, where that was witnessed.
    pub(crate) calls: Option<Vec<Call>>,
}

impl RunObservation {
    /// The newest published version.
    pub fn newest(&self) -> Option<&Version> {
        self.published.values().map(|(version, _)| version).max()
    }

    /// Whether the head is the newest published version.
    pub fn is_latest(&self) -> bool {
        let head = self.head.as_ref().zip(self.newest());
        head.is_some_and(|(head, newest)| head.is_same_version(newest))
    }

    /// What the deployer said of what runs.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &Deployed> {
        let calls = self.calls.iter().flatten();
        calls.filter_map(|call| match call {
            Call::Report(report) => Some(report),
            Call::Deploy { .. } | Call::Check { .. } | Call::Teardown { .. } => None,
        })
    }

    /// Whether the deployer said after each deployment which version runs, as far as it was
    /// witnessed.
    pub(crate) fn is_seen(&self) -> bool {
        self.reports().all(|report| report.version.is_some())
    }
}

/// What a broken CI server makes of a run.
pub(crate) type FaultInjection = fn(&RunObservation, &mut Ran);

/// What decides a nightly's plan: while none of it changes, nor does the plan.
type Facts = (
    BTreeMap<String, CommitId>,
    Option<CommitId>,
    CommitId,
    Option<CanonicalRecord>,
);

pub(crate) struct Recorder<A> {
    arm: A,
    tamper: Option<FaultInjection>,
    commits: BTreeMap<CommitId, Tree>,
    trees: BTreeMap<CommitId, String>,
    tags: BTreeMap<String, CommitId>,
    branches: BTreeMap<String, CommitId>,
    bumps: BTreeMap<String, u32>,
    night_before: Option<(Facts, Result<Observed, String>)>,
    runs: Vec<RunObservation>,
}

/// A witness that gives up its record when it is over.
pub(crate) fn witness<A: Backend>(
    arm: A,
    tamper: Option<FaultInjection>,
    play: impl FnOnce(&mut Recorder<A>) -> Result<(), A::Error>,
) -> Result<Vec<RunObservation>, A::Error> {
    let mut witness = Recorder {
        arm,
        tamper,
        commits: BTreeMap::new(),
        trees: BTreeMap::new(),
        tags: BTreeMap::new(),
        branches: BTreeMap::new(),
        bumps: BTreeMap::new(),
        night_before: None,
        runs: Vec::new(),
    };
    play(&mut witness)?;
    Ok(witness.runs)
}

impl<A: Backend> Backend for &mut Recorder<A> {
    type Error = A::Error;

    fn commit(&mut self, parent: Option<CommitId>, tree: &Tree) -> Result<CommitId, A::Error> {
        let commit = self.arm.commit(parent, tree)?;
        self.commits.insert(commit, tree.clone());
        if let Some(id) = self.arm.tree_id(commit)? {
            self.trees.insert(commit, id);
        }
        Ok(commit)
    }

    fn tag(&mut self, tags: &[(&str, CommitId, TagKind)]) -> Result<(), A::Error> {
        for (name, commit, _) in tags {
            self.tags.insert((*name).to_owned(), *commit);
        }
        self.arm.tag(tags)
    }

    fn delete_tag(&mut self, name: &str) -> Result<(), A::Error> {
        self.tags.remove(name);
        self.arm.delete_tag(name)
    }

    fn branch(&mut self, name: &str, commit: CommitId) -> Result<(), A::Error> {
        self.branches.insert(name.to_owned(), commit);
        self.arm.branch(name, commit)
    }

    fn tree_id(&self, commit: CommitId) -> Result<Option<String>, A::Error> {
        self.arm.tree_id(commit)
    }

    fn run(&mut self, order: &RunOrder<'_>) -> Result<Ran, A::Error> {
        let mut ran = self.arm.run(order)?;
        let mut run = self.facts(order, &ran);
        if let Some(tamper) = self.tamper {
            tamper(&run, &mut ran);
            run.outcome.clone_from(&ran.observed);
            run.account.clone_from(&ran.account);
            run.calls.clone_from(&ran.calls);
        }
        self.count_bump(&mut run);
        let main = self.branches.get("refs/heads/main").copied();
        let facts = (
            self.tags.clone(),
            main,
            run.head_commit,
            order.canonical.cloned(),
        );
        if run.kind == RunKind::Nightly {
            let before = self
                .night_before
                .replace((facts.clone(), run.outcome.clone()));
            run.before = before
                .filter(|(before, _)| *before == facts)
                .map(|(_, outcome)| outcome);
        }
        self.runs.push(run);
        Ok(ran)
    }
}

impl<A: Backend> Recorder<A> {
    fn facts(&self, order: &RunOrder<'_>, ran: &Ran) -> RunObservation {
        let head = match order.head.strip_prefix("refs/tags/") {
            Some(tag) => self.tags[tag],
            None => self.branches[order.head],
        };
        let tree = &self.commits[&head];
        let published = self.tags.iter().filter_map(|(tag, commit)| {
            let version = Version::parse_tag(tag).ok()?;
            Some((tag.clone(), (version, *commit)))
        });
        let published: BTreeMap<_, _> = published.collect();
        let label = |commit: &CommitId| {
            let label = self.commits[commit].label.as_deref()?;
            Version::parse(label).ok()
        };
        let bases = published.values().filter(|(version, commit)| {
            let is_it = label(commit).is_some_and(|found| found.is_same_version(version));
            *commit != head && is_it
        });
        let bases = bases.map(|(version, _)| version.clone()).collect();
        // Of a version that is tagged with and without a `v`, the latter counts.
        let newest = published.values().rev().max_by(|a, b| a.0.cmp(&b.0));
        let newest = newest.map(|(_, commit)| *commit);
        let conditions = order.conditions;
        RunObservation {
            kind: match (conditions.of_a_ref, conditions.quick) {
                (true, _) => RunKind::PullRequest,
                (false, true) => RunKind::Quick,
                (false, false) => RunKind::Nightly,
            },
            enrolled: conditions.enrolled,
            plain: order.override_version.is_none()
                && order.declared.is_none()
                && order.policy.prereleases,
            flaky: order.flaky.is_some(),
            head_commit: head,
            is_release: newest.is_some_and(|commit| self.commits[&commit] == *tree),
            head: label(&head),
            behaviour: tree.behaviour.clone(),
            published,
            bases,
            canonical: order.canonical.map(|record| record.version.clone()),
            outcome: ran.observed.clone(),
            before: None,
            bumps: 0,
            account: ran.account.clone(),
            labels: self
                .trees
                .iter()
                .filter_map(|(commit, tree)| Some((tree.clone(), label(commit)?)))
                .collect(),
            trees: self.trees.clone(),
            calls: ran.calls.clone(),
        }
    }

    fn count_bump(&mut self, run: &mut RunObservation) {
        let (Some(head), Some(canonical), Ok(observed)) = (&run.head, &run.canonical, &run.outcome)
        else {
            return;
        };
        let base = observed.base.as_deref();
        let base = base.and_then(|base| Version::parse_tag(base).ok());
        let is_bump = run.kind == RunKind::Nightly
            && run.enrolled
            && run.is_latest()
            && run.is_release
            && run.is_seen()
            && observed.verdict != VerdictKind::Red
            && observed.plan == PlanKind::Version
            && canonical.is_older_than(head)
            && base.is_some_and(|base| base.is_same_version(canonical));
        let bumps = self.bumps.entry(head.to_string()).or_default();
        *bumps += u32::from(is_bump);
        run.bumps = *bumps;
    }
}
