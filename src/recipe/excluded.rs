//! Published versions that must not be a base: those that the operator excludes, those that cannot
//! be pinned, and what of the operator's settings changes nothing any more.

use std::fmt::{self, Display, Formatter};

use jiff::civil::Date;
use samever_core::{
    Base, Exclusion, Head, Inputs, PublishedSet, PublishedVersion, Rung, Version, resolve,
};

use crate::recipe::error::RecipeError;
use crate::recipe::repository::Recipe;
use crate::recipe::words::parse_reason_why;
use crate::scheme::{Scheme, VersionRange};

/// Versions that the operator excludes from being bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcludedVersions {
    versions: VersionRange,
    reason: String,
    /// The last day on which they were excluded, where that is past.
    ended: Option<Date>,
}

impl ExcludedVersions {
    /// Reads one version or a range of a scheme, and the reason why these must not be a base.
    ///
    /// # Errors
    ///
    /// Either makes no sense; the text is a clause.
    pub(crate) fn new(scheme: &Scheme, versions: &str, reason: &str) -> Result<Self, String> {
        let range = VersionRange::parse(scheme, versions)?;
        let reason = parse_reason_why(reason, "these versions must not be a base")
            .map_err(|why| format!("the reason for {range}: {why}"))?;
        Ok(Self {
            versions: range,
            reason: reason.trim().to_owned(),
            ended: None,
        })
    }

    /// Reads `VERSIONS=REASON`. The `=` of a bound, such as `>=2`, ends nothing.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(crate) fn parse(scheme: &Scheme, text: &str) -> Result<Self, String> {
        let ends = |at: &usize| !text[..*at].ends_with(['<', '>']);
        let mut signs = text.match_indices('=').map(|(at, _)| at);
        let at = signs.find(ends).ok_or_else(|| {
            "it gives no reason; write VERSIONS=REASON, such as '3.0.0+2=its migration loses data'"
                .to_owned()
        })?;
        Self::new(scheme, &text[..at], &text[at + 1..])
    }

    /// The same up to a day, which is the last, where it is this day today.
    #[must_use]
    pub(crate) fn until(self, last: Date, today: Date) -> Self {
        let ended = (last < today).then_some(last);
        Self { ended, ..self }
    }

    /// Tells whether it excludes a version.
    pub(crate) fn holds(&self, version: &Version) -> bool {
        self.ended.is_none() && self.versions.holds(version)
    }

    /// The reason, as the chain tells it.
    pub(crate) fn told(&self) -> String {
        format!("the operator excludes it: {}", self.reason)
    }

    /// The name of the setting.
    pub(crate) fn name(&self) -> String {
        format!("exclude {}", self.versions)
    }
}

/// The published versions that the operator excludes, in the order in which their tags came.
pub(crate) fn excluded_by_hand<'a>(
    excluded: impl IntoIterator<Item = &'a ExcludedVersions>,
    published: &PublishedSet,
) -> Vec<Exclusion> {
    let excluded: Vec<_> = excluded.into_iter().collect();
    if excluded.is_empty() {
        return Vec::new();
    }
    let versions = published.iter().map(PublishedVersion::version);
    let exclusion = |version: &Version| {
        let by = excluded.iter().find(|excluded| excluded.holds(version))?;
        Some(Exclusion {
            version: version.clone(),
            reason: by.told(),
        })
    };
    versions.filter_map(exclusion).collect()
}

/// A setting of the operator's that changes nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    /// The setting, such as `exclude 3.0.0+2`.
    pub(crate) setting: String,
    why: String,
}

impl Display for Stale {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { setting, why } = self;
        write!(formatter, "{setting} is stale: {why}")
    }
}

/// The settings of the operator's that change nothing any more, an override and a declaration
/// among them. All that it tells of exclusions can be removed at once.
pub(crate) fn stale(excluded: &[ExcludedVersions], inputs: &Inputs<'_>) -> Vec<Stale> {
    let mut stale = Vec::new();
    if inputs.declared.is_some()
        && let Ok(plan) = resolve(&inputs.declared(None))
        && let Base::Skip(reason) = plan.base
    {
        stale.push(Stale {
            setting: "not-applicable".to_owned(),
            why: format!("without it the upgrade is skipped as well ({reason})"),
        });
    }
    if let (None, Some(given)) = (inputs.declared, inputs.override_version)
        && let Ok(plan) = resolve(&inputs.override_version(None))
        && let (Base::Version(base), rung) = (plan.base, plan.rung())
        && inputs.published.find(given) == Some(base)
    {
        stale.push(Stale {
            setting: format!("override {given}"),
            why: format!(
                "the rule {} gives {} as well; remove it",
                rung.name(),
                base.version()
            ),
        });
    }
    let mut live: Vec<_> = excluded.iter().collect();
    for one in excluded {
        let others: Vec<_> = live
            .iter()
            .filter(|other| !std::ptr::eq(**other, one))
            .copied()
            .collect();
        if let Some(why) = why_stale(one, &live, &others, inputs) {
            let setting = one.name();
            stale.push(Stale { setting, why });
            live = others;
        }
    }
    stale
}

/// Why an exclusion changes nothing beside others, if it does not: no later run would take one
/// of its versions either. With it, these hold.
fn why_stale(
    excluded: &ExcludedVersions,
    live: &[&ExcludedVersions],
    others: &[&ExcludedVersions],
    inputs: &Inputs<'_>,
) -> Option<String> {
    if let Some(last) = excluded.ended {
        return Some(format!(
            "it was until {last}; remove it, or give it a later day"
        ));
    }
    let published = inputs.published.iter().map(PublishedVersion::version);
    let covered: Vec<_> = published
        .filter(|version| excluded.holds(version))
        .collect();
    if covered.is_empty() {
        return Some("no such version is published; remove it".to_owned());
    }
    let holds_too = |version: &&Version| others.iter().any(|other| other.holds(version));
    if covered.iter().all(holds_too) {
        return Some("other exclusions hold for all of it; remove it".to_owned());
    }
    if inputs.declared.is_some() || inputs.override_version.is_some() {
        return None;
    }
    let head = inputs.head.version.ok()?;
    let by_hand = |exclusion: &&Exclusion| live.iter().any(|one| one.holds(&exclusion.version));
    let unpinnable = inputs.excluded.iter().filter(|one| !by_hand(one));
    let unpinnable: Vec<_> = unpinnable.cloned().collect();
    let exclusions = |of: &[&ExcludedVersions]| {
        let mut all = excluded_by_hand(of.iter().copied(), inputs.published);
        all.extend_from_slice(&unpinnable);
        all
    };
    let (with, without) = (exclusions(live), exclusions(others));
    let versions = with.iter().map(|exclusion| &exclusion.version).collect();
    let prereleases = inputs.policy.prereleases;
    let newest = inputs
        .published
        .newest_older_than(head, prereleases, &versions)?;
    let base = |excluded: &[Exclusion]| {
        let plan = resolve(&inputs.excluded(excluded)).ok()?;
        Some(match plan.base {
            Base::Version(base) => base.tag(),
            Base::Ref(commit) => commit.to_string(),
            Base::Skip(reason) => reason.to_string(),
        })
    };
    let is_behind = |version: &&Version| version.is_older_than(newest.version());
    let changes_nothing = covered.iter().all(is_behind) && base(&with)? == base(&without)?;
    changes_nothing.then(|| {
        format!(
            "{} is published, which is newer, so no run takes what it excludes; remove it",
            newest.version()
        )
    })
}

/// The versions that the chain would upgrade from and that cannot be pinned: the
/// first that it comes to, and then every one on its way back from the head, up
/// to the first that can be.
pub(super) fn unpinnable(recipe: &Recipe, inputs: &Inputs<'_>) -> Vec<Exclusion> {
    let exclusion = |base: &PublishedVersion| exclusion(recipe, inputs.head, base);
    let is_excluded = |base: &PublishedVersion| {
        let mut excluded = inputs.excluded.iter();
        excluded.any(|exclusion| exclusion.version == *base.version())
    };
    let Ok(plan) = resolve(inputs) else {
        return Vec::new();
    };
    let Base::Version(first) = plan.base else {
        return Vec::new();
    };
    let mut excluded: Vec<_> = exclusion(first).into_iter().collect();
    let (Ok(head), false, false) = (
        inputs.head.version,
        excluded.is_empty(),
        plan.rung() == Rung::Override,
    ) else {
        return excluded;
    };
    let candidates = inputs
        .published
        .older_than(head, inputs.policy.prereleases)
        .filter(|candidate| candidate.version() != first.version() && !is_excluded(candidate));
    excluded.extend(candidates.map_while(exclusion));
    excluded
}

/// Why a published version cannot be the base, if it cannot. Where its objects
/// cannot be read, that is the concern of the answer that names it.
fn exclusion(recipe: &Recipe, head: Head<'_>, published: &PublishedVersion) -> Option<Exclusion> {
    Some(Exclusion {
        version: published.version().clone(),
        reason: why_unpinnable(recipe, head, published)?,
    })
}

/// The same as a clause.
pub(crate) fn why_unpinnable(
    recipe: &Recipe,
    head: Head<'_>,
    published: &PublishedVersion,
) -> Option<String> {
    let version = published.version();
    let is_heads = |found: &Version| head.version.is_ok_and(|head| found.is_same_version(head));
    Some(match recipe.tag_commit(&published.tag()) {
        Err(RecipeError::TagWithoutCommit { kind, .. }) => {
            format!("its tag leads to a {kind}, not to a commit")
        }
        Err(_) => return None,
        Ok(commit) if commit == head.commit => "its tag leads to the head's own commit".to_owned(),
        Ok(_) if !recipe.scheme().is_stated() => return None,
        Ok(commit) => match recipe.version(commit).ok()? {
            Ok(found) if is_heads(&found) => {
                format!("its tag's tree says {found}, which is the head's own version")
            }
            Ok(found) if found.is_same_version(version) && !recipe.scheme().is_of_recipes() => {
                return None;
            }
            Ok(found) if found.is_same_version(version) => {
                let (path, why) = recipe.refused_entry(commit).ok()??;
                format!("its tag's tree cannot be checked out: {path} {why}")
            }
            Ok(found) => format!("its tag's tree says {found}"),
            Err(why) => format!("its tag's tree says no version that can be read: {why}"),
        },
    })
}
