//! The rules on bare ranks. A version is only a place in an order of two levels, so what passes here
//! holds for any versions that are ordered so: every order type of up to five versions is asked
//! about. `docs/why-small-worlds.md` says why five are enough.

use std::sync::LazyLock;

use crate::{
    Base, Canonical, CommitId, Exclusion, Fallback, Head, IncompleteHistory, Inputs, MainTip,
    Policy, PublishedSet, RejectionKind, ResolveError, Rung, SkipReason, Version, resolve,
};

use super::facts::{Answer, Facts, History, Refusal, Skip};

/// The rank of a recipe version, and that of the app version within it, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    recipe: usize,
    app: Option<usize>,
}

impl Rank {
    fn is_same_version(self, other: Self) -> bool {
        self.recipe == other.recipe
            && (self.app == other.app || self.app.is_none() || other.app.is_none())
    }

    fn is_older_than(self, other: Self) -> bool {
        self < other && !self.is_same_version(other)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag {
    rank: Rank,
    is_prerelease: bool,
    is_excluded: bool,
}

/// A history of ranks.
#[derive(Clone, Copy)]
struct Ranks<'a>(&'a [Tag]);

impl History for Ranks<'_> {
    type Version = Rank;
    type Published = Tag;

    fn version(self, published: Tag) -> Rank {
        published.rank
    }

    fn is_older_than(self, version: Rank, other: Rank) -> bool {
        version.is_older_than(other)
    }

    fn is_same_version(self, version: Rank, other: Rank) -> bool {
        version.is_same_version(other)
    }

    fn is_comparable(self, _: Rank, _: Rank) -> bool {
        true
    }

    fn is_prerelease(self, published: Tag) -> bool {
        published.is_prerelease
    }

    fn is_excluded(self, published: Tag) -> bool {
        published.is_excluded
    }

    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn find(self, version: Rank) -> Option<Tag> {
        let same = self
            .0
            .iter()
            .filter(|tag| tag.rank.is_same_version(version));
        same.max_by_key(|tag| (tag.rank == version, tag.rank))
            .copied()
    }

    fn newest_older_than(self, head: Rank, prereleases: bool) -> Option<Tag> {
        let mut older: Vec<Tag> = self.0.to_vec();
        older.retain(|tag| {
            tag.rank.is_older_than(head) && (prereleases || !tag.is_prerelease) && !tag.is_excluded
        });
        older.into_iter().max_by_key(|tag| tag.rank)
    }
}

/// How a few versions are ordered, and which of them are what.
#[derive(Clone, Debug)]
struct OrderType {
    head: Option<Rank>,
    canonical: Option<Rank>,
    override_version: Option<Rank>,
    /// In ascending order.
    tags: Vec<Tag>,
}

/// The most versions of an order type, and the most tags among them, without an override and with
/// one: where there is one, a tag fewer can matter.
const VERSIONS_MAX: usize = 5;
const TAGS_MAX: usize = 3;
const TAGS_BESIDE_AN_OVERRIDE_MAX: usize = 2;

/// All orders of two levels of a number of versions, with ranks from 0 and none left out.
fn orders(versions: usize) -> Vec<Vec<Rank>> {
    let mut orders = vec![Vec::new()];
    for _ in 0..versions {
        orders = orders
            .iter()
            .flat_map(|order| with_one_more(order))
            .collect();
    }
    orders
}

/// An order with one more version at its end, in each place that there is for it.
fn with_one_more(order: &[Rank]) -> Vec<Vec<Rank>> {
    let and = |ranks: &[Rank], recipe, app| {
        let one = Rank { recipe, app };
        ranks.iter().copied().chain([one]).collect()
    };
    let recipes = order.iter().map(|rank| rank.recipe + 1).max().unwrap_or(0);
    let mut longer = Vec::new();
    for recipe in 0..=recipes {
        let mut shifted = order.to_vec();
        for rank in &mut shifted {
            rank.recipe += usize::from(rank.recipe >= recipe);
        }
        longer.extend([and(&shifted, recipe, None), and(&shifted, recipe, Some(0))]);
    }
    for recipe in 0..recipes {
        longer.push(and(order, recipe, None));
        let of_recipe = order.iter().filter(|rank| rank.recipe == recipe);
        let apps = of_recipe.filter_map(|rank| rank.app).max();
        let apps = apps.map_or(0, |newest| newest + 1);
        longer.extend((0..apps).map(|app| and(order, recipe, Some(app))));
        for app in 0..=apps {
            let mut shifted = order.to_vec();
            for rank in shifted.iter_mut().filter(|rank| rank.recipe == recipe) {
                rank.app = rank.app.map(|other| other + usize::from(other >= app));
            }
            longer.push(and(&shifted, recipe, Some(app)));
        }
    }
    longer
}

/// The bit of the override among those of head, canonical and override.
const OVERRIDE: usize = 2;

static ORDER_TYPES: LazyLock<Vec<OrderType>> = LazyLock::new(order_types);

/// Every order type within the bounds: who is there, how they are ordered, which recipe versions
/// of tags are pre-releases, and which tags are excluded.
fn order_types() -> Vec<OrderType> {
    let mut types = Vec::new();
    for named in 0..8_usize {
        let is_there = |bit: usize| named >> bit & 1 == 1;
        let others = (0..3).filter(|bit| is_there(*bit)).count();
        let most = if is_there(OVERRIDE) {
            TAGS_BESIDE_AN_OVERRIDE_MAX
        } else {
            TAGS_MAX
        };
        for tags in 0..=most.min(VERSIONS_MAX - others) {
            for order in orders(others + tags) {
                let (named, tags) = order.split_at(others);
                if !tags.is_sorted_by(|older, newer| older < newer) {
                    continue;
                }
                let mut named = named.iter().copied();
                let mut next = |bit| is_there(bit).then(|| named.next()).flatten();
                let of = OrderType {
                    head: next(0),
                    canonical: next(1),
                    override_version: next(OVERRIDE),
                    tags: Vec::new(),
                };
                types.extend(flagged(tags).map(|tags| OrderType { tags, ..of.clone() }));
            }
        }
    }
    types
}

/// Tags of these ranks, each recipe version a pre-release or not, and each tag excluded or not.
fn flagged(ranks: &[Rank]) -> impl Iterator<Item = Vec<Tag>> {
    let mut recipes: Vec<usize> = ranks.iter().map(|rank| rank.recipe).collect();
    recipes.dedup();
    let masks = 0..1_usize << (recipes.len() + ranks.len());
    masks.map(move |mask| {
        let is_set = |bit: usize| mask >> bit & 1 == 1;
        let tag = |(number, rank): (usize, &Rank)| Tag {
            rank: *rank,
            is_prerelease: recipes
                .iter()
                .position(|recipe| *recipe == rank.recipe)
                .is_some_and(is_set),
            is_excluded: is_set(recipes.len() + number),
        };
        ranks.iter().enumerate().map(tag).collect()
    })
}

/// What is asked besides.
#[derive(Clone, Copy, Debug)]
struct Switches {
    head_is_main_tip: Option<bool>,
    shallow: bool,
    policy: Policy,
}

/// Every one: 3 main tips, and the rest on and off.
fn switches() -> Vec<Switches> {
    let bits = 0..8;
    let with_main = |head_is_main_tip| {
        bits.clone().map(move |bits: u8| Switches {
            head_is_main_tip,
            shallow: bits & 1 == 1,
            policy: Policy {
                prereleases: bits & 2 == 0,
                fallback: Fallback::ALL[usize::from(bits >> 2 & 1)],
                ignore_canonical: false,
            },
        })
    };
    let mains = [Some(true), Some(false), None];
    mains.into_iter().flat_map(with_main).collect()
}

/// A decision: the rule and its answer, or why there is none.
type Decision = Result<(Rung, Answer<Tag>), Refusal<Tag>>;

fn decide(of: &OrderType, switches: Switches, is_declared: bool) -> Decision {
    let facts = Facts {
        is_declared,
        override_version: of.override_version,
        head: of.head,
        head_is_main_tip: switches.head_is_main_tip,
        canonical: of.canonical,
        history: Ranks(&of.tags),
        shallow: switches.shallow,
        policy: switches.policy,
    };
    let mut decided = None;
    let answer = facts.decide(|rung, _, _| decided = Some(rung))?;
    Ok((decided.expect("some rule decides"), answer))
}

/// What must come out, in plain words on ranks.
fn expected(of: &OrderType, switches: Switches) -> Decision {
    let newest_first = || of.tags.iter().rev().copied();
    let same = |a: Rank, b: Rank| {
        a.recipe == b.recipe && (a.app.is_none() || b.app.is_none() || a.app == b.app)
    };
    let older = |a: Rank, b: Rank| {
        let is_older_app = matches!((a.app, b.app), (Some(a), Some(b)) if a < b);
        a.recipe < b.recipe || (a.recipe == b.recipe && is_older_app)
    };
    let find = |wanted: Rank| {
        let exact = newest_first().find(|tag| tag.rank == wanted);
        exact.or_else(|| newest_first().find(|tag| same(tag.rank, wanted)))
    };
    let may_be_base =
        |tag: &Tag| !tag.is_excluded && (switches.policy.prereleases || !tag.is_prerelease);
    if let Some(wanted) = of.override_version {
        let base = find(wanted).ok_or(Refusal::OverrideNotPublished)?;
        return Ok((Rung::Override, Answer::Version(base)));
    }
    let nearest = || {
        let head = of.head?;
        newest_first().find(|tag| older(tag.rank, head) && may_be_base(tag))
    };
    let Some(canonical) = of.canonical else {
        if switches.policy.fallback == Fallback::ReleaseFirst && of.head.is_some() {
            if switches.shallow {
                return Err(Refusal::Shallow);
            }
            if let Some(base) = nearest() {
                return Ok((Rung::Release, Answer::Version(base)));
            }
        }
        return match switches.head_is_main_tip {
            None => Err(Refusal::NoMainTip),
            Some(true) => Ok((Rung::MainTip, Answer::Skip(Skip::HeadIsMainTip))),
            Some(false) => Ok((Rung::MainTip, Answer::MainTip)),
        };
    };
    let tagged = find(canonical);
    if let Some(base) = tagged.filter(may_be_base)
        && of
            .head
            .is_none_or(|head| older(canonical, head) && older(base.rank, head))
    {
        return Ok((Rung::Canonical, Answer::Version(base)));
    }
    if switches.shallow {
        return Err(Refusal::Shallow);
    }
    if of.tags.is_empty() {
        return Err(Refusal::NothingPublished);
    }
    let head = of.head.ok_or(Refusal::NothingToDecideWith(tagged))?;
    if let Some(base) = nearest() {
        return Ok((Rung::StepBack, Answer::Version(base)));
    }
    let kind = if older(head, canonical) {
        RejectionKind::Newer
    } else if same(head, canonical) {
        RejectionKind::Same
    } else {
        match tagged {
            None => RejectionKind::Gone,
            Some(tag) if tag.is_excluded => RejectionKind::Excluded,
            Some(tag) if !may_be_base(&tag) => RejectionKind::Prerelease,
            Some(_) => RejectionKind::Same,
        }
    };
    Ok((Rung::StepBack, Answer::Skip(Skip::NothingOlder(kind))))
}

#[test]
fn every_order_type_is_decided_as_on_plain_ranks() {
    // Two-level orders of 0 to 5 versions that can be told from each other.
    let counts = [0, 1, 2, 3, 4, 5].map(|versions| orders(versions).len());
    assert_eq!(counts, [1, 2, 14, 146, 2_030, 35_282]);
    let switches = switches();
    assert_eq!((ORDER_TYPES.len(), switches.len()), (559_331, 24));
    let is_plain = |of: &&OrderType| {
        let mut tags = of.tags.iter();
        tags.all(|tag| !tag.is_prerelease && !tag.is_excluded)
    };
    assert_eq!(ORDER_TYPES.iter().filter(is_plain).count(), 27_835);
    // By each rung, and by none.
    let mut decided = [0_u64; 7];
    for of in &*ORDER_TYPES {
        let declared = Ok((Rung::Declared, Answer::Skip(Skip::Declared)));
        assert_eq!(decide(of, switches[0], true), declared);
        // An override decides before main tip and fallback are asked for.
        let asked = if of.override_version.is_some() { 4 } else { 24 };
        for switches in &switches[..asked] {
            let decision = decide(of, *switches, false);
            assert_eq!(decision, expected(of, *switches), "{of:?} {switches:?}");
            decided[decision.map_or(6, |(rung, _)| rung as usize)] += 1;
        }
    }
    assert_eq!(
        decided,
        [0, 262_208, 331_092, 2_901_450, 30_165, 157_434, 4_191_835]
    );
}

/// The tag of the override or, without an override, of the canonical, and the base: any other tag
/// shows at most that something is published.
#[test]
fn a_tag_that_is_neither_the_base_nor_named_decides_nothing() {
    let switches = switches();
    let mut left_out = 0_u64;
    for (number, of) in ORDER_TYPES.iter().enumerate() {
        if of.tags.len() < 2 {
            continue;
        }
        let switches = *one_of(&switches, number);
        let named = of.override_version.or(of.canonical);
        let named = named.and_then(|one| Ranks(&of.tags).find(one));
        let decision = decide(of, switches, false);
        let is_base = |tag| matches!(decision, Ok((_, Answer::Version(base))) if base == tag);
        for tag in &of.tags {
            if named == Some(*tag) || is_base(*tag) {
                continue;
            }
            let mut fewer = of.clone();
            fewer.tags.retain(|other| other != tag);
            assert_eq!(decide(&fewer, switches, false), decision, "{of:?}");
            left_out += 1;
        }
    }
    assert_eq!(left_out, 1_172_311);
}

/// Recipe versions and app versions, in ascending order.
type Spelling = ([&'static str; 5], [&'static str; 5]);

/// Versions that are ordered as ranks are, in two ways that share no text.
const SPELLINGS: [Spelling; 2] = [
    (
        ["1.2.9", "1.2.10", "1.9.0", "1.10.0", "10.0.0"],
        ["8", "9.1", "10", "v9", "v10"],
    ),
    (
        ["0.0.1", "0.1.0", "2.0.11", "2.3.4", "2.20.0"],
        ["08", "18446744073709551616", "a.9", "a.10-b", "alpine"],
    ),
];

/// The text of a rank.
fn spelled(rank: Rank, is_prerelease: bool, (recipes, apps): &Spelling) -> String {
    let recipe = recipes[rank.recipe];
    let pre = if is_prerelease { "-rc.1" } else { "" };
    let app = rank
        .app
        .map_or_else(String::new, |app| format!("+{}", apps[app]));
    format!("{recipe}{pre}{app}")
}

/// One of some things for each number, without a pattern that the numbers could share.
fn one_of<T>(things: &[T], number: usize) -> &T {
    &things[(number.wrapping_mul(0x9E37_79B1) >> 16) % things.len()]
}

/// What the released chain decides about versions that are ordered so.
fn resolved(of: &OrderType, switches: Switches, spelling: &Spelling) -> Decision {
    let is_prerelease = |rank: Rank| {
        let mut tags = of.tags.iter();
        tags.any(|tag| tag.is_prerelease && tag.rank.recipe == rank.recipe)
    };
    let text = |rank: Rank| spelled(rank, is_prerelease(rank), spelling);
    let version = |rank: Rank| Version::parse(&text(rank)).unwrap();
    let names: Vec<String> = of.tags.iter().map(|tag| text(tag.rank)).collect();
    let published = PublishedSet::from_tags(&names);
    let excluded = of.tags.iter().filter(|tag| tag.is_excluded);
    let excluded: Vec<Exclusion> = excluded
        .map(|tag| Exclusion {
            version: version(tag.rank),
            reason: "it is excluded".to_owned(),
        })
        .collect();
    let others = [of.head, of.canonical, of.override_version];
    let [head, canonical, override_version] = others.map(|one| one.map(version));
    let [commit, other] = [1, 2].map(|byte| CommitId::from_bytes([byte; 20]));
    let head = Head {
        commit,
        version: head.as_ref().ok_or("it has no label"),
    };
    let inputs = Inputs::new(head, &published)
        .override_version(override_version.as_ref())
        .main_tip(switches.head_is_main_tip.map(|is_head| MainTip {
            name: "main",
            commit: if is_head { commit } else { other },
            version: None,
        }))
        .canonical(canonical.as_ref().map(|version| Canonical {
            version,
            commit: None,
            tag_commit: None,
        }))
        .excluded(&excluded)
        .shallow(switches.shallow)
        .policy(switches.policy);
    let plan = resolve(&inputs).map_err(|error| match error {
        ResolveError::OverrideNotPublished { .. } => Refusal::OverrideNotPublished,
        ResolveError::Incomplete(IncompleteHistory::Shallow) => Refusal::Shallow,
        ResolveError::Incomplete(_) => Refusal::NothingPublished,
        ResolveError::NothingToDecideWith { .. } => {
            let tagged = of.canonical.and_then(|one| Ranks(&of.tags).find(one));
            Refusal::NothingToDecideWith(tagged)
        }
        ResolveError::NoMainTip => Refusal::NoMainTip,
    })?;
    let answer = match plan.base {
        Base::Version(base) => {
            let at = names.iter().position(|name| *name == base.tag()).unwrap();
            Answer::Version(of.tags[at])
        }
        Base::Ref(_) => Answer::MainTip,
        Base::Skip(SkipReason::NothingOlder(kind)) => Answer::Skip(Skip::NothingOlder(kind)),
        Base::Skip(SkipReason::HeadIsMainTip) => Answer::Skip(Skip::HeadIsMainTip),
        Base::Skip(SkipReason::Declared(_)) => Answer::Skip(Skip::Declared),
    };
    Ok((plan.rung(), answer))
}

#[test]
fn versions_that_are_ordered_so_have_the_answers_of_their_ranks() {
    let switches = switches();
    for (number, of) in ORDER_TYPES.iter().enumerate() {
        let switches = *one_of(&switches, number);
        let decision = resolved(of, switches, one_of(&SPELLINGS, number + 1));
        assert_eq!(decision, decide(of, switches, false), "{of:?} {switches:?}");
    }
}
