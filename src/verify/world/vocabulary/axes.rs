//! The axes: in what a question can differ from another, each value with the fault of a resolver
//! that it is there for. A further value is one line here.

use crate::verify::world::case::{Main, RecordCommit};
use crate::verify::world::vocabulary::draft::{
    Draft, HEAD, NEWER, OLDER, Order, Part, Spelling, TARGET, UNPUBLISHED,
};

/// In what questions can differ.
pub(crate) struct Axis {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its values; the first is the plain one.
    pub(crate) values: &'static [Value],
}

/// One value of an axis.
pub(crate) struct Value {
    /// Its name.
    pub(crate) name: &'static str,
    /// The fault that it is there for.
    pub(crate) fault: &'static str,
    /// Whether it is taken only where a pair asks for it: it decides so much that other values are
    /// not seen beside it, or it takes long.
    pub(crate) is_rare: bool,
    /// What it makes of a question.
    pub(crate) set: fn(&mut Draft),
}

macro_rules! axes {
    ($($axis:literal { $($name:literal, $fault:literal $(, $rare:ident)?: $set:expr;)+ })+) => {
        &[$(Axis {
            name: $axis,
            values: &[$(Value {
                name: $name,
                fault: $fault,
                is_rare: axes!(@ $($rare)?),
                set: $set,
            },)+],
        },)+]
    };
    (@) => { false };
    (@ rare) => { true };
}

/// The axis of real lists. A question of one takes its versions from there.
pub(crate) const REAL: &str = "real tags";

/// The axes that say what the versions of other questions are.
pub(crate) const MADE_UP: [&str; 6] = [
    "versions differ in",
    "number",
    "other numbers",
    "lower numbers",
    "app version",
    "pre-release",
];

/// All of them.
pub(crate) const AXES: &[Axis] = axes! {
    "real tags" {
        "none", "the plain case is wrong": |draft| draft.real = None;
        "recipes", "versions of several app versions, tagged out of order, are not told apart": |draft| draft.real = Some(include_str!("tags/recipes.txt"));
        "renovate", "long runs of plain versions are cut off": |draft| draft.real = Some(include_str!("tags/renovate.txt"));
        "k3s", "release candidates and builds of one version are mixed up": |draft| draft.real = Some(include_str!("tags/k3s.txt"));
        "angular", "builds of one version, by hash, are not ordered": |draft| draft.real = Some(include_str!("tags/angular.txt"));
    }
    "versions differ in" {
        "patch", "the last number is compared as text, or not at all": |draft| draft.part = Part::Patch;
        "minor", "only patches, or only releases of one minor, are stepped through": |draft| draft.part = Part::Minor;
        "major", "a major bump is a skip": |draft| draft.part = Part::Major;
        "pre-release", "pre-releases of one version are one, or come after it": |draft| draft.part = Part::Pre;
        "app version", "app versions are ignored, as semver ignores build metadata": |draft| draft.part = Part::App;
    }
    "number" {
        "9 and 10", "numbers are compared as text": |draft| draft.centre = 10;
        "0 and 1", "major 0 counts as nothing, or as a pre-release": |draft| draft.centre = 3;
        "99 and 100", "numbers have two digits": |draft| draft.centre = 100;
        "past 8 bits", "numbers wrap at 256": |draft| draft.centre = 256;
        "999 and 1000", "numbers have three digits": |draft| draft.centre = 1000;
        "past 15 bits", "numbers wrap at 32768": |draft| draft.centre = 1 << 15;
        "past 16 bits", "numbers wrap at 65536, or have four digits": |draft| draft.centre = 1 << 16;
        "past 24 bits", "numbers are single floats": |draft| draft.centre = 1 << 25;
        "calendar", "numbers have seven digits": |draft| draft.centre = 20_250_131;
        "past 31 bits", "numbers are signed, of 32 bits": |draft| draft.centre = 1 << 31;
        "past 32 bits", "numbers wrap at 2^32": |draft| draft.centre = 1 << 32;
        "past 53 bits", "numbers are double floats": |draft| draft.centre = 1 << 54;
        "past 63 bits", "numbers are signed, of 64 bits": |draft| draft.centre = 1 << 63;
        "up to 64 bits", "the largest number is no number": |draft| draft.centre = u64::MAX - 2;
    }
    "other numbers" {
        "1, 2 and 3", "the plain case is wrong": |draft| draft.others = 1;
        "0, 1 and 2", "major 0 is another kind of version": |draft| draft.others = 0;
        "20, 21 and 22", "a number has one digit": |draft| draft.others = 20;
    }
    "lower numbers" {
        "alike", "the plain case is wrong": |draft| draft.lower = 0;
        "smaller in newer versions", "each number is compared by itself": |draft| draft.lower = 1;
        "far smaller in newer versions", "the numbers are one number, with room for some digits each": |draft| draft.lower = 20_240_115;
    }
    "app version" {
        "numbers", "app versions are compared as text": |draft| draft.app = ["7", "8", "9", "10", "11", "12"];
        "none", "a tag without an app version is no version": |draft| draft.app = [""; 6];
        "two parts", "an app version is a decimal fraction": |draft| draft.app = ["1.7", "1.8", "1.9", "1.10", "1.11", "1.12"];
        "three parts", "an app version of three parts decides before the recipe version": |draft| draft.app = ["1.9.8", "1.9.9", "1.9.10", "1.10.0", "1.10.9", "1.10.10"];
        "four parts", "an app version has three parts": |draft| draft.app = ["1.0.0.7", "1.0.0.8", "1.0.0.9", "1.0.0.10", "1.0.0.11", "1.0.0.12"];
        "parts in unequal number", "a missing part is 0": |draft| draft.app = ["1.7", "1.8", "1.9", "1.9.0", "1.9.0.0", "1.10"];
        "leading zeros", "a leading zero makes a word of a number, or is dropped": |draft| draft.app = ["07", "08", "8", "09", "9", "10"];
        "leading v", "a letter before a number makes a word of it": |draft| draft.app = ["v7", "v8", "v9", "v10", "v11", "v12"];
        "dates", "a hyphen starts a pre-release": |draft| draft.app = ["2024-1-9", "2024-1-10", "2024-2-1", "2024-10-1", "2024-11-1", "2024-11-10"];
        "image suffixes", "a suffix is cut off": |draft| draft.app = ["27.0.9-fpm", "27.0.9-fpm-alpine", "27.0.10-apache", "27.0.10-fpm", "27.0.10-fpm-alpine", "27.1-fpm"];
        "words", "an app version has a number": |draft| draft.app = ["alpine", "bookworm", "latest", "nightly", "slim", "stable"];
        "capitals", "case is folded": |draft| draft.app = ["RELEASE", "Stable", "latest", "release", "stable", "z"];
        "numbers and words", "numbers come after words": |draft| draft.app = ["1", "1.0", "1.a", "9", "a", "a.1"];
        "release candidates", "an app version is a semver": |draft| draft.app = ["1.0", "1.0-rc9", "1.0-rc10", "1.0.0-rc1", "1.0.0-rc2", "1.0.1"];
        "past 64 bits", "the numbers of app versions are limited": |draft| draft.app = ["18446744073709551614", "18446744073709551615", "18446744073709551616", "18446744073709551617", "28446744073709551617", "100000000000000000000"];
        "three parts and a suffix", "an app version that is a semver is ordered as one": |draft| draft.app = ["1.2.2", "1.2.3", "1.2.3-rc1", "1.2.3-rc2", "1.2.4", "1.2.5"];
        "dates and words", "a date comes after a word": |draft| draft.app = ["20230101", "20240101", "20250101", "20260101", "v2", "v3"];
        "past 53 bits, with parts", "the numbers of app versions are double floats": |draft| draft.app = ["9007199254740990.9", "9007199254740991.9", "9007199254740992.5", "9007199254740993.0", "9007199254740993.1", "9007199254740994.1"];
        "long", "a version has at most 128 or 256 letters": |draft| draft.app = ["a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b", "c", "d"];
        "hexadecimal", "an exponent is a number": |draft| draft.app = ["0e9", "1e9", "2e1", "9e1", "9e107d9", "a1b2c3"];
    }
    "pre-release" {
        "none", "the plain case is wrong": |draft| draft.pre = [""; 6];
        "rc.9 and rc.10", "identifiers are compared as text": |draft| draft.pre = ["rc.7", "rc.8", "rc.9", "rc.10", "rc.11", "rc.12"];
        "rc9 and rc10", "numbers in a word are compared as numbers": |draft| draft.pre = ["rc1", "rc10", "rc11", "rc2", "rc8", "rc9"];
        "alpha and alpha.1", "a longer pre-release comes first": |draft| draft.pre = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "rc.1"];
        "numbers and words", "a number comes after a word": |draft| draft.pre = ["1", "2", "10", "a", "b", "c"];
        "dev", "words are ordered by meaning: dev, alpha, beta, rc": |draft| draft.pre = ["alpha", "beta", "dev", "pre", "rc", "snapshot"];
        "capitals", "case is folded": |draft| draft.pre = ["ALPHA", "Beta", "RC", "alpha", "beta", "rc"];
        "hyphens", "a hyphen separates identifiers": |draft| draft.pre = ["a-1", "a-10", "a-9", "x-y", "x-y-z", "x-z"];
        "hyphen or dot", "a hyphen and a dot are one": |draft| draft.pre = ["x", "x.1", "x.9", "x.10", "x-1", "x-2"];
        "zeros", "0 is nothing": |draft| draft.pre = ["0", "0.0", "0.0.0", "0.1", "00a", "0a"];
        "past 64 bits", "identifiers are limited": |draft| draft.pre = ["9999999999999999999", "18446744073709551616", "18446744073709551617", "99999999999999999999", "100000000000000000000", "100000000000000000001"];
    }
    "spelling of tags" {
        "plain", "the plain case is wrong": |draft| draft.spelling = Spelling::Plain;
        "all with v", "a leading v makes no version": |draft| draft.spelling = Spelling::AllV;
        "base with v", "tags with and without a v are two lists": |draft| draft.spelling = Spelling::TargetV;
        "base alone without v", "tags without a v are not seen where others have one": |draft| draft.spelling = Spelling::OthersV;
        "base both ways", "a version that is tagged twice counts twice, or is a tie": |draft| draft.spelling = Spelling::TargetTwice;
        "head both ways", "the head's other tag is taken for an older version": |draft| draft.spelling = Spelling::HeadTwice;
        "head also without app version", "a version without its app version is an older one": |draft| draft.spelling = Spelling::HeadBare;
        "base also without app version", "of one version the wrong tag is taken": |draft| draft.spelling = Spelling::TargetBare;
    }
    "near-version" {
        "none", "the plain case is wrong": |draft| draft.junk = None;
        "capital V", "V1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("V{name}"));
        "two v", "vv1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("vv{name}"));
        "v and dot", "v.1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("v.{name}"));
        "four numbers", "1.0.5.1 is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}.1"));
        "two numbers", "1.0 is taken for a version": |draft| draft.junk = Some(|_, core| core.rsplit_once('.').map_or_else(String::new, |(two, _)| two.to_owned()));
        "underscore", "1.0.5_old is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}_old"));
        "letter behind", "1.0.5a is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}a"));
        "PEP 440", "1.0.5rc1 is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}rc1"));
        "whole reference", "refs/tags/1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("refs/tags/{name}"));
        "folder", "release/1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("release/{name}"));
        "name in front", "app-1.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("app-{name}"));
        "leading zero", "01.0.5 is taken for a version": |draft| draft.junk = Some(|name, _| format!("0{name}"));
        "leading zero in a pre-release", "1.0.5-01 is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}-01"));
        "empty pre-release", "1.0.5- is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}-"));
        "empty app version", "1.0.5+ is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}+"));
        "empty part", "1.0.5+a. is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}+.a"));
        "underscore in the app version", "1.0.5+a_b is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}+a_b"));
        "two plus signs", "1.0.5+a+b is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}+9+9"));
        "past 64 bits", "a number has no end": |draft| draft.junk = Some(|_, core| core.rsplit_once('.').map_or_else(String::new, |(two, _)| format!("{two}.18446744073709551616")));
        "other digits", "digits of another script are digits": |draft| draft.junk = Some(|_, core| core.chars().map(|letter| letter.to_digit(10).and_then(|digit| char::from_u32(0x0660 + digit)).unwrap_or(letter)).collect());
        "other digit behind", "a digit of another script is one behind others": |draft| draft.junk = Some(|_, core| format!("{core}\u{665}"));
        "wide digits", "wide forms are folded": |draft| draft.junk = Some(|_, core| core.chars().map(|letter| letter.to_digit(10).and_then(|digit| char::from_u32(0xff10 + digit)).unwrap_or(letter)).collect());
        "letter that is not ASCII", "1.0.5+é is taken for a version": |draft| draft.junk = Some(|_, core| format!("{core}+\u{e9}"));
        "space that does not break", "white space is cut off": |draft| draft.junk = Some(|name, _| format!("{name}\u{a0}"));
        "wide space in front", "white space is cut off": |draft| draft.junk = Some(|name, _| format!("\u{3000}{name}"));
        "byte order mark", "a mark in front is cut off": |draft| draft.junk = Some(|name, _| format!("\u{feff}{name}"));
    }
    "tags" {
        "few", "the plain case is wrong": |draft| draft.total = 0;
        "20", "a page has 20 tags": |draft| draft.total = 20;
        "21", "a second page with one tag is not read": |draft| draft.total = 21;
        "30", "a page has 30 tags": |draft| draft.total = 30;
        "31", "a page has 30 tags": |draft| draft.total = 31;
        "50", "a page has 50 tags": |draft| draft.total = 51;
        "100", "a full page is taken for the last", rare: |draft| draft.total = 100;
        "200", "there are at most 100 tags", rare: |draft| draft.total = 200;
        "256", "there are at most 255 tags", rare: |draft| draft.total = 257;
        "500", "there are at most 499 tags", rare: |draft| draft.total = 500;
        "1,000", "there are at most 999 tags", rare: |draft| draft.total = 1_001;
        "5,000", "there are at most 4,999 tags", rare: |draft| draft.total = 5_001;
    }
    "newer tags" {
        "few", "the plain case is wrong": |draft| draft.newer = 0;
        "250", "only the newest 100 or 200 versions are kept", rare: |draft| draft.newer = 250;
    }
    "order of tags" {
        "oldest first", "the first tag is the newest": |draft| draft.order = Order::OldestFirst;
        "newest first", "the last tag is the newest": |draft| draft.order = Order::NewestFirst;
        "as text", "the order of tags is that of versions": |draft| draft.order = Order::AsText;
        "as text, backward", "the order of tags is that of versions, backward": |draft| draft.order = Order::AsTextBackward;
        "others around", "what is between two tags is between two versions": |draft| draft.order = Order::OthersAround;
        "mixed", "the tag beside the head's is the one before it": |draft| draft.order = Order::Mixed;
    }
    "head" {
        "released", "the plain case is wrong": |draft| draft.head = Some(HEAD);
        "not released", "only a head that is tagged has a predecessor": |draft| draft.publishes_head = false;
        "newer release", "the newest release but one is taken": |draft| draft.publishes_newer = true;
        "between releases", "a head that is not tagged is the newest": |draft| { draft.publishes_head = false; draft.publishes_newer = true; };
        "without app version", "a head without its app version is another version": |draft| draft.bare_head = true;
        "oldest", "the oldest version is upgraded to itself", rare: |draft| draft.head = Some(0);
        "unknown", "an unknown version is the newest, or the oldest", rare: |draft| draft.head = None;
    }
    "canonical" {
        "head", "the canonical is the base, whatever the head is": |draft| draft.canonical = Some(HEAD);
        "base", "the canonical is not looked at": |draft| draft.canonical = Some(TARGET);
        "before the base", "the newest older version is the base, whatever the canonical is": |draft| draft.canonical = Some(OLDER);
        "newer", "a downgrade is an upgrade, or a skip": |draft| draft.canonical = Some(NEWER);
        "withdrawn", "a canonical that is gone is a skip": |draft| draft.canonical = Some(UNPUBLISHED);
        "base without app version", "a canonical is found by its text": |draft| { draft.canonical = Some(TARGET); draft.bare_canonical = true; };
        "base with v", "a canonical has no v": |draft| { draft.canonical = Some(TARGET); draft.v_canonical = true; };
        "head without app version", "another spelling of the head is an older version": |draft| draft.bare_canonical = true;
        "none", "without a canonical there is nothing to upgrade from", rare: |draft| draft.canonical = None;
    }
    "commit of the canonical" {
        "its own", "the plain case is wrong": |draft| draft.record = RecordCommit::Own;
        "the head's", "the canonical is the base where the commits are equal": |draft| draft.record = RecordCommit::Head;
        "the main tip's", "a canonical at the main tip is the main tip": |draft| draft.record = RecordCommit::Main;
        "not on record", "a canonical without a commit is none": |draft| draft.record = RecordCommit::Unknown;
    }
    "main tip" {
        "head", "the plain case is wrong": |draft| draft.main = Main::IsHead;
        "elsewhere", "the main tip is the base although there is a canonical": |draft| draft.main = Main::Elsewhere;
        "unknown", "without a main tip there is no answer": |draft| draft.main = Main::Unknown;
    }
    "excluded" {
        "none", "the plain case is wrong": |draft| draft.excluded = &[];
        "base", "what is excluded is a base like any other": |draft| draft.excluded = &[TARGET];
        "before the base", "one exclusion moves the base by one": |draft| draft.excluded = &[OLDER];
        "base and the one before", "only the first exclusion is read": |draft| draft.excluded = &[OLDER, TARGET];
        "all older", "where all are excluded, the last one is the base": |draft| draft.excluded = &[0, OLDER, TARGET];
        "head", "a head that is excluded has no base": |draft| draft.excluded = &[HEAD];
    }
    "policy" {
        "main tip", "the plain case is wrong": |draft| draft.release_first = false;
        "release first", "without a canonical the main tip is the base": |draft| draft.release_first = true;
        "main tip, no pre-releases", "a pre-release is a base although none is allowed": |draft| draft.prereleases = false;
        "release first, no pre-releases", "a pre-release is a base although none is allowed": |draft| { draft.release_first = true; draft.prereleases = false; };
    }
    "override" {
        "none", "the plain case is wrong": |draft| draft.override_at = None;
        "published", "an override is not looked at", rare: |draft| draft.override_at = Some(OLDER);
        "head", "an override must be older than the head", rare: |draft| draft.override_at = Some(HEAD);
        "newer", "an override must be older than the head", rare: |draft| draft.override_at = Some(NEWER);
        "not published", "an override is the base, published or not", rare: |draft| draft.override_at = Some(UNPUBLISHED);
        "without app version", "an override is found by its text", rare: |draft| { draft.override_at = Some(OLDER); draft.bare_override = true; };
        "with v", "an override has no v", rare: |draft| { draft.override_at = Some(OLDER); draft.v_override = true; };
    }
    "declared" {
        "no", "the plain case is wrong": |draft| draft.declared = false;
        "yes", "a declaration is not looked at, or its reason is changed", rare: |draft| draft.declared = true;
    }
};

/// Pairs that no question can hold: without app versions or pre-releases, versions cannot differ
/// in them.
pub(crate) const IMPOSSIBLE: [[(&str, &str); 2]; 2] = [
    [
        ("versions differ in", "pre-release"),
        ("pre-release", "none"),
    ],
    [
        ("versions differ in", "app version"),
        ("app version", "none"),
    ],
];
