//! The chain a second time: slow, obvious, on texts, and sharing no code with
//! the crate. Versions are compared by hand, histories are sorted whole.

use std::cmp::Ordering;

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

/// A version, split by hand: (core numbers, pre-release, app version).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    core: Vec<String>,
    pre: Vec<String>,
    app: Vec<String>,
}

fn split(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::to_owned).collect()
}

/// Splits a text that is known to be a version, perhaps with a leading `v`.
pub(crate) fn parts(text: &str) -> Parts {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (rest, app) = match text.split_once('+') {
        Some((rest, app)) => (rest, split(app, '.')),
        None => (text, vec![]),
    };
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, split(pre, '.')),
        None => (rest, vec![]),
    };
    Parts {
        core: split(core, '.'),
        pre,
        app,
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers by value, however long; equal values by length, fewer zeros first.
fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (is_number(left), is_number(right)) {
        (true, true) => {
            let (l, r) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            l.len()
                .cmp(&r.len())
                .then(l.cmp(r))
                .then(left.len().cmp(&right.len()))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}

fn compare_lists(left: &[String], right: &[String]) -> Ordering {
    for (l, r) in left.iter().zip(right) {
        let ordering = compare_identifiers(l, r);
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    left.len().cmp(&right.len())
}

fn compare_recipe_versions(left: &Parts, right: &Parts) -> Ordering {
    let pre = match (left.pre.is_empty(), right.pre.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_lists(&left.pre, &right.pre),
    };
    compare_lists(&left.core, &right.core).then(pre)
}

pub(crate) fn compare(left: &Parts, right: &Parts) -> Ordering {
    compare_recipe_versions(left, right).then(compare_lists(&left.app, &right.app))
}

fn same(left: &Parts, right: &Parts) -> bool {
    compare_recipe_versions(left, right) == Ordering::Equal
        && (left.app.is_empty() || right.app.is_empty() || left.app == right.app)
}

fn older(left: &Parts, right: &Parts) -> bool {
    compare(left, right) == Ordering::Less && !same(left, right)
}

fn delta(base: Option<&Parts>, head: Option<&Parts>) -> &'static str {
    let (Some(base), Some(head)) = (base, head) else {
        return "unknown";
    };
    if same(base, head) {
        "none"
    } else if older(base, head) {
        "forward"
    } else {
        "backward"
    }
}

/// Decides; `published` are the tags of the world that are versions, with
/// their parts.
pub(crate) fn decide(world: &World, published: &[(String, Parts)]) -> Answer {
    let mut newest_first: Vec<&(String, Parts)> = published.iter().collect();
    newest_first.sort_by(|left, right| compare(&right.1, &left.1));
    let find = |wanted: &Parts| {
        let exact = newest_first.iter().find(|(_, parts)| parts == wanted);
        let found = exact.or_else(|| newest_first.iter().find(|(_, parts)| same(parts, wanted)));
        found.copied()
    };
    let head = world.head.as_deref().map(parts);
    let answer = |rung, base: &(String, Parts)| Answer::Version {
        tag: base.0.clone(),
        rung,
        delta: delta(Some(&base.1), head.as_ref()),
    };
    let newest_older = || {
        let head = head.as_ref()?;
        let allowed = |parts: &Parts| world.prereleases || parts.pre.is_empty();
        let found = newest_first
            .iter()
            .find(|(_, parts)| older(parts, head) && allowed(parts));
        found.copied()
    };
    if world.declared {
        return Answer::Skip {
            rung: "declared",
            reason: "because we say so",
        };
    }
    if let Some(wanted) = &world.override_version {
        return match find(&parts(wanted)) {
            Some(base) => answer("override", base),
            None => Answer::Refused("override"),
        };
    }
    if let Some(canonical) = world.canonical.as_ref().filter(|_| !world.ignore_canonical) {
        let (nothing, canonical) = (published.is_empty(), parts(canonical));
        return with_canonical(
            world,
            nothing,
            &canonical,
            head.as_ref(),
            find,
            newest_older,
            answer,
        );
    }
    if world.release_first && head.is_some() {
        if world.shallow {
            return Answer::Refused("shallow");
        }
        if let Some(base) = newest_older() {
            return answer("release", base);
        }
    }
    match &world.main {
        Main::Unknown => Answer::Refused("main"),
        Main::IsHead => Answer::Skip {
            rung: "main-tip",
            reason: "head == main tip (no predecessor delta)",
        },
        Main::Elsewhere(version) => {
            let version = version.as_deref().map(parts);
            Answer::MainTip {
                delta: delta(version.as_ref(), head.as_ref()),
            }
        }
    }
}

fn with_canonical<'a>(
    world: &World,
    nothing_published: bool,
    canonical: &Parts,
    head: Option<&Parts>,
    find: impl Fn(&Parts) -> Option<&'a (String, Parts)>,
    newest_older: impl Fn() -> Option<&'a (String, Parts)>,
    answer: impl Fn(&'static str, &(String, Parts)) -> Answer,
) -> Answer {
    let tagged = find(canonical);
    let usable = tagged.filter(|(_, parts)| world.prereleases || parts.pre.is_empty());
    if let Some(base) = usable {
        match head {
            None => return answer("canonical", base),
            Some(head) if older(canonical, head) && older(&base.1, head) => {
                return answer("canonical", base);
            }
            Some(_) => {}
        }
    }
    if world.shallow {
        return Answer::Refused("shallow");
    }
    if nothing_published {
        return Answer::Refused("nothing published");
    }
    let Some(head) = head else {
        return Answer::Refused("nothing left");
    };
    if let Some(base) = newest_older() {
        return answer("step-back", base);
    }
    let reason = if older(head, canonical) {
        "canonical is newer than head and no older published predecessor"
    } else if same(head, canonical) {
        "base == head and no older published predecessor"
    } else if tagged.is_none() {
        "canonical is no longer published and no older published predecessor"
    } else if usable.is_none() {
        "canonical is an excluded pre-release and no older published predecessor"
    } else {
        "base == head and no older published predecessor"
    };
    Answer::Skip {
        rung: "step-back",
        reason,
    }
}
