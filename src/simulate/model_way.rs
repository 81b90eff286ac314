//! The base of a name and the stops on the way, as the model has them: found by sorting all
//! versions and counting off.

use samever_core::{Delta, Exclusion, Inputs, PublishedSet, PublishedVersion, Rung, Version};

use crate::recipe::ExcludedVersions;
use crate::run::{BaseName, OwnedPlan, PlannedBase, PlannedStep, Route, StopName};
use crate::scheme::Scheme;

/// Why a tag cannot be pinned, if it cannot.
pub(super) type WhyNot<'a> = &'a dyn Fn(&PublishedVersion) -> Option<String>;

/// The published versions older than the head that can be a base, the oldest first.
fn candidates<'a>(
    inputs: &Inputs<'a>,
    why_not: WhyNot<'_>,
) -> Result<(&'a Version, Vec<&'a PublishedVersion>), String> {
    let head = inputs
        .head
        .version
        .map_err(|why| format!("the head's version cannot be read ({why})"))?;
    let mut all: Vec<_> = inputs.published.iter().collect();
    all.retain(|one| {
        let version = one.version();
        let mut excluded = inputs.excluded.iter();
        version.is_older_than(head)
            && (inputs.policy.prereleases || !version.is_prerelease())
            && !excluded.any(|other| other.version == *version)
            && why_not(one).is_none()
    });
    all.sort_by(|one, other| one.version().cmp(other.version()));
    Ok((head, all))
}

/// The plan of a run from the base of a name.
pub(super) fn named(
    name: &BaseName,
    inputs: &Inputs<'_>,
    scheme: &Scheme,
    why_not: WhyNot<'_>,
) -> Result<OwnedPlan, String> {
    let (head, older) = candidates(inputs, why_not)?;
    let newest = older.last().map(|one| one.version());
    let last = |is_meant: &dyn Fn(&Version) -> bool| {
        older.iter().rfind(|one| is_meant(one.version())).copied()
    };
    let first = |is_meant: &dyn Fn(&Version) -> bool| {
        older.iter().find(|one| is_meant(one.version())).copied()
    };
    let of_newest = |series: &str| match newest {
        Some(newest) => format!("the oldest version of the {series} series of {newest}"),
        None => format!("no published version is older than the head {head}"),
    };
    let (found, because) = match name {
        BaseName::Previous => (
            last(&|_| true),
            format!("the newest published version older than the head {head}"),
        ),
        BaseName::PreviousMinor => (
            last(&|one| !one.is_of_same_minor(head)),
            format!("the newest version of an older minor series than the head {head}"),
        ),
        BaseName::PreviousMajor => (
            last(&|one| !one.is_of_same_major(head)),
            format!("the newest version of an older major series than the head {head}"),
        ),
        BaseName::FirstOfMinor => (
            first(&|one| newest.is_some_and(|newest| one.is_of_same_minor(newest))),
            of_newest("minor"),
        ),
        BaseName::FirstOfMajor => (
            first(&|one| newest.is_some_and(|newest| one.is_of_same_major(newest))),
            of_newest("major"),
        ),
        BaseName::Version(text) => {
            let version = scheme.parse(text).map_err(|error| error.to_string())?;
            let meant = inputs.published.find(&version);
            let meant = meant.ok_or_else(|| format!("the base {version} is not published"))?;
            let is_it = |one: &Version| one == meant.version();
            let found = last(&is_it).ok_or_else(|| format!("the base {version} cannot be one"))?;
            (Some(found), "it is given by name".to_owned())
        }
        BaseName::Chain | BaseName::OldestSupported | BaseName::EveryCanonical | BaseName::All => {
            unreachable!("the scenario was checked: the name leads to one base")
        }
    };
    let base = match found {
        Some(found) => PlannedBase::Version {
            version: found.version().clone(),
            tag: found.tag(),
            commit: None,
        },
        None => PlannedBase::Skip {
            reason: format!("there is none: {because}"),
        },
    };
    let because = match &base {
        PlannedBase::Skip { reason } => reason.clone(),
        PlannedBase::Version { .. } | PlannedBase::Ref { .. } => because,
    };
    Ok(plan(name, base, &because, head))
}

fn plan(name: &BaseName, base: PlannedBase, because: &str, head: &Version) -> OwnedPlan {
    let reason = format!("{name}: {because}");
    OwnedPlan {
        delta: base.delta(Some(head)),
        base,
        rung: Some(Rung::Override),
        trail: vec![PlannedStep {
            rung: Rung::Override,
            passed: false,
            because: reason.clone(),
        }],
        reason,
    }
}

/// The stops between a base and the head, in order.
pub(super) fn stops<'a>(
    route: &Route,
    inputs: &Inputs<'a>,
    base: &PlannedBase,
    scheme: &Scheme,
    why_not: WhyNot<'_>,
) -> Result<Vec<&'a PublishedVersion>, String> {
    let Route::Stops(asked) = route else {
        return Ok(Vec::new());
    };
    let mut stops = Vec::new();
    for name in asked.names() {
        let StopName::Version(text) = name else {
            continue;
        };
        let version = scheme.parse(text).map_err(|error| error.to_string())?;
        let stop = inputs.published.find(&version);
        let stop = stop.ok_or_else(|| format!("the stop {version} is not published"))?;
        let mut excluded = inputs.excluded.iter();
        let is_heads = |head: &Version| head.is_same_version(stop.version());
        let is_out =
            excluded.any(|other| other.version == *stop.version()) || why_not(stop).is_some();
        if is_out && !inputs.head.version.is_ok_and(is_heads) {
            return Err(format!("the stop {version} cannot be one"));
        }
        stops.push(stop);
    }
    if base.is_skip() {
        return Ok(Vec::new());
    }
    let (head, older) = candidates(inputs, why_not)?;
    let from = base
        .version()
        .ok_or("the version of the base is not known, so no stop can be placed")?;
    for name in asked.names() {
        let is_of_same = match name {
            StopName::EachMajor => Version::is_of_same_major,
            StopName::EachMinor => Version::is_of_same_minor,
            StopName::Version(_) => continue,
        };
        for (at, one) in older.iter().enumerate() {
            let next = older.get(at + 1).map_or(head, |next| next.version());
            // The last of its series, of which the head is not.
            if !is_of_same(one.version(), next) && !is_of_same(one.version(), head) {
                stops.push(one);
            }
        }
    }
    stops.retain(|stop| from.is_older_than(stop.version()) && stop.version().is_older_than(head));
    stops.sort_by(|one, other| one.version().cmp(other.version()));
    stops.dedup_by(|one, other| one.version().is_same_version(other.version()));
    Ok(stops)
}

/// The published versions that the operator excludes.
pub(super) fn by_hand(excluded: &[ExcludedVersions], published: &PublishedSet) -> Vec<Exclusion> {
    let mut held = Vec::new();
    for version in published.iter().map(PublishedVersion::version) {
        if let Some(one) = excluded.iter().find(|one| one.holds(version)) {
            held.push(Exclusion {
                version: version.clone(),
                reason: one.told(),
            });
        }
    }
    held
}

/// How the base of a plan compares to the head; `None` for a skip.
pub(super) fn delta(base: &PlannedBase, head: Option<&Version>) -> Option<Delta> {
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
