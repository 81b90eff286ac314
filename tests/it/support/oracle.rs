//! The oracle of the crate, on worlds in texts.

#[path = "../../../src/verify/invariant/oracle.rs"]
mod slow;

use slow::{Decision, MainTip, Question};

pub(crate) use slow::{Parts, parts};

/// One decision to make, in texts.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the chain"
)]
pub(crate) struct World {
    pub(crate) tags: Vec<String>,
    pub(crate) declared: bool,
    pub(crate) override_version: Option<String>,
    pub(crate) head: Option<String>,
    pub(crate) main: Main,
    pub(crate) canonical: Option<String>,
    pub(crate) shallow: bool,
    pub(crate) release_first: bool,
    pub(crate) prereleases: bool,
    pub(crate) ignore_canonical: bool,
}

/// Where the main branch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Main {
    Unknown,
    IsHead,
    Elsewhere(Option<String>),
}

/// A decision, as both sides can state it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Version {
        tag: String,
        rung: &'static str,
        delta: &'static str,
    },
    MainTip {
        delta: &'static str,
    },
    Skip {
        rung: &'static str,
        reason: &'static str,
    },
    Refused(&'static str),
}

/// Decides; `published` are the tags of the world that are versions, with
/// their parts.
pub(crate) fn decide(world: &World, published: &[(String, Parts)]) -> Answer {
    let newest_first = slow::newest_first(published.to_vec());
    let split = |text: &Option<String>| text.as_deref().map(parts);
    let (override_version, head) = (split(&world.override_version), split(&world.head));
    let canonical = split(&world.canonical).filter(|_| !world.ignore_canonical);
    let main_version = match &world.main {
        Main::Elsewhere(version) => split(version),
        Main::Unknown | Main::IsHead => None,
    };
    let decision = slow::decide(&Question {
        newest_first: &newest_first,
        declared: world.declared,
        override_version: override_version.as_ref(),
        head: head.as_ref(),
        main: match &world.main {
            Main::Unknown => MainTip::Unknown,
            Main::IsHead => MainTip::IsHead,
            Main::Elsewhere(_) => MainTip::Elsewhere(main_version.as_ref()),
        },
        canonical: canonical.as_ref(),
        shallow: world.shallow,
        release_first: world.release_first,
        prereleases: world.prereleases,
    });
    match decision {
        Decision::Version { tag, rung, delta } => Answer::Version {
            tag: tag.to_owned(),
            rung,
            delta,
        },
        Decision::MainTip { delta } => Answer::MainTip { delta },
        Decision::Skip { rung, reason } => Answer::Skip {
            rung,
            reason: if world.declared {
                "because we say so"
            } else {
                reason
            },
        },
        Decision::Refused(why) => Answer::Refused(why),
    }
}
