//! A question with its tags, in texts: what is generated, varied, made smaller
//! and written down.

use super::case::{Case, History, Main, Spelled};
use super::shrink::Parts;

/// How many things can be given by hand or switched.
const SWITCHES: usize = 4;

/// A world in texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct World {
    pub(super) tags: Vec<String>,
    pub(super) head: Option<String>,
    pub(super) canonical: Option<String>,
    pub(super) override_version: Option<String>,
    pub(super) declared: bool,
    pub(super) main: Main,
    pub(super) release_first: bool,
    pub(super) prereleases: bool,
}

/// The reason of what is declared not applicable.
pub(super) const DECLARED: &str = "it keeps no state";

/// The same, ready to be asked about.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) history: History,
    pub(super) head: Option<Spelled>,
    pub(super) canonical: Option<Spelled>,
    override_version: Option<Spelled>,
    declared: bool,
    main: Main,
    release_first: bool,
    prereleases: bool,
}

impl World {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let text = |version: Option<&Spelled>| version.map(|spelled| spelled.version.to_string());
        Self {
            tags: case.history.tags().to_vec(),
            head: text(case.head),
            canonical: text(case.canonical),
            override_version: text(case.override_version),
            declared: case.declared.is_some(),
            main: case.main,
            release_first: case.release_first,
            prereleases: case.prereleases,
        }
    }

    pub(super) fn prepare(&self) -> Prepared {
        self.with_tags(self.tags.clone())
    }

    /// The same question about other tags.
    pub(super) fn with_tags(&self, tags: Vec<String>) -> Prepared {
        let spelled = |text: &Option<String>| {
            text.as_deref()
                .map(|text| Spelled::new(text).expect("the versions of worlds are versions"))
        };
        Prepared {
            history: History::new(tags),
            head: spelled(&self.head),
            canonical: spelled(&self.canonical),
            override_version: spelled(&self.override_version),
            declared: self.declared,
            main: self.main,
            release_first: self.release_first,
            prereleases: self.prereleases,
        }
    }
}

/// The tags, and what can be given by hand or switched.
impl Parts for World {
    fn count(&self) -> usize {
        self.tags.len() + SWITCHES
    }

    fn without(&self, gone: impl Fn(usize) -> bool) -> Option<Self> {
        let tags = self.tags.iter().enumerate();
        let tags = tags.filter(|(number, _)| !gone(*number));
        let is_gone = |switch| gone(self.tags.len() + switch);
        let smaller = Self {
            tags: tags.map(|(_, tag)| tag.clone()).collect(),
            declared: self.declared && !is_gone(0),
            override_version: self.override_version.clone().filter(|_| !is_gone(1)),
            release_first: self.release_first && !is_gone(2),
            prereleases: self.prereleases || is_gone(3),
            ..self.clone()
        };
        (smaller != *self).then_some(smaller)
    }
}

impl Prepared {
    pub(super) fn case(&self) -> Case<'_> {
        Case {
            history: &self.history,
            declared: self.declared.then_some(DECLARED),
            override_version: self.override_version.as_ref(),
            head: self.head.as_ref(),
            canonical: self.canonical.as_ref(),
            main: self.main,
            release_first: self.release_first,
            prereleases: self.prereleases,
        }
    }
}
