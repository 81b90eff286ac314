//! The chain on real versions: [`Inputs`] become what the rules may know, and what they decide
//! is told in full.

use crate::version::{PublishedSet, PublishedVersion, Version};

use super::facts::{Answer, Because, Facts, History, Refusal, Setback, Skip};
use super::{
    Base, BasePlan, Canonical, Delta, Exclusion, IncompleteHistory, Inputs, MainTip, PassedOver,
    Reason, RejectedCanonical, ResolveError, SkipReason, Step, TagMoved, Unfit,
};

/// How many rules there are.
const RULES: usize = 7;

/// Decides from which base to upgrade to the head.
///
/// # Errors
///
/// [`ResolveError`] where the facts do not suffice, never where they suffice for a
/// skip.
pub fn resolve<'a>(inputs: &Inputs<'a>) -> Result<BasePlan<'a>, ResolveError> {
    let mut trail = Vec::with_capacity(RULES);
    let answer = inputs.facts().decide(|rung, passed, because| {
        trail.push(Step {
            rung,
            passed,
            because: inputs.reason(because),
        });
    });
    let base = match answer {
        Ok(Answer::Version(published)) => Base::Version(published),
        Ok(Answer::MainTip) => Base::Ref(inputs.known_main_tip().commit),
        Ok(Answer::Skip(skip)) => Base::Skip(match skip {
            Skip::Declared => SkipReason::Declared(inputs.known_declaration()),
            Skip::NothingOlder(kind) => SkipReason::NothingOlder(kind),
            Skip::HeadIsMainTip => SkipReason::HeadIsMainTip,
        }),
        Err(refusal) => return Err(inputs.error(refusal)),
    };
    Ok(BasePlan {
        base,
        delta: delta(inputs, base),
        trail,
    })
}

/// The published versions, and those of them that must not be the base.
#[derive(Clone, Copy)]
pub(super) struct Tags<'a> {
    published: &'a PublishedSet,
    excluded: &'a [Exclusion],
}

impl<'a> Tags<'a> {
    fn exclusion(self, published: &PublishedVersion) -> Option<&'a Exclusion> {
        let mut excluded = self.excluded.iter();
        excluded.find(|exclusion| exclusion.version == *published.version())
    }
}

impl<'a> History for Tags<'a> {
    type Version = &'a Version;
    type Published = &'a PublishedVersion;

    fn version(self, published: &'a PublishedVersion) -> &'a Version {
        published.version()
    }

    fn is_older_than(self, version: &'a Version, other: &'a Version) -> bool {
        version.is_older_than(other)
    }

    fn is_same_version(self, version: &'a Version, other: &'a Version) -> bool {
        version.is_same_version(other)
    }

    fn is_comparable(self, version: &'a Version, other: &'a Version) -> bool {
        version.is_comparable(other)
    }

    fn is_prerelease(self, published: &'a PublishedVersion) -> bool {
        published.version().is_prerelease()
    }

    fn is_excluded(self, published: &'a PublishedVersion) -> bool {
        self.exclusion(published).is_some()
    }

    fn is_empty(self) -> bool {
        self.published.is_empty()
    }

    fn find(self, version: &'a Version) -> Option<&'a PublishedVersion> {
        self.published.find(version)
    }

    fn newest_older_than(
        self,
        head: &'a Version,
        prereleases: bool,
    ) -> Option<&'a PublishedVersion> {
        let excluded = self.excluded.iter().map(|exclusion| &exclusion.version);
        self.published
            .newest_older_than(head, prereleases, &excluded.collect())
    }
}

impl<'a> Inputs<'a> {
    fn tags(&self) -> Tags<'a> {
        Tags {
            published: self.published,
            excluded: self.excluded,
        }
    }

    fn facts(&self) -> Facts<Tags<'a>> {
        let main_tip = self.main_tip;
        Facts {
            is_declared: self.declared.is_some(),
            override_version: self.override_version,
            head: self.head.version.ok(),
            head_is_main_tip: main_tip.map(|tip| tip.commit == self.head.commit),
            canonical: self.canonical.map(|canonical| canonical.version),
            history: self.tags(),
            shallow: self.shallow,
            policy: self.policy,
        }
    }

    fn known_declaration(&self) -> &'a str {
        self.declared
            .expect("the rules tell of it where it is made")
    }

    fn known_override(&self) -> &'a Version {
        let given = self.override_version;
        given.expect("the rules tell of it where it is given")
    }

    fn known_canonical(&self) -> Canonical<'a> {
        let canonical = self.canonical;
        canonical.expect("the rules tell of it where there is one")
    }

    fn known_main_tip(&self) -> MainTip<'a> {
        let main_tip = self.main_tip;
        main_tip.expect("the rules tell of it where it is known")
    }

    fn known_head(&self) -> &'a Version {
        let head = self.head.version;
        head.expect("the rules compare with it where it can be read")
    }

    /// Why the head's version cannot be read, where the rules tell that it cannot.
    fn unreadable(&self) -> &'a str {
        let head = self.head.version;
        head.expect_err("the rules tell so where it cannot be read")
    }

    /// A reason of the rules with all that it is about.
    fn reason(&self, because: Because<&'a PublishedVersion>) -> Reason<'a> {
        let main_tip = || self.known_main_tip().name;
        match because {
            Because::NotDeclared => Reason::NotDeclared,
            Because::Declared => Reason::Declared(self.known_declaration()),
            Because::NoOverride => Reason::NoOverride,
            Because::Override(base) => Reason::Override {
                given: self.known_override(),
                tagged: base.version(),
                excluded: self.tags().exclusion(base),
                unreadable: self.head.version.err(),
            },
            Because::NoCanonical => Reason::NoCanonical,
            Because::CanonicalIgnored => Reason::CanonicalIgnored,
            Because::CanonicalUnfit(setback) => Reason::CanonicalUnfit(self.rejected(setback)),
            Because::CanonicalOlder(base) => Reason::CanonicalOlder {
                canonical: self.known_canonical().version,
                tagged: base.version(),
                head: self.known_head(),
                moved: tag_moved(self.known_canonical()),
            },
            Because::CanonicalStands(base) => Reason::CanonicalStands {
                canonical: self.known_canonical().version,
                tagged: base.version(),
                unreadable: self.unreadable(),
                moved: tag_moved(self.known_canonical()),
            },
            Because::SteppedBack(setback, base) => Reason::SteppedBack {
                setback: self.rejected(setback),
                base,
                passed: self.passed_over(),
            },
            Because::NothingOlder(setback) => Reason::NothingOlder {
                setback: self.rejected(setback),
                passed: self.passed_over(),
            },
            Because::ReleaseUnknown => Reason::ReleaseUnknown(self.unreadable()),
            Because::NoOlderRelease => Reason::NoOlderRelease {
                head: self.known_head(),
                passed: self.passed_over(),
            },
            Because::Release(base) => Reason::Release {
                base,
                head: self.known_head(),
                passed: self.passed_over(),
            },
            Because::MainTipIsHead => Reason::MainTipIsHead(main_tip()),
            Because::MainTip => Reason::MainTip {
                name: main_tip(),
                unreadable: self.head.version.err(),
            },
            Because::NoPredecessor => Reason::NoPredecessor(main_tip()),
        }
    }

    fn rejected(&self, setback: Setback<&'a PublishedVersion>) -> RejectedCanonical<'a> {
        let canonical = self.known_canonical();
        let Setback { kind, tagged } = setback;
        RejectedCanonical {
            kind,
            canonical: canonical.version,
            tagged: tagged.map(PublishedVersion::version),
            exclusion: tagged.and_then(|base| self.tags().exclusion(base)),
            head: self.known_head(),
            moved: tag_moved(canonical),
        }
    }

    fn passed_over(&self) -> PassedOver<'a> {
        PassedOver {
            excluded: self.excluded,
            prereleases: self.policy.prereleases,
        }
    }

    /// A refusal of the rules with all that it is about.
    fn error(&self, refusal: Refusal<&'a PublishedVersion>) -> ResolveError {
        match refusal {
            Refusal::OverrideNotPublished => {
                let wanted = self.known_override();
                let (before, after) = self.published.neighbours(wanted);
                let nearest = before.into_iter().chain(after);
                ResolveError::OverrideNotPublished {
                    wanted: wanted.clone(),
                    nearest: nearest.map(|near| near.version().clone()).collect(),
                    shallow: self.shallow,
                }
            }
            Refusal::Shallow => ResolveError::Incomplete(IncompleteHistory::Shallow),
            Refusal::NothingPublished => {
                let canonical = self.known_canonical().version.clone();
                ResolveError::Incomplete(IncompleteHistory::NothingPublished(canonical))
            }
            Refusal::NothingToDecideWith(tagged) => ResolveError::NothingToDecideWith {
                canonical: self.known_canonical().version.clone(),
                unfit: self.unfit(tagged),
                unreadable: self.unreadable().to_owned(),
            },
            Refusal::NoMainTip => ResolveError::NoMainTip,
        }
    }

    /// Why a canonical cannot be the base for any head.
    fn unfit(&self, tagged: Option<&PublishedVersion>) -> Unfit {
        match tagged {
            None => Unfit::Gone,
            Some(base) => match self.tags().exclusion(base) {
                Some(exclusion) => Unfit::Excluded(exclusion.reason.clone()),
                None => Unfit::Prerelease,
            },
        }
    }
}

fn tag_moved(canonical: Canonical<'_>) -> Option<TagMoved> {
    let (recorded, now) = (canonical.commit?, canonical.tag_commit?);
    (recorded != now).then_some(TagMoved { recorded, now })
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
