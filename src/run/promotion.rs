//! When the canonical moves.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::recipe::CanonicalRecord;
use samever_core::{CommitId, PublishedSet};

use crate::run::evidence::TestedHead;
use crate::run::request::Conditions;
use crate::run::verdict::Verdict;

/// What a run does to the canonical.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PromotionFields", into = "PromotionFields")]
pub enum Promotion {
    /// It becomes the head.
    Promoted,
    /// The record says so already.
    Unchanged,
    /// It stays, for this reason.
    Refused(String),
}

/// A promotion as data.
#[derive(Serialize, Deserialize)]
struct PromotionFields {
    promoted: bool,
    because: Because,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Because {
    Decided(Decided),
    Refused(String),
}

#[derive(Serialize, Deserialize)]
enum Decided {
    #[serde(rename = "the run is green, cold and of the latest")]
    Promoted,
    #[serde(rename = "the canonical says so already")]
    Unchanged,
}

impl From<Promotion> for PromotionFields {
    fn from(promotion: Promotion) -> Self {
        Self {
            promoted: promotion == Promotion::Promoted,
            because: match promotion {
                Promotion::Promoted => Because::Decided(Decided::Promoted),
                Promotion::Unchanged => Because::Decided(Decided::Unchanged),
                Promotion::Refused(why) => Because::Refused(why),
            },
        }
    }
}

impl From<PromotionFields> for Promotion {
    fn from(fields: PromotionFields) -> Self {
        match fields.because {
            Because::Decided(Decided::Promoted) => Self::Promoted,
            Because::Decided(Decided::Unchanged) => Self::Unchanged,
            Because::Refused(why) => Self::Refused(why),
        }
    }
}

/// Why a run does not promote: the first condition of the rule that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NotPromoted {
    /// The recipe is not enrolled.
    NotEnrolled,
    NotGreen,
    /// The run was not a cold deployment.
    NotCold,
    Quick,
    Ref,
    /// Files alone were tested.
    NotStarted,
    /// The deployer did not say what ran.
    NotSeen,
    HeadUnreadable,
    /// The head is not the newest published version.
    NotLatest,
    /// The head's tree is not that of its version's tag.
    NotTheRelease,
    WouldGoBack,
}

impl Display for NotPromoted {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotEnrolled => "the project is not enrolled",
            Self::NotGreen => "the run is red",
            Self::NotCold => "the run was not cold",
            Self::Quick => "the run was a quick one",
            Self::Ref => "the run was one of a ref",
            Self::NotStarted => {
                "files alone were tested and nothing was started (--promote-unseen lets such a \
                 run move it)"
            }
            Self::NotSeen => {
                "nothing shows what ran: the deploy program did not say which version runs \
                 (--promote-unseen lets such a run move it)"
            }
            Self::HeadUnreadable => "the head's version cannot be read",
            Self::NotLatest => "the head is not the newest published version",
            Self::NotTheRelease => {
                "the release itself was not tested: the head's tree is not that of its version's tag"
            }
            Self::WouldGoBack => "the canonical is newer than the head",
        })
    }
}

/// The facts that the rule weighs.
pub(crate) struct Candidate<'a> {
    pub(crate) recipe: &'a str,
    pub(crate) conditions: Conditions,
    pub(crate) verdict: &'a Verdict,
    /// Whether the stack said what it ran.
    pub(crate) is_seen: bool,
    pub(crate) head: &'a TestedHead,
    pub(crate) published: &'a PublishedSet,
    pub(crate) canonical: Option<&'a CanonicalRecord>,
    /// The commit of the newest published version, where that has the head's tree.
    pub(crate) release: Option<CommitId>,
}

impl Candidate<'_> {
    /// What the canonical becomes where it moves: the newest release, whose tree the
    /// head has.
    pub(crate) fn record(&self) -> Option<CanonicalRecord> {
        Some(CanonicalRecord {
            recipe: Some(self.recipe.to_owned()),
            version: self.head.version.clone().ok()?,
            commit: Some(self.release?),
            origin: None,
        })
    }
}

/// "`enrolled && green && cold && latest && !quick && no ref`, where green means
/// that no tier of the run failed (a declared skip of the upgrade tier is not a
/// failure) and latest means that the head's version is the newest published
/// one. Nothing else moves a canonical, and it never moves back." Beside that, the
/// head has the tree of its version's tag, and the recipe was started and said what
/// it runs, unless the operator lets a run count without.
pub(crate) fn promote(candidate: &Candidate<'_>) -> Promotion {
    if let Some(why) = refusal(candidate) {
        return Promotion::Refused(why.to_string());
    }
    match (candidate.record(), candidate.canonical) {
        (Some(record), Some(canonical)) if record.is_same_release(canonical) => {
            Promotion::Unchanged
        }
        _ => Promotion::Promoted,
    }
}

/// The first condition of the rule that fails.
pub(crate) fn refusal(candidate: &Candidate<'_>) -> Option<NotPromoted> {
    let Conditions {
        enrolled,
        cold,
        quick,
        of_a_ref,
        started,
        unseen,
    } = candidate.conditions;
    let red = matches!(candidate.verdict, Verdict::Red { .. });
    for (holds, otherwise) in [
        (enrolled, NotPromoted::NotEnrolled),
        (!red, NotPromoted::NotGreen),
        (cold, NotPromoted::NotCold),
        (!quick, NotPromoted::Quick),
        (!of_a_ref, NotPromoted::Ref),
        (started || unseen, NotPromoted::NotStarted),
        (candidate.is_seen || unseen, NotPromoted::NotSeen),
    ] {
        if !holds {
            return Some(otherwise);
        }
    }
    let Ok(version) = &candidate.head.version else {
        return Some(NotPromoted::HeadUnreadable);
    };
    let newest = candidate.published.newest();
    if !newest.is_some_and(|newest| newest.version().is_same_version(version)) {
        return Some(NotPromoted::NotLatest);
    }
    if candidate.release.is_none() {
        return Some(NotPromoted::NotTheRelease);
    }
    let canonical = candidate.canonical.map(|record| &record.version);
    let goes_back = canonical.is_some_and(|canonical| version.is_older_than(canonical));
    goes_back.then_some(NotPromoted::WouldGoBack)
}

#[cfg(test)]
mod tests {
    use super::{Candidate, NotPromoted, Promotion, promote, refusal};
    use crate::recipe::CanonicalRecord;
    use crate::run::evidence::TestedHead;
    use crate::run::request::Conditions;
    use crate::run::verdict::{Stage, Verdict};
    use samever_core::CommitId;
    use samever_core::{PublishedSet, Version};

    const HEAD: CommitId = CommitId::from_bytes([1; 20]);
    const NIGHT: Conditions = Conditions {
        enrolled: true,
        cold: true,
        quick: false,
        of_a_ref: false,
        started: true,
        unseen: false,
    };

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn record(text: &str) -> CanonicalRecord {
        CanonicalRecord {
            recipe: Some("a".to_owned()),
            version: version(text),
            commit: Some(HEAD),
            origin: None,
        }
    }

    #[track_caller]
    fn outcome(
        conditions: Conditions,
        verdict: &Verdict,
        head: Option<&str>,
        canonical: Option<&str>,
    ) -> (Promotion, Option<NotPromoted>) {
        let published = PublishedSet::from_tags(["1.0.0+1", "1.2.0+1", "1.1.0+1"]);
        let canonical = canonical.map(record);
        let candidate = Candidate {
            recipe: "a",
            conditions,
            verdict,
            is_seen: true,
            head: &TestedHead {
                commit: HEAD,
                version: head.map(version).ok_or_else(String::new),
            },
            published: &published,
            canonical: canonical.as_ref(),
            release: Some(HEAD),
        };
        (promote(&candidate), refusal(&candidate))
    }

    #[test]
    fn each_condition_of_the_rule_is_needed_and_none_is_missing() {
        let red = Verdict::Red {
            stage: Stage::Upgrade,
            why: String::new(),
        };
        let (green, latest) = (&Verdict::Green, Some("1.2.0+1"));
        let promoted = (Promotion::Promoted, None);
        assert_eq!(outcome(NIGHT, green, latest, None), promoted);
        assert_eq!(outcome(NIGHT, &Verdict::Skipped, latest, None), promoted);
        assert_eq!(outcome(NIGHT, green, latest, Some("1.0.0+1")), promoted);
        assert_eq!(
            outcome(NIGHT, green, latest, latest),
            (Promotion::Unchanged, None)
        );

        let refused = |conditions, verdict: &Verdict, head, canonical| {
            let (promotion, why) = outcome(conditions, verdict, head, canonical);
            let why = why.unwrap();
            assert_eq!(promotion, Promotion::Refused(why.to_string()));
            why
        };
        let with = |change: fn(&mut Conditions)| {
            let mut conditions = NIGHT;
            change(&mut conditions);
            refused(conditions, green, latest, None)
        };
        assert_eq!(
            with(|night| night.enrolled = false),
            NotPromoted::NotEnrolled
        );
        assert_eq!(with(|night| night.cold = false), NotPromoted::NotCold);
        assert_eq!(with(|night| night.quick = true), NotPromoted::Quick);
        assert_eq!(with(|night| night.of_a_ref = true), NotPromoted::Ref);
        assert_eq!(with(|night| night.started = false), NotPromoted::NotStarted);
        assert_eq!(
            outcome(
                Conditions {
                    started: false,
                    unseen: true,
                    ..NIGHT
                },
                green,
                latest,
                None
            ),
            promoted
        );
        assert_eq!(refused(NIGHT, &red, latest, None), NotPromoted::NotGreen);
        assert_eq!(
            refused(NIGHT, green, None, None),
            NotPromoted::HeadUnreadable
        );
        for other in ["1.1.0+1", "1.3.0+1", "1.2.0+2"] {
            assert_eq!(
                refused(NIGHT, green, Some(other), None),
                NotPromoted::NotLatest
            );
        }
        assert_eq!(
            refused(NIGHT, green, latest, Some("1.2.1+1")),
            NotPromoted::WouldGoBack
        );
    }

    #[test]
    fn a_promotion_as_data_is_read_back_as_it_was() {
        let refused = Promotion::Refused(NotPromoted::NotLatest.to_string());
        for promotion in [Promotion::Promoted, Promotion::Unchanged, refused] {
            let text = serde_json::to_string(&promotion).unwrap();
            assert_eq!(serde_json::from_str::<Promotion>(&text).unwrap(), promotion);
        }
    }
}
