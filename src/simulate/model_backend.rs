//! The model: a recipe and its tier in memory, with neither git nor a disk.
//!
//! It shares the resolver and the reading of names with the real arm and nothing else: it keeps its own
//! maps for tags and branches, finds out by itself what the chain asks, and
//! says in its own words how a run goes. Where the two arms disagree, one of
//! them is wrong.

use std::collections::BTreeMap;

use crate::recipe::CanonicalRecord;
use crate::run::{BaseName, PlannedBase, PreviousKind, Resolver, Route, Stage};
use crate::scheme::Scheme;
use samever_core::{
    Base, Canonical, CommitId, Exclusion, Fallback, Head, Inputs, MainTip, PublishedSet,
    PublishedVersion, Rung, Version, resolve,
};

use super::PlanKind;
use crate::simulate::backend::{Backend, Flake, Observed, Ran, RunOrder, Tree};
use crate::simulate::ground::Ground;
use crate::simulate::model_links::{check_out, link_that_leads_out};
use crate::simulate::model_stack::{End, ModelStack, Piece, verdict};
use crate::simulate::model_stale::stale;
use crate::simulate::model_way::{by_hand, delta, named, stops};
use crate::simulate::repository::TagKind;
use crate::simulate::scenario::Scenario;
use crate::simulate::version_file::version_path;

/// Commits, tags and branches in memory.
pub(crate) struct ModelBackend<'a> {
    resolver: Resolver<'a>,
    ground: Ground,
    recipe: String,
    scheme: Scheme,
    previous: Option<Version>,
    commits: Vec<Tree>,
    tags: BTreeMap<String, CommitId>,
    branches: BTreeMap<String, CommitId>,
}

impl<'a> ModelBackend<'a> {
    pub(crate) fn new(scenario: &Scenario, resolver: Resolver<'a>) -> Self {
        Self {
            resolver,
            ground: Ground::PLAIN,
            recipe: scenario.recipe.name.to_string(),
            scheme: scenario.under.clone(),
            previous: scenario.previous.as_ref().map(|previous| {
                let version = previous.version.parse(&scenario.under);
                version.expect("the scenario was checked: this is a version")
            }),
            commits: Vec::new(),
            tags: BTreeMap::new(),
            branches: BTreeMap::new(),
        }
    }

    /// The same on another ground.
    pub(crate) fn on(self, ground: Ground) -> Self {
        Self { ground, ..self }
    }

    fn tree(&self, commit: CommitId) -> &Tree {
        let digits = commit.as_bytes().last_chunk().expect("an id has 20 bytes");
        &self.commits[u32::from_be_bytes(*digits) as usize]
    }

    /// The version of a commit, or that it has none.
    fn version(&self, commit: CommitId) -> Option<Version> {
        self.label(commit).ok()
    }

    /// The version of a commit, or why it has none.
    fn label(&self, commit: CommitId) -> Result<Version, String> {
        if !self.scheme.is_stated() {
            return Err("no file says it".to_owned());
        }
        let label = self.tree(commit).label.as_deref();
        let label = label.ok_or("compose.yml has no version label")?;
        self.scheme
            .parse(label)
            .map_err(|error| format!("the version label {label} is no version: {error}"))
    }

    /// The version of the head, or why it is not known.
    fn head_version(&self, order: &RunOrder<'_>, head: CommitId) -> Result<Version, String> {
        match (order.head_version, order.head.strip_prefix("refs/tags/")) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(tag)) if !self.scheme.is_stated() => {
                let version = self.scheme.parse(tag);
                version.map_err(|error| error.to_string())
            }
            (None, Some(_) | None) => self.label(head),
        }
    }

    /// Why there is no answer where upstream's rules for recipes do not hold.
    fn no_answer(&self, inputs: &Inputs<'_>) -> Option<String> {
        if self.scheme.is_of_recipes() || inputs.declared.is_some() {
            return None;
        }
        let scheme = self.scheme.name();
        if inputs.published.is_empty() {
            return Some(format!("nothing is published under the scheme {scheme}"));
        }
        let Ok(head) = inputs.head.version else {
            return Some(format!(
                "the head's version is not known under the scheme {scheme}"
            ));
        };
        let plan = resolve(inputs).ok()?;
        if plan.rung() == Rung::MainTip && inputs.policy.fallback == Fallback::ReleaseFirst {
            return Some(
                "nothing older than the head is published, so there is nothing to upgrade from"
                    .to_owned(),
            );
        }
        let base = match &plan.base {
            Base::Version(base) => Some(base.version().clone()),
            Base::Ref(commit) => self.version(*commit),
            Base::Skip(_) => return None,
        };
        let is_known =
            base.is_some_and(|base| base.is_same_version(head) || base.is_comparable(head));
        (!is_known).then(|| {
            format!(
                "nothing says whether the base is older than the head under the scheme {scheme}"
            )
        })
    }
}

/// A run does not look for the main branch where a declaration, an override or a canonical
/// decides.
fn asks_for_main(order: &RunOrder<'_>) -> bool {
    order.declared.is_none()
        && order.override_version.is_none()
        && (order.canonical.is_none() || order.policy.ignore_canonical)
}

/// What is brought up in one run.
struct Way<'a> {
    base: Option<&'a Pinned>,
    previous: PreviousKind,
    stops: Vec<Pinned>,
    head: &'a Pinned,
    /// Whether the head must refuse.
    is_refused: bool,
}

/// A commit that was checked out, and its version.
type Pinned = (CommitId, Option<Version>);

impl Backend for ModelBackend<'_> {
    type Error = std::convert::Infallible;

    fn commit(&mut self, _: Option<CommitId>, tree: &Tree) -> Result<CommitId, Self::Error> {
        let number = u32::try_from(self.commits.len()).expect("a scenario is small");
        self.commits.push(tree.clone());
        let mut id = [0; 20];
        id[16..].copy_from_slice(&number.to_be_bytes());
        Ok(CommitId::from_bytes(id))
    }

    fn tag(&mut self, tags: &[(&str, CommitId, TagKind)]) -> Result<(), Self::Error> {
        for (name, commit, _) in tags {
            self.tags.insert((*name).to_owned(), *commit);
        }
        Ok(())
    }

    fn delete_tag(&mut self, name: &str) -> Result<(), Self::Error> {
        self.tags.remove(name);
        Ok(())
    }

    fn branch(&mut self, name: &str, commit: CommitId) -> Result<(), Self::Error> {
        self.branches.insert(name.to_owned(), commit);
        Ok(())
    }

    fn run(&mut self, order: &RunOrder<'_>) -> Result<Ran, Self::Error> {
        Ok(Ran {
            observed: self.observe(order),
            account: None,
            calls: None,
        })
    }
}

impl ModelBackend<'_> {
    fn commit_of(&self, name: &str) -> CommitId {
        let tag = name.strip_prefix("refs/tags/");
        tag.map_or_else(|| self.branches[name], |tag| self.tags[tag])
    }

    fn observe(&self, order: &RunOrder<'_>) -> Result<Observed, String> {
        let head = self.commit_of(order.head);
        let main = self.branches["refs/heads/main"];
        let (version, main_version) = (self.head_version(order, head), self.version(main));
        let published = self.scheme.published(self.tags.keys());
        let is_main_asked_for = asks_for_main(order);
        let head_facts = Head {
            commit: head,
            version: version.as_ref().map_err(String::as_str),
        };
        let inputs = Inputs::new(head_facts, &published)
            .declared(order.declared)
            .override_version(order.override_version)
            .main_tip(is_main_asked_for.then_some(MainTip {
                name: "main",
                commit: main,
                version: main_version.as_ref(),
            }))
            .canonical(order.canonical.map(|record| Canonical {
                version: &record.version,
                commit: record.commit,
                tag_commit: None,
            }))
            .shallow(self.ground.layout.is_shallow)
            .policy(order.policy);
        let excluded = self.excluded(order, &inputs);
        let inputs = inputs.excluded(&excluded);
        if let Some(why) = self.no_answer(&inputs) {
            return Err(why);
        }
        let why_not = |one: &PublishedVersion| self.why_no_base(one, inputs.head);
        let plan = match order.from {
            Some(name) if *name != BaseName::Chain => named(name, &inputs, &self.scheme, &why_not)?,
            Some(_) | None => (self.resolver.decide)(&inputs)?,
        };
        let stops = stops(order.route, &inputs, &plan.base, &self.scheme, &why_not)?;
        check_out(self.tree(head), version_path(&self.scheme))?;
        let (kind, base, base_name) = self.pin(&plan.base)?;
        let version = version.as_ref().ok();
        let previous = self.previous_for(base.as_ref());
        let mut stack = ModelStack::new(self.ground.manner.misdeed);
        let head_pinned = (head, version.cloned());
        let way = Way {
            base: base.as_ref(),
            previous,
            stops: stops.iter().map(|stop| self.pinned(stop)).collect(),
            head: &head_pinned,
            is_refused: *order.route == Route::Refused,
        };
        let ended = self.upgrade(&mut stack, &way, order.flaky);
        // After a refusal it is the base that runs again.
        let refuses_same = self.resolver.refuses_same_version && !way.is_refused;
        let red = stack.end(ended, refuses_same)?;
        Ok(Observed {
            plan: kind,
            base: base_name,
            stops: stops.iter().map(|stop| stop.tag()).collect(),
            rung: plan.rung,
            delta: delta(&plan.base, version),
            reason: match plan.base {
                PlannedBase::Skip { reason } => reason,
                PlannedBase::Version { .. } | PlannedBase::Ref { .. } => plan.reason,
            },
            verdict: verdict(red, kind),
            stage: red,
            previous,
            stale: stale(order.excluded, &inputs),
            promoted: (red.is_none() && stack.is_seen() && self.promotes(order, version))
                .then(|| self.record(self.release(head, &published)?, version))
                .flatten()
                .filter(|record| Some(record) != order.canonical),
        })
    }

    /// The versions that must not be a base: those that the operator excludes, and those that
    /// cannot be one.
    fn excluded(&self, order: &RunOrder<'_>, inputs: &Inputs<'_>) -> Vec<Exclusion> {
        let mut excluded = by_hand(order.excluded, inputs.published);
        let unpinnable = self.unpinnable(&inputs.excluded(&excluded));
        excluded.extend(unpinnable);
        excluded
    }

    /// The version from which the chain would upgrade, where it cannot be a base; and then
    /// those that it comes to on its way back from the head, up to the first that can be one.
    fn unpinnable(&self, inputs: &Inputs<'_>) -> Vec<Exclusion> {
        let Ok(plan) = resolve(inputs) else {
            return Vec::new();
        };
        let Base::Version(first) = plan.base else {
            return Vec::new();
        };
        let mut excluded = Vec::new();
        let mut candidate = Some(first);
        while let Some(published) = candidate {
            let Some(reason) = self.why_no_base(published, inputs.head) else {
                break;
            };
            excluded.push(Exclusion {
                version: published.version().clone(),
                reason,
            });
            candidate = match inputs.head.version {
                Ok(head) if inputs.override_version.is_none() => {
                    let mut older: Vec<_> = inputs.published.iter().collect();
                    older.retain(|other| {
                        let version = other.version();
                        let known = excluded.iter().chain(inputs.excluded);
                        let is_known = known.into_iter().any(|known| known.version == *version);
                        let is_kept_out = version.is_prerelease() && !inputs.policy.prereleases;
                        version.is_older_than(head) && !is_known && !is_kept_out
                    });
                    older
                        .into_iter()
                        .max_by(|a, b| a.version().cmp(b.version()))
                }
                Ok(_) | Err(_) => None,
            };
        }
        excluded
    }

    /// Why a tag's tree cannot be the base of an upgrade to the head, if it cannot.
    fn why_no_base(&self, published: &PublishedVersion, head: Head<'_>) -> Option<String> {
        let commit = self.tags[&published.tag()];
        if commit == head.commit {
            return Some("its tag leads to the head's own commit".to_owned());
        }
        if !self.scheme.is_stated() {
            return None;
        }
        let found = match self.label(commit) {
            Ok(found) => found,
            Err(why) => {
                let what = "no version that can be read";
                return Some(format!("its tag's tree says {what}: {why}"));
            }
        };
        if head.version.is_ok_and(|head| found.is_same_version(head)) {
            let what = "which is the head's own version";
            return Some(format!("its tag's tree says {found}, {what}"));
        }
        if !found.is_same_version(published.version()) {
            return Some(format!("its tag's tree says {found}"));
        }
        if !self.scheme.is_of_recipes() {
            return None;
        }
        let link = link_that_leads_out(self.tree(commit))?;
        Some(format!(
            "its tag's tree cannot be checked out: {link} is a symbolic link out of the tree"
        ))
    }

    /// The kind of a base, its commit with its version, and its name.
    fn pin(
        &self,
        base: &PlannedBase,
    ) -> Result<(PlanKind, Option<Pinned>, Option<String>), String> {
        match base {
            PlannedBase::Skip { .. } => Ok((PlanKind::Skip, None, None)),
            PlannedBase::Ref { commit, .. } => {
                check_out(self.tree(*commit), version_path(&self.scheme))?;
                let version = self.version(*commit);
                let name = version.as_ref().map(ToString::to_string);
                Ok((PlanKind::Ref, Some((*commit, version)), name))
            }
            PlannedBase::Version { version, tag, .. } => {
                let commit = self.tags[tag];
                check_out(self.tree(commit), version_path(&self.scheme))?;
                let found = if self.scheme.is_stated() {
                    self.version(commit)
                } else {
                    Some(version.clone())
                };
                if found
                    .as_ref()
                    .is_some_and(|found| found.is_same_version(version))
                {
                    Ok((PlanKind::Version, Some((commit, found)), Some(tag.clone())))
                } else {
                    Err(format!("the tag {tag} cannot be pinned"))
                }
            }
        }
    }

    /// The commit of the newest published version, where its tree is the head's.
    fn release(&self, head: CommitId, published: &PublishedSet) -> Option<CommitId> {
        let commit = self.tags[&published.newest()?.tag()];
        (self.tree(commit) == self.tree(head)).then_some(commit)
    }

    fn record(&self, commit: CommitId, version: Option<&Version>) -> Option<CanonicalRecord> {
        Some(CanonicalRecord {
            recipe: Some(self.recipe.clone()),
            version: version?.clone(),
            commit: Some(commit),
            origin: None,
        })
    }

    fn previous_for(&self, base: Option<&Pinned>) -> PreviousKind {
        match (&self.previous, base) {
            (None, _) | (_, None) => PreviousKind::None,
            (Some(previous), Some((_, version))) if version.as_ref() == Some(previous) => {
                PreviousKind::Applied
            }
            (Some(_), Some(_)) => PreviousKind::Stale,
        }
    }

    fn pinned(&self, published: &PublishedVersion) -> Pinned {
        let commit = self.tags[&published.tag()];
        (commit, Some(published.version().clone()))
    }

    /// Brings the base up, each stop over it, and the head over the last of them.
    fn upgrade(
        &self,
        stack: &mut ModelStack,
        way: &Way<'_>,
        flaky: Option<Flake>,
    ) -> Result<(), End> {
        let (head, head_version) = way.head;
        let head_tree = self.tree(*head);
        let at_base = (Stage::BaseDeploy, Stage::BaseCheck);
        let mut base_piece = None;
        if let Some((base, version)) = way.base {
            let tree = self.tree(*base);
            let same = match (version, head_version) {
                (Some(base), Some(head)) => base.is_same_version(head),
                (None, _) | (_, None) => tree.is_but_for_the_label(head_tree),
            };
            if self.resolver.refuses_same_version && (same || tree == head_tree) {
                return Err(End::Red(Stage::NoDelta));
            }
            let piece = Piece {
                tree,
                version: version.as_ref(),
                overlay: way.previous == PreviousKind::Applied,
            };
            stack.bring_up(&piece, at_base, flaky)?;
            stack.seed(flaky)?;
            base_piece = Some(piece);
        }
        for (commit, version) in &way.stops {
            let piece = Piece {
                tree: self.tree(*commit),
                version: version.as_ref(),
                overlay: false,
            };
            stack.bring_up(&piece, (Stage::StopDeploy, Stage::StopCheck), flaky)?;
            stack.verify()?;
        }
        let piece = Piece {
            tree: head_tree,
            version: head_version.as_ref(),
            overlay: false,
        };
        let Some(base_piece) = base_piece else {
            return stack.bring_up(&piece, (Stage::HeadDeploy, Stage::HeadCheck), flaky);
        };
        let ended = stack.bring_up(&piece, (Stage::Upgrade, Stage::HeadCheck), flaky);
        match ended {
            Err(End::Red(Stage::Upgrade | Stage::HeadCheck)) if way.is_refused => {
                stack
                    .bring_up(&base_piece, at_base, flaky)
                    .map_err(|end| match end {
                        End::Red(Stage::BaseDeploy | Stage::BaseCheck) => End::Red(Stage::Refusal),
                        other => other,
                    })?;
            }
            Ok(()) if way.is_refused => return Err(End::Red(Stage::Refusal)),
            ended => ended?,
        }
        stack.verify()
    }

    /// Whether a run that is not red makes its head the canonical.
    fn promotes(&self, order: &RunOrder<'_>, head: Option<&Version>) -> bool {
        let conditions = order.conditions;
        let Some(head) = head else { return false };
        let newer = |version: &Version| head.is_older_than(version);
        let published = self.scheme.published(self.tags.keys());
        let mut versions: Vec<_> = published.iter().map(PublishedVersion::version).collect();
        versions.sort();
        let is_latest = versions
            .last()
            .is_some_and(|last| last.is_same_version(head));
        let goes_back = order.canonical.is_some_and(|record| newer(&record.version));
        conditions.enrolled
            && conditions.cold
            && !conditions.quick
            && !conditions.of_a_ref
            && is_latest
            && !goes_back
            && *order.route != Route::Refused
    }
}
