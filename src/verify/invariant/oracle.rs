//! The chain a second time: slow, obvious, on texts, and sharing no code with
//! the crate. Versions are compared by hand, histories are sorted whole.

use std::cmp::Ordering;

/// One decision to make.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the chain"
)]
pub(crate) struct Question<'a> {
    /// The tags that are versions, with their parts, as [`newest_first`] gives
    /// them.
    pub(crate) newest_first: &'a [(String, Parts)],
    /// Those that must not be a base.
    pub(crate) excluded: &'a [Parts],
    pub(crate) declared: bool,
    pub(crate) override_version: Option<&'a Parts>,
    pub(crate) head: Option<&'a Parts>,
    pub(crate) main: MainTip<'a>,
    pub(crate) canonical: Option<&'a Parts>,
    pub(crate) shallow: bool,
    pub(crate) release_first: bool,
    pub(crate) prereleases: bool,
}

/// Where the main branch stands, with its version if that is known.
#[derive(Clone, Copy)]
pub(crate) enum MainTip<'a> {
    Unknown,
    IsHead,
    Elsewhere(Option<&'a Parts>),
}

/// What the decision must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision<'a> {
    Version {
        tag: &'a str,
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
    Refused(Missing),
}

/// What a decision lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The override is not published.
    Override,
    /// Tags may be missing: the clone is shallow.
    History,
    /// The main branch is unknown.
    Main,
    /// Nothing is published.
    Published,
    /// No rule applies.
    Anything,
}

/// A version, split by hand: core numbers, identifiers of the pre-release, and
/// the app version, letter after letter but with the digits of a number together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    core: Vec<String>,
    pre: Vec<String>,
    app: Vec<String>,
}

fn split(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::to_owned).collect()
}

/// `v10-a` becomes `v`, `10`, `-`, `a`.
fn numbers_and_letters(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![];
    for letter in text.chars() {
        match parts.last_mut() {
            Some(last) if is_number(last) && letter.is_ascii_digit() => last.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    parts
}

/// Splits a text that is known to be a version, perhaps with a leading `v`.
pub(crate) fn parts(text: &str) -> Parts {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (rest, app) = match text.split_once('+') {
        Some((rest, app)) => (rest, numbers_and_letters(app)),
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

/// Numbers by value, however long, and before everything else.
fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (is_number(left), is_number(right)) {
        (true, true) => {
            let (l, r) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            l.len().cmp(&r.len()).then(l.cmp(r))
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

fn compare(left: &Parts, right: &Parts) -> Ordering {
    compare_recipe_versions(left, right).then_with(|| compare_app_versions(&left.app, &right.app))
}

/// Letter by letter is word by word: where one word ends before the other, the end
/// or a number stands against a letter, and comes first. Texts that differ in
/// zeros alone, `08` and `8`, compare as texts.
fn compare_app_versions(left: &[String], right: &[String]) -> Ordering {
    compare_lists(left, right).then_with(|| left.concat().cmp(&right.concat()))
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

/// The tags that are versions, the newest first.
pub(crate) fn newest_first(mut published: Vec<(String, Parts)>) -> Vec<(String, Parts)> {
    published.sort_by(|left, right| compare(&right.1, &left.1));
    published
}

/// Decides.
pub(crate) fn decide<'a>(question: &Question<'a>) -> Decision<'a> {
    let Question { head, .. } = *question;
    if question.declared {
        return Decision::Skip {
            rung: "declared",
            reason: "declared",
        };
    }
    if let Some(wanted) = question.override_version {
        return match find(question, wanted) {
            Some(base) => answer("override", base, head),
            None => Decision::Refused(Missing::Override),
        };
    }
    if let Some(canonical) = question.canonical {
        return with_canonical(question, canonical);
    }
    if question.release_first && head.is_some() {
        if question.shallow {
            return Decision::Refused(Missing::History);
        }
        if let Some(base) = newest_older(question) {
            return answer("release", base, head);
        }
    }
    match question.main {
        MainTip::Unknown => Decision::Refused(Missing::Main),
        MainTip::IsHead => Decision::Skip {
            rung: "main-tip",
            reason: "head == main tip (no predecessor delta)",
        },
        MainTip::Elsewhere(version) => Decision::MainTip {
            delta: delta(version, head),
        },
    }
}

fn answer<'a>(
    rung: &'static str,
    (tag, base): &'a (String, Parts),
    head: Option<&Parts>,
) -> Decision<'a> {
    Decision::Version {
        tag,
        rung,
        delta: delta(Some(base), head),
    }
}

/// The tag that spells a version exactly, else the newest of the same version.
fn find<'a>(question: &Question<'a>, wanted: &Parts) -> Option<&'a (String, Parts)> {
    let mut tags = question.newest_first.iter();
    let exact = tags.clone().find(|(_, parts)| parts == wanted);
    exact.or_else(|| tags.find(|(_, parts)| same(parts, wanted)))
}

fn newest_older<'a>(question: &Question<'a>) -> Option<&'a (String, Parts)> {
    let head = question.head?;
    let mut tags = question.newest_first.iter();
    tags.find(|(_, parts)| older(parts, head) && may_be_base(question, parts))
}

fn may_be_base(question: &Question<'_>, parts: &Parts) -> bool {
    (question.prereleases || parts.pre.is_empty()) && !question.excluded.contains(parts)
}

fn with_canonical<'a>(question: &Question<'a>, canonical: &Parts) -> Decision<'a> {
    let tagged = find(question, canonical);
    let usable = tagged.filter(|(_, parts)| may_be_base(question, parts));
    if let Some(base) = usable {
        match question.head {
            None => return answer("canonical", base, None),
            Some(head) if older(canonical, head) && older(&base.1, head) => {
                return answer("canonical", base, Some(head));
            }
            Some(_) => {}
        }
    }
    if question.shallow {
        return Decision::Refused(Missing::History);
    }
    if question.newest_first.is_empty() {
        return Decision::Refused(Missing::Published);
    }
    let Some(head) = question.head else {
        return Decision::Refused(Missing::Anything);
    };
    if let Some(base) = newest_older(question) {
        return answer("step-back", base, Some(head));
    }
    let reason = if older(head, canonical) {
        "canonical is newer than head and no older published predecessor"
    } else if same(head, canonical) {
        "base == head and no older published predecessor"
    } else if tagged.is_none() {
        "canonical is no longer published and no older published predecessor"
    } else if tagged.is_some_and(|(_, parts)| question.excluded.contains(parts)) {
        "canonical is excluded and no older published predecessor"
    } else if usable.is_none() {
        "canonical is an excluded pre-release and no older published predecessor"
    } else {
        "base == head and no older published predecessor"
    };
    Decision::Skip {
        rung: "step-back",
        reason,
    }
}
