//! The model: a recipe and its tier in memory, with neither git nor a disk.
//!
//! It shares the resolver with the real arm and nothing else: it keeps its own
//! maps for tags and branches, finds out by itself what the chain asks, and
//! says in its own words how a run goes. Where the two arms disagree, one of
//! them is wrong.

use std::collections::BTreeMap;

use crate::recipe::CanonicalRecord;
use crate::run::{PlannedBase, PreviousKind, Resolver, Stage, VerdictKind};
use samever_core::{
    Base, Canonical, CommitId, Delta, Exclusion, Head, Inputs, MainTip, PublishedSet, Version,
    resolve,
};

use super::PlanKind;
use crate::simulate::backend::{Backend, Observed, Ran, RunOrder, Tree};
use crate::simulate::ground::Ground;
use crate::simulate::model_stack::{End, ModelStack, Piece};
use crate::simulate::repository::TagKind;
use crate::simulate::scenario::Scenario;

/// Commits, tags and branches in memory.
pub(crate) struct ModelBackend<'a> {
    resolver: Resolver<'a>,
    ground: Ground,
    recipe: String,
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
            previous: scenario
                .previous
                .as_ref()
                .map(|previous| previous.version.0.clone()),
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

    /// The first link of a tree that leads out of it.
    fn link_that_leads_out(&self, commit: CommitId) -> Option<&String> {
        let links = &self.tree(commit).links;
        let leads_out = |path: &&String| !follow(links, path, &mut Vec::new(), 0);
        links.keys().find(leads_out)
    }

    /// A tree with a link that leads out of it is not checked out, nor one with
    /// a link that climbs and leads to nothing.
    fn check_out(&self, commit: CommitId) -> Result<(), String> {
        let Tree { files, links, .. } = self.tree(commit);
        let is_there = |place: &str| {
            let is_it = |path: &String| {
                let rest = path.strip_prefix(place);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            place.is_empty()
                || place == "compose.yml"
                || files.keys().any(is_it)
                || links.keys().any(is_it)
        };
        for (path, target) in links {
            let mut place = Vec::new();
            let stays = follow(links, path, &mut place, 0);
            let climbs = target.split('/').any(|part| part == "..");
            if !stays || (climbs && !is_there(&place.join("/"))) {
                return Err(format!("{path} is a symbolic link out of the recipe"));
            }
        }
        Ok(())
    }

    /// The version of a commit, or that it has none.
    fn version(&self, commit: CommitId) -> Option<Version> {
        self.label(commit).ok()
    }

    /// The version of a commit, or why it has none.
    fn label(&self, commit: CommitId) -> Result<Version, String> {
        let label = self.tree(commit).label.as_deref();
        let label = label.ok_or("compose.yml has no version label")?;
        Version::parse(label)
            .map_err(|error| format!("the version label {label} is no version: {error}"))
    }
}

/// Goes along a path from a place in a tree, and tells whether it stays inside.
fn follow<'a>(
    links: &'a BTreeMap<String, String>,
    path: &'a str,
    place: &mut Vec<&'a str>,
    depth: usize,
) -> bool {
    if path.starts_with('/') {
        return false;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if place.pop().is_none() {
                    return false;
                }
            }
            name => place.push(name),
        }
        if let Some(target) = links.get(&place.join("/")) {
            // A link is where it stands, and leads on from there.
            place.pop();
            // A circle of links leads nowhere.
            if depth < 40 && !follow(links, target, place, depth + 1) {
                return false;
            }
        }
    }
    true
}

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
    fn observe(&self, order: &RunOrder<'_>) -> Result<Observed, String> {
        let head = match order.head.strip_prefix("refs/tags/") {
            Some(tag) => self.tags[tag],
            None => self.branches[order.head],
        };
        let main = self.branches["refs/heads/main"];
        let (version, main_version) = (self.label(head), self.version(main));
        let published = PublishedSet::from_tags(self.tags.keys());
        // A run does not look for the main branch where a declaration, an override or a
        // canonical decides.
        let is_main_asked_for = order.declared.is_none()
            && order.override_version.is_none()
            && (order.canonical.is_none() || order.policy.ignore_canonical);
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
        let excluded = self.excluded(&inputs);
        let plan = (self.resolver.decide)(&inputs.excluded(&excluded))?;
        self.check_out(head)?;
        let (kind, base, base_name) = self.pin(&plan.base)?;
        let version = version.as_ref().ok();
        let previous = self.previous_for(base);
        let mut stack = ModelStack::new(self.ground.manner.misdeed);
        let ended = self.upgrade(&mut stack, head, base, previous, order.flaky);
        let red = stack.end(ended, self.resolver.refuses_same_version)?;
        Ok(Observed {
            plan: kind,
            base: base_name,
            rung: plan.rung,
            delta: delta(&plan.base, version),
            reason: match plan.base {
                PlannedBase::Skip { reason } => reason,
                PlannedBase::Version { .. } | PlannedBase::Ref { .. } => plan.reason,
            },
            verdict: match (red, kind) {
                (Some(_), _) => VerdictKind::Red,
                (None, PlanKind::Skip) => VerdictKind::Skipped,
                (None, PlanKind::Version | PlanKind::Ref) => VerdictKind::Green,
            },
            stage: red,
            previous,
            promoted: (red.is_none() && stack.is_seen() && self.promotes(order, version))
                .then(|| self.record(self.release(head, &published)?, version))
                .flatten()
                .filter(|record| Some(record) != order.canonical),
        })
    }

    /// The version from which the chain would upgrade, where it cannot be a base; and then
    /// those that it comes to on its way back from the head, up to the first that can be one.
    fn excluded(&self, inputs: &Inputs<'_>) -> Vec<Exclusion> {
        let Ok(plan) = resolve(inputs) else {
            return Vec::new();
        };
        let Base::Version(first) = plan.base else {
            return Vec::new();
        };
        let mut excluded = Vec::new();
        let mut candidate = Some(first);
        while let Some(published) = candidate {
            let Some(reason) = self.why_no_base(&published.tag(), inputs.head) else {
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
                        let is_known = excluded.iter().any(|known| known.version == *version);
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
    fn why_no_base(&self, tag: &str, head: Head<'_>) -> Option<String> {
        let commit = self.tags[tag];
        if commit == head.commit {
            return Some("its tag leads to the head's own commit".to_owned());
        }
        let found = match self.label(commit) {
            Ok(found) => found,
            Err(why) => {
                let what = "no version that can be read";
                return Some(format!("its tag's tree says {what}: {why}"));
            }
        };
        let named = Version::parse_tag(tag).expect("it is a published version's tag");
        if head.version.is_ok_and(|head| found.is_same_version(head)) {
            let what = "which is the head's own version";
            return Some(format!("its tag's tree says {found}, {what}"));
        }
        if !found.is_same_version(&named) {
            return Some(format!("its tag's tree says {found}"));
        }
        let link = self.link_that_leads_out(commit)?;
        Some(format!(
            "its tag's tree cannot be checked out: {link} is a symbolic link out of the recipe"
        ))
    }

    /// The kind of a base, its commit and its name.
    fn pin(
        &self,
        base: &PlannedBase,
    ) -> Result<(PlanKind, Option<CommitId>, Option<String>), String> {
        match base {
            PlannedBase::Skip { .. } => Ok((PlanKind::Skip, None, None)),
            PlannedBase::Ref { commit, .. } => {
                self.check_out(*commit)?;
                let version = self.version(*commit).map(|version| version.to_string());
                Ok((PlanKind::Ref, Some(*commit), version))
            }
            PlannedBase::Version { version, tag, .. } => {
                let commit = self.tags[tag];
                self.check_out(commit)?;
                let found = self.version(commit);
                if found.is_some_and(|found| found.is_same_version(version)) {
                    Ok((PlanKind::Version, Some(commit), Some(tag.clone())))
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

    fn previous_for(&self, base: Option<CommitId>) -> PreviousKind {
        match (&self.previous, base) {
            (None, _) | (_, None) => PreviousKind::None,
            (Some(previous), Some(base)) if self.version(base).as_ref() == Some(previous) => {
                PreviousKind::Applied
            }
            (Some(_), Some(_)) => PreviousKind::Stale,
        }
    }

    /// Brings the base up, and the head over it.
    fn upgrade(
        &self,
        stack: &mut ModelStack,
        head: CommitId,
        base: Option<CommitId>,
        previous: PreviousKind,
        flaky: bool,
    ) -> Result<(), End> {
        let (head_tree, head_version) = (self.tree(head), self.version(head));
        if let Some(base) = base {
            let (tree, version) = (self.tree(base), self.version(base));
            let same = match (&version, &head_version) {
                (Some(base), Some(head)) => base.is_same_version(head),
                (None, _) | (_, None) => tree.is_but_for_the_label(head_tree),
            };
            if self.resolver.refuses_same_version && (same || tree == head_tree) {
                return Err(End::Red(Stage::NoDelta));
            }
            let piece = Piece {
                tree,
                version: version.as_ref(),
                overlay: previous == PreviousKind::Applied,
            };
            stack.bring_up(&piece, (Stage::BaseDeploy, Stage::BaseCheck), flaky)?;
        }
        let piece = Piece {
            tree: head_tree,
            version: head_version.as_ref(),
            overlay: false,
        };
        let at_deploy = if base.is_some() {
            Stage::Upgrade
        } else {
            Stage::HeadDeploy
        };
        stack.bring_up(&piece, (at_deploy, Stage::HeadCheck), flaky)
    }

    /// Whether a run that is not red makes its head the canonical.
    fn promotes(&self, order: &RunOrder<'_>, head: Option<&Version>) -> bool {
        let conditions = order.conditions;
        let Some(head) = head else { return false };
        let newer = |version: &Version| head.is_older_than(version);
        let tags = self
            .tags
            .keys()
            .filter_map(|tag| Version::parse_tag(tag).ok());
        let mut versions: Vec<_> = tags.collect();
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
    }
}

/// How the base of a plan compares to the head; `None` for a skip.
fn delta(base: &PlannedBase, head: Option<&Version>) -> Option<Delta> {
    if base.is_skip() {
        return None;
    }
    let (Some(base), Some(head)) = (base.version(), head) else {
        return Some(Delta::Unknown);
    };
    Some(if base.is_same_version(head) {
        Delta::None
    } else if base.is_older_than(head) {
        Delta::Forward
    } else {
        Delta::Backward
    })
}
