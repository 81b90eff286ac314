//! The chain: an ordered list of rules; the first that does not pass
//! decides.
//!
//! | # | rung | when | answer |
//! |---|---|---|---|
//! | 0 | `declared` | the tier is declared not applicable | skip, that reason |
//! | 1 | `override` | a base version is given by hand | that version |
//! | 2 | `canonical` | the canonical is published and older than the head, or the head is unreadable | the canonical |
//! | 3 | `step-back` | any other canonical | the newest published version older than the head, else skip |
//! | – | `release` | no canonical, policy `release-first` | the newest published version older than the head |
//! | 4 | `main-tip` | no canonical, main tip ≠ head | the main tip |
//! | 5 | `main-tip` | no canonical, main tip == head | skip |
//!
//! A version that is excluded is the base by rule 1 alone; every other rule
//! passes over it.

use crate::version::{PublishedVersion, RecipeVersion};

use super::{
    Base, BasePlan, Canonical, Delta, Fallback, IncompleteHistory, Inputs, MainTip, PassedOver,
    Reason, RejectedCanonical, RejectionKind, ResolveError, Rung, SkipReason, Step, TagMoved,
    Unfit,
};

type Rule = for<'a> fn(&Inputs<'a>) -> Decision<'a>;
type Decision<'a> = Result<Outcome<'a>, ResolveError>;

enum Outcome<'a> {
    Pass(Reason<'a>),
    Answer(Base<'a>, Reason<'a>),
}

const CHAIN: [(Rung, Rule); 7] = [
    (Rung::Declared, declared),
    (Rung::Override, override_version),
    (Rung::Canonical, canonical),
    (Rung::StepBack, step_back),
    (Rung::Release, release),
    (Rung::MainTip, main_tip),
    (Rung::MainTip, no_predecessor),
];

/// Decides from which base to upgrade to the head.
///
/// # Errors
///
/// [`ResolveError`] where the facts do not suffice, never where they suffice for a
/// skip.
pub fn resolve<'a>(inputs: &Inputs<'a>) -> Result<BasePlan<'a>, ResolveError> {
    let mut trail = Vec::with_capacity(CHAIN.len());
    for (rung, rule) in CHAIN {
        if rung == Rung::Release && inputs.policy.fallback == Fallback::MainTip {
            continue;
        }
        match rule(inputs)? {
            Outcome::Pass(because) => trail.push(Step {
                rung,
                passed: true,
                because,
            }),
            Outcome::Answer(base, because) => {
                trail.push(Step {
                    rung,
                    passed: false,
                    because,
                });
                return Ok(BasePlan {
                    base,
                    delta: delta(inputs, base),
                    trail,
                });
            }
        }
    }
    unreachable!("rule 5 answers whatever rule 4 passes")
}

/// Rule 0: the upgrade tier is declared not applicable.
#[expect(clippy::unnecessary_wraps, reason = "all rules have one type")]
fn declared<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    Ok(match inputs.declared {
        None => Outcome::Pass(Reason::NotDeclared),
        Some(reason) => Outcome::Answer(
            Base::Skip(SkipReason::Declared(reason)),
            Reason::Declared(reason),
        ),
    })
}

/// Rule 1: an explicit base version is the operator's word, older or not; one
/// that is not published is an error.
fn override_version<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let Some(wanted) = inputs.override_version else {
        return Ok(Outcome::Pass(Reason::NoOverride));
    };
    let Some(base) = inputs.published.find(wanted) else {
        let (before, after) = inputs.published.neighbours(wanted);
        let nearest = before.into_iter().chain(after);
        return Err(ResolveError::OverrideNotPublished {
            wanted: wanted.clone(),
            nearest: nearest.map(|near| near.version().clone()).collect(),
            shallow: inputs.shallow,
        });
    };
    Ok(Outcome::Answer(
        Base::Version(base),
        Reason::Override {
            given: wanted,
            tagged: base.version(),
            excluded: inputs.exclusion(base.version()),
            unreadable: inputs.head.version.err(),
        },
    ))
}

/// Rule 2: a canonical that is published and older than the head is the base;
/// an unreadable head leaves a published canonical in place.
fn canonical<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let canonical = match canonical_in_use(inputs) {
        Ok(canonical) => canonical,
        Err(because) => return Ok(Outcome::Pass(because)),
    };
    let tagged = inputs.published.find(canonical.version);
    let base = tagged.filter(|base| is_allowed(inputs, base));
    let moved = tag_moved(canonical);
    match (inputs.head.version, base) {
        (Ok(head), Some(base)) if is_base_for(canonical, base, head) => Ok(Outcome::Answer(
            Base::Version(base),
            Reason::CanonicalOlder {
                canonical: canonical.version,
                tagged: base.version(),
                head,
                moved,
            },
        )),
        (Ok(head), _) => Ok(Outcome::Pass(Reason::CanonicalUnfit(setback(
            inputs, canonical, tagged, head,
        )))),
        (Err(unreadable), Some(base)) => Ok(Outcome::Answer(
            Base::Version(base),
            Reason::CanonicalStands {
                canonical: canonical.version,
                tagged: base.version(),
                unreadable,
                moved,
            },
        )),
        (Err(unreadable), None) => {
            require_complete_history(inputs)?;
            Err(ResolveError::NothingToDecideWith {
                canonical: canonical.version.clone(),
                unfit: unfit(inputs, tagged),
                unreadable: unreadable.to_owned(),
            })
        }
    }
}

/// Rule 3: where the canonical is the head's own version, newer, or no longer
/// published, step back to the newest published version strictly older than
/// the head; where there is none, skip.
fn step_back<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let canonical = match canonical_in_use(inputs) {
        Ok(canonical) => canonical,
        Err(because) => return Ok(Outcome::Pass(because)),
    };
    require_complete_history(inputs)?;
    let head = inputs
        .head
        .version
        .expect("rule 2 decides wherever the head is unreadable");
    let tagged = inputs.published.find(canonical.version);
    let setback = setback(inputs, canonical, tagged, head);
    Ok(match newest_older(inputs, head) {
        Some(base) => Outcome::Answer(
            Base::Version(base),
            Reason::SteppedBack {
                setback,
                base,
                passed: passed_over(inputs),
            },
        ),
        None => Outcome::Answer(
            Base::Skip(SkipReason::NothingOlder(setback.kind)),
            Reason::NothingOlder {
                setback,
                passed: passed_over(inputs),
            },
        ),
    })
}

/// Policy `release-first`: without a canonical, the newest published version
/// strictly older than the head comes before the main tip.
fn release<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let head = match inputs.head.version {
        Ok(head) => head,
        Err(unreadable) => return Ok(Outcome::Pass(Reason::ReleaseUnknown(unreadable))),
    };
    if inputs.shallow {
        return Err(ResolveError::Incomplete(IncompleteHistory::Shallow));
    }
    Ok(match newest_older(inputs, head) {
        Some(base) => Outcome::Answer(
            Base::Version(base),
            Reason::Release {
                base,
                head,
                passed: passed_over(inputs),
            },
        ),
        None => Outcome::Pass(Reason::NoOlderRelease {
            head,
            passed: passed_over(inputs),
        }),
    })
}

/// Rule 4: without a canonical, the main tip where it is another commit than
/// the head; that is all it asks.
fn main_tip<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let MainTip { name, commit, .. } = inputs.main_tip.ok_or(ResolveError::NoMainTip)?;
    Ok(if commit == inputs.head.commit {
        Outcome::Pass(Reason::MainTipIsHead(name))
    } else {
        Outcome::Answer(
            Base::Ref(commit),
            Reason::MainTip {
                name,
                unreadable: inputs.head.version.err(),
            },
        )
    })
}

/// Rule 5: without a canonical, the main tip being the head leaves nothing to
/// upgrade from.
fn no_predecessor<'a>(inputs: &Inputs<'a>) -> Decision<'a> {
    let MainTip { name, .. } = inputs.main_tip.ok_or(ResolveError::NoMainTip)?;
    Ok(Outcome::Answer(
        Base::Skip(SkipReason::HeadIsMainTip),
        Reason::NoPredecessor(name),
    ))
}

/// The canonical, or why there is none to use.
fn canonical_in_use<'a>(inputs: &Inputs<'a>) -> Result<Canonical<'a>, Reason<'a>> {
    match inputs.canonical {
        None => Err(Reason::NoCanonical),
        Some(_) if inputs.policy.ignore_canonical => Err(Reason::CanonicalIgnored),
        Some(canonical) => Ok(canonical),
    }
}

/// A pre-release is a published version, but no base where those are excluded,
/// and neither is a version that is excluded by itself.
fn is_allowed(inputs: &Inputs<'_>, base: &PublishedVersion) -> bool {
    (inputs.policy.prereleases || !base.version().is_prerelease())
        && inputs.exclusion(base.version()).is_none()
}

/// Why a canonical cannot be the base for any head, if it cannot.
fn unfit(inputs: &Inputs<'_>, tagged: Option<&PublishedVersion>) -> Unfit {
    match tagged {
        None => Unfit::Gone,
        Some(base) => match inputs.exclusion(base.version()) {
            Some(exclusion) => Unfit::Excluded(exclusion.reason.clone()),
            None => Unfit::Prerelease,
        },
    }
}

/// The canonical is a base where it is older than the head, by its record as
/// well as by its tag, which may lack the app version that the record has.
fn is_base_for(canonical: Canonical<'_>, base: &PublishedVersion, head: &RecipeVersion) -> bool {
    canonical.version.is_older_than(head) && base.version().is_older_than(head)
}

/// Says why the canonical, which rule 2 passed over, is not the base; `tagged` is
/// what its tag publishes.
fn setback<'a>(
    inputs: &Inputs<'a>,
    canonical: Canonical<'a>,
    tagged: Option<&'a PublishedVersion>,
    head: &'a RecipeVersion,
) -> RejectedCanonical<'a> {
    let kind = match tagged {
        _ if head.is_older_than(canonical.version) => RejectionKind::Newer,
        _ if head.is_same_version(canonical.version) => RejectionKind::Same,
        None => RejectionKind::Gone,
        Some(base) if inputs.exclusion(base.version()).is_some() => RejectionKind::Excluded,
        Some(base) if !is_allowed(inputs, base) => RejectionKind::Prerelease,
        // Older by its record, but its tag lacks the app version that tells.
        Some(_) => RejectionKind::Same,
    };
    RejectedCanonical {
        kind,
        canonical: canonical.version,
        tagged: tagged.map(PublishedVersion::version),
        exclusion: tagged.and_then(|base| inputs.exclusion(base.version())),
        head,
        moved: tag_moved(canonical),
    }
}

fn tag_moved(canonical: Canonical<'_>) -> Option<TagMoved> {
    let (recorded, now) = (canonical.commit?, canonical.tag_commit?);
    (recorded != now).then_some(TagMoved { recorded, now })
}

fn passed_over<'a>(inputs: &Inputs<'a>) -> PassedOver<'a> {
    PassedOver {
        excluded: inputs.excluded,
        prereleases: inputs.policy.prereleases,
    }
}

fn newest_older<'a>(inputs: &Inputs<'a>, head: &RecipeVersion) -> Option<&'a PublishedVersion> {
    let excluded = inputs.excluded.iter().map(|exclusion| &exclusion.version);
    inputs
        .published
        .newest_older_than(head, inputs.policy.prereleases, &excluded.collect())
}

/// A canonical proves that something was once published: where nothing is, or
/// the clone is shallow, tags are missing, and no answer is better than a
/// wrong one.
fn require_complete_history(inputs: &Inputs<'_>) -> Result<(), ResolveError> {
    let incomplete = match inputs.canonical {
        _ if inputs.shallow => IncompleteHistory::Shallow,
        Some(canonical) if inputs.published.is_empty() => {
            IncompleteHistory::NothingPublished(canonical.version.clone())
        }
        Some(_) | None => return Ok(()),
    };
    Err(ResolveError::Incomplete(incomplete))
}

/// Compares the base, if there is one, with the head.
fn delta(inputs: &Inputs<'_>, base: Base<'_>) -> Option<Delta> {
    let base = match base {
        Base::Version(published) => Some(published.version()),
        Base::Ref(_) => inputs.main_tip.and_then(|main_tip| main_tip.version),
        Base::Skip(_) => return None,
    };
    Some(Delta::between(base, inputs.head.version.ok()))
}
