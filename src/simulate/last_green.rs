//! The resolver and the tier as they were before the cure.
//!
//! The base is the canonical, whatever the head is; so on every quiet night the
//! upgrade goes from a version to itself, which is not refused. Scenarios
//! are replayed with it to show that they can fail.

use crate::run::{OwnedPlan, PlannedBase, PlannedStep, Resolver};
use samever_core::{Delta, Inputs, Rung};

/// The canonical is the base, always.
pub const LAST_GREEN: Resolver<'static> = Resolver {
    name: "historical",
    decide: &historical,
    refuses_same_version: false,
};

fn historical(inputs: &Inputs<'_>) -> Result<OwnedPlan, String> {
    let (base, rung, reason, base_version) = if let Some(reason) = inputs.declared {
        let base = PlannedBase::Skip {
            reason: reason.to_owned(),
        };
        (base, Rung::Declared, reason.to_owned(), None)
    } else if let Some(version) = inputs.override_version {
        let reason = format!("the base version {version} is given by hand");
        (
            tagged(inputs, version)?,
            Rung::Override,
            reason,
            Some(version),
        )
    } else if let Some(canonical) = inputs.canonical {
        let version = canonical.version;
        let reason = format!("the base is the canonical (last green) version {version}");
        (
            tagged(inputs, version)?,
            Rung::Canonical,
            reason,
            Some(version),
        )
    } else {
        let main_tip = inputs.main_tip.ok_or("the main branch is unknown")?;
        if main_tip.commit == inputs.head.commit {
            let reason = "head == main tip (no predecessor delta)".to_owned();
            (
                PlannedBase::Skip {
                    reason: reason.clone(),
                },
                Rung::MainTip,
                reason,
                None,
            )
        } else {
            let base = PlannedBase::Ref {
                commit: main_tip.commit,
                version: main_tip.version.cloned(),
            };
            let reason = "there is no canonical, so the base is the main tip".to_owned();
            (base, Rung::MainTip, reason, main_tip.version)
        }
    };
    Ok(OwnedPlan {
        rung: Some(rung),
        delta: (!base.is_skip()).then(|| Delta::between(base_version, inputs.head.version.ok())),
        base,
        trail: vec![PlannedStep {
            rung,
            passed: false,
            because: reason.clone(),
        }],
        reason,
    })
}

fn tagged(inputs: &Inputs<'_>, version: &samever_core::Version) -> Result<PlannedBase, String> {
    let published = inputs.published.find(version);
    let published = published.ok_or_else(|| format!("{version} is not published"))?;
    Ok(PlannedBase::Version {
        version: published.version().clone(),
        tag: published.tag(),
        commit: None,
    })
}
