//! What of the operator's settings changes nothing any more, as the model has it: found by trying
//! each of them alone, on sorted versions.

use samever_core::{Base, Exclusion, Inputs, PublishedVersion, Version, resolve};

use crate::recipe::ExcludedVersions;

/// The settings that are stale, as a report names them.
pub(super) fn stale(excluded: &[ExcludedVersions], inputs: &Inputs<'_>) -> Vec<String> {
    let mut stale = Vec::new();
    let is_decided = inputs.declared.is_some() || inputs.override_version.is_some();
    if inputs.declared.is_some() {
        let plan = resolve(&inputs.declared(None));
        if plan.is_ok_and(|plan| matches!(plan.base, Base::Skip(_))) {
            stale.push("not-applicable".to_owned());
        }
    } else if let Some(given) = inputs.override_version {
        let plan = resolve(&inputs.override_version(None)).ok();
        let base = plan.and_then(|plan| tag(plan.base));
        let meant = inputs.published.find(given).map(PublishedVersion::tag);
        if meant.is_some() && base == meant {
            stale.push(format!("override {given}"));
        }
    }
    let mut versions: Vec<&Version> = inputs
        .published
        .iter()
        .map(PublishedVersion::version)
        .collect();
    versions.sort();
    let mut removed = Vec::new();
    for (number, one) in excluded.iter().enumerate() {
        let holds = |version: &Version, without: &[usize]| {
            let mut left = excluded.iter().enumerate();
            left.any(|(at, other)| !without.contains(&at) && other.holds(version))
        };
        let others: Vec<usize> = removed.iter().copied().chain([number]).collect();
        let alone = versions.iter().filter(|version| one.holds(version));
        let is_alone = alone.clone().any(|version| !holds(version, &others));
        if is_alone && !is_decided {
            let is_candidate = |version: &&&Version| {
                let head = inputs.head.version;
                head.is_ok_and(|head| version.is_older_than(head))
                    && (inputs.policy.prereleases || !version.is_prerelease())
                    && !holds(version, &removed)
            };
            let newest = versions.iter().rev().find(is_candidate);
            let is_behind =
                newest.is_some_and(|newest| alone.clone().all(|one| one.is_older_than(newest)));
            let answer = |without: &[usize]| {
                let by_hand = |version: &Version| excluded.iter().any(|one| one.holds(version));
                let others = inputs.excluded.iter().filter(|one| !by_hand(&one.version));
                let ours = versions.iter().filter(|version| holds(version, without));
                let ours = ours.map(|version| Exclusion {
                    version: (*version).clone(),
                    reason: String::new(),
                });
                let all: Vec<_> = others.cloned().chain(ours).collect();
                let plan = resolve(&inputs.excluded(&all)).ok()?;
                Some(tag(plan.base).unwrap_or_else(|| format!("{:?}", plan.base)))
            };
            if !is_behind || answer(&removed).is_none() || answer(&removed) != answer(&others) {
                continue;
            }
        } else if is_alone {
            continue;
        }
        stale.push(one.name());
        removed.push(number);
    }
    stale
}

fn tag(base: Base<'_>) -> Option<String> {
    match base {
        Base::Version(base) => Some(base.tag()),
        Base::Ref(_) | Base::Skip(_) => None,
    }
}
