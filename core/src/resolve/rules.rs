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
//!
//! The rules know [`Facts`], and of versions only what a [`History`] tells.

use super::facts::{Answer, Because, Facts, History, Refusal, Setback, Skip};
use super::{Fallback, RejectionKind, Rung};

type Rule<H> = fn(&Facts<H>) -> Decision<H>;
type Decision<H> = Result<Outcome<Published<H>>, Refusal<Published<H>>>;
type Published<H> = <H as History>::Published;

pub(super) enum Outcome<P> {
    Pass(Because<P>),
    Answer(Answer<P>, Because<P>),
}

impl<H: History> Facts<H> {
    const CHAIN: [(Rung, Rule<H>); 7] = [
        (Rung::Declared, declared),
        (Rung::Override, override_version),
        (Rung::Canonical, canonical),
        (Rung::StepBack, step_back),
        (Rung::Release, release),
        (Rung::MainTip, main_tip),
        (Rung::MainTip, no_predecessor),
    ];

    /// Asks the rules in order, up to the first that does not pass; `note` hears of each rule
    /// whether it passed, and why it passed or how it decided.
    pub(super) fn decide(
        &self,
        mut note: impl FnMut(Rung, bool, Because<Published<H>>),
    ) -> Result<Answer<Published<H>>, Refusal<Published<H>>> {
        for (rung, rule) in Self::CHAIN {
            if rung == Rung::Release && self.policy.fallback == Fallback::MainTip {
                continue;
            }
            match rule(self)? {
                Outcome::Pass(because) => note(rung, true, because),
                Outcome::Answer(answer, because) => {
                    note(rung, false, because);
                    return Ok(answer);
                }
            }
        }
        unreachable!("rule 5 answers whatever rule 4 passes")
    }

    /// A pre-release is a published version, but no base where those are excluded,
    /// and neither is a version that is excluded by itself.
    fn is_allowed(&self, base: Published<H>) -> bool {
        (self.policy.prereleases || !self.history.is_prerelease(base))
            && !self.history.is_excluded(base)
    }

    fn newest_older(&self, head: H::Version) -> Option<Published<H>> {
        let prereleases = self.policy.prereleases;
        self.history.newest_older_than(head, prereleases)
    }
}

/// Rule 0: the upgrade tier is declared not applicable.
#[expect(clippy::unnecessary_wraps, reason = "all rules have one type")]
fn declared<H: History>(facts: &Facts<H>) -> Decision<H> {
    Ok(if facts.is_declared {
        Outcome::Answer(Answer::Skip(Skip::Declared), Because::Declared)
    } else {
        Outcome::Pass(Because::NotDeclared)
    })
}

/// Rule 1: an explicit base version is the operator's word, older or not; one
/// that is not published is an error.
fn override_version<H: History>(facts: &Facts<H>) -> Decision<H> {
    let Some(wanted) = facts.override_version else {
        return Ok(Outcome::Pass(Because::NoOverride));
    };
    let base = facts.history.find(wanted);
    let base = base.ok_or(Refusal::OverrideNotPublished)?;
    Ok(Outcome::Answer(
        Answer::Version(base),
        Because::Override(base),
    ))
}

/// Rule 2: a canonical that is published and older than the head is the base;
/// an unreadable head leaves a published canonical in place.
fn canonical<H: History>(facts: &Facts<H>) -> Decision<H> {
    let canonical = match canonical_in_use(facts) {
        Ok(canonical) => canonical,
        Err(because) => return Ok(Outcome::Pass(because)),
    };
    let tagged = facts.history.find(canonical);
    let base = tagged.filter(|base| facts.is_allowed(*base));
    match (facts.head, base) {
        (Some(head), Some(base)) if is_base_for(facts, canonical, base, head) => Ok(
            Outcome::Answer(Answer::Version(base), Because::CanonicalOlder(base)),
        ),
        (Some(head), _) => {
            let setback = setback(facts, canonical, tagged, head);
            Ok(Outcome::Pass(Because::CanonicalUnfit(setback)))
        }
        (None, Some(base)) => Ok(Outcome::Answer(
            Answer::Version(base),
            Because::CanonicalStands(base),
        )),
        (None, None) => {
            require_complete_history(facts)?;
            Err(Refusal::NothingToDecideWith(tagged))
        }
    }
}

/// Rule 3: where the canonical is the head's own version, newer, or no longer
/// published, step back to the newest published version strictly older than
/// the head; where there is none, skip.
fn step_back<H: History>(facts: &Facts<H>) -> Decision<H> {
    let canonical = match canonical_in_use(facts) {
        Ok(canonical) => canonical,
        Err(because) => return Ok(Outcome::Pass(because)),
    };
    require_complete_history(facts)?;
    let head = facts
        .head
        .expect("rule 2 decides wherever the head is unreadable");
    let tagged = facts.history.find(canonical);
    let setback = setback(facts, canonical, tagged, head);
    Ok(match facts.newest_older(head) {
        Some(base) => Outcome::Answer(Answer::Version(base), Because::SteppedBack(setback, base)),
        None => Outcome::Answer(
            Answer::Skip(Skip::NothingOlder(setback.kind)),
            Because::NothingOlder(setback),
        ),
    })
}

/// Policy `release-first`: without a canonical, the newest published version
/// strictly older than the head comes before the main tip.
fn release<H: History>(facts: &Facts<H>) -> Decision<H> {
    let Some(head) = facts.head else {
        return Ok(Outcome::Pass(Because::ReleaseUnknown));
    };
    if facts.shallow {
        return Err(Refusal::Shallow);
    }
    Ok(match facts.newest_older(head) {
        Some(base) => Outcome::Answer(Answer::Version(base), Because::Release(base)),
        None => Outcome::Pass(Because::NoOlderRelease),
    })
}

/// Rule 4: without a canonical, the main tip where it is another commit than
/// the head; that is all it asks.
fn main_tip<H: History>(facts: &Facts<H>) -> Decision<H> {
    let is_head = facts.head_is_main_tip.ok_or(Refusal::NoMainTip)?;
    Ok(if is_head {
        Outcome::Pass(Because::MainTipIsHead)
    } else {
        Outcome::Answer(Answer::MainTip, Because::MainTip)
    })
}

/// Rule 5: without a canonical, the main tip being the head leaves nothing to
/// upgrade from.
fn no_predecessor<H: History>(facts: &Facts<H>) -> Decision<H> {
    facts.head_is_main_tip.ok_or(Refusal::NoMainTip)?;
    Ok(Outcome::Answer(
        Answer::Skip(Skip::HeadIsMainTip),
        Because::NoPredecessor,
    ))
}

/// The canonical, or why there is none to use.
fn canonical_in_use<H: History>(facts: &Facts<H>) -> Result<H::Version, Because<Published<H>>> {
    match facts.canonical {
        None => Err(Because::NoCanonical),
        Some(_) if facts.policy.ignore_canonical => Err(Because::CanonicalIgnored),
        Some(canonical) => Ok(canonical),
    }
}

/// The canonical is a base where it is older than the head, by its record as
/// well as by its tag, which may lack the app version that the record has.
fn is_base_for<H: History>(
    facts: &Facts<H>,
    canonical: H::Version,
    base: Published<H>,
    head: H::Version,
) -> bool {
    let history = facts.history;
    history.is_older_than(canonical, head) && history.is_older_than(history.version(base), head)
}

/// Says why the canonical, which rule 2 passed over, is not the base; `tagged` is
/// what its tag publishes.
fn setback<H: History>(
    facts: &Facts<H>,
    canonical: H::Version,
    tagged: Option<Published<H>>,
    head: H::Version,
) -> Setback<Published<H>> {
    let history = facts.history;
    let kind = match tagged {
        _ if history.is_older_than(head, canonical) => RejectionKind::Newer,
        _ if history.is_same_version(head, canonical) => RejectionKind::Same,
        _ if !history.is_comparable(head, canonical) => RejectionKind::Incomparable,
        None => RejectionKind::Gone,
        Some(base) if history.is_excluded(base) => RejectionKind::Excluded,
        Some(base) if !facts.is_allowed(base) => RejectionKind::Prerelease,
        // Older by its record, but its tag lacks the app version that tells.
        Some(_) => RejectionKind::Same,
    };
    Setback { kind, tagged }
}

/// A canonical proves that something was once published: where nothing is, or
/// the clone is shallow, tags are missing, and no answer is better than a
/// wrong one.
fn require_complete_history<H: History>(facts: &Facts<H>) -> Result<(), Refusal<Published<H>>> {
    if facts.shallow {
        return Err(Refusal::Shallow);
    }
    if facts.canonical.is_some() && facts.history.is_empty() {
        return Err(Refusal::NothingPublished);
    }
    Ok(())
}
