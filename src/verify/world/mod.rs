//! One question to a resolver, and the worlds from which questions come.

mod answer;
pub(crate) mod case;
mod decision;
mod in_order;
mod plan;
pub(crate) mod random;
mod scenario;
pub(crate) mod small;
pub(crate) mod vocabulary;

pub(crate) use answer::SKIP_TEXTS;
pub use answer::{Answer, SkipWording};
pub use case::Case;
pub(crate) use case::{Commits, History, Main, RecordCommit, TestVersion, pattern};
pub use decision::{Decision, oracle_decides};
pub(crate) use in_order::OTHERS;
pub(crate) use plan::{case_of, plan, world_of};
pub(crate) use random::{next_world, stream};
pub(crate) use scenario::{
    RECIPE, expect_what_the_oracle_says, night, nothing, release, spanned, world_scenario,
};
pub(crate) use small::{OPEN_SMALL_WORLDS, SMALL_WORLDS, SmallWorlds, open_world};

use std::sync::Arc;

use samever_core::{Exclusion, Version};

/// The reason of what is declared not applicable.
pub(crate) const DECLARED: &str = "it keeps no state";

/// The reason of what is excluded.
pub(crate) const EXCLUDED_REASON: &str = "its tag's tree says another version";

/// A question that owns what it is about: what is generated, varied, made
/// smaller and written down.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// The tags.
    pub history: Arc<History>,
    pub(crate) head: Option<TestVersion>,
    pub(crate) canonical: Option<TestVersion>,
    pub(crate) override_version: Option<TestVersion>,
    pub(crate) declared: bool,
    pub(crate) main: Main,
    pub(crate) release_first: bool,
    pub(crate) prereleases: bool,
    /// The commit of the canonical; where it is not given, the seed decides.
    pub(crate) record: Option<RecordCommit>,
}

impl World {
    /// The question of a case.
    pub(crate) fn of(case: &Case<'_>) -> Self {
        Self {
            history: Arc::new(
                History::in_order(case.history.order(), case.history.tags().to_vec())
                    .excluding(case.history.excluded()),
            ),
            head: case.head.cloned(),
            canonical: case.canonical.cloned(),
            override_version: case.override_version.cloned(),
            declared: case.declared.is_some(),
            main: case.main,
            release_first: case.release_first,
            prereleases: case.prereleases,
            record: case.record,
        }
    }

    /// The same question, where this version is excluded as well.
    #[must_use]
    pub(crate) fn excluding_also(&self, version: &Version) -> Self {
        let history = &self.history;
        let more = Exclusion {
            version: version.clone(),
            reason: EXCLUDED_REASON.to_owned(),
        };
        let excluded: Vec<_> = history.excluded().iter().cloned().chain([more]).collect();
        let again = History::in_order(history.order(), history.tags().to_vec());
        Self {
            history: Arc::new(again.excluding(&excluded)),
            ..self.clone()
        }
    }

    /// The same question about other tags; the same versions are excluded.
    #[must_use]
    pub fn with_tags(&self, tags: Vec<String>) -> Self {
        Self {
            history: Arc::new(
                History::in_order(self.history.order(), tags).excluding(self.history.excluded()),
            ),
            ..self.clone()
        }
    }

    /// The question, borrowed.
    pub fn case(&self) -> Case<'_> {
        Case {
            history: &self.history,
            declared: self.declared.then_some(DECLARED),
            override_version: self.override_version.as_ref(),
            head: self.head.as_ref(),
            canonical: self.canonical.as_ref(),
            record: self.record,
            main: self.main,
            commits: None,
            main_version: None,
            shallow: false,
            release_first: self.release_first,
            prereleases: self.prereleases,
            ignore_canonical: false,
        }
    }
}
