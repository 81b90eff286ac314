//! The file of a scheme: what it says, and what makes no sense in it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use regex::RegexBuilder;
use serde::Deserialize;

use samever_core::Order;

use super::presets::preset;
use super::{GROUP, HeadPlace, HeadSource, Scheme, TagForm};
use crate::disk::read_bounded;
use crate::written::{read_yaml, stated, utf8};

/// The most that is read of a scheme's file, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// The most memory that a compiled pattern takes, in bytes.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// A scheme cannot be used.
///
/// It quotes what the operator wrote: print it through [`Escaped`](samever_core::Escaped).
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemeError {
    #[error(
        "there is no scheme {name}, and no file of that name; `samever scheme list` lists the schemes"
    )]
    Unknown { name: String },
    #[error("the scheme {} cannot be read: {why}", .file.display())]
    Unreadable { file: PathBuf, why: String },
    #[error("the scheme {name} makes no sense: {why}")]
    Senseless { name: String, why: String },
    #[error(
        "the scheme {name} is of one part of a repository; name the folder of the part, such as \
         {name}:path/of/part, or, for a project in the root of its repository, write a file with its \
         tags and its head, as `samever scheme show {name}` shows them"
    )]
    NoPart { name: String },
    #[error("the scheme {name} knows no parts, but {part} is given; leave it out")]
    PartUnknown { name: String, part: String },
    #[error("`{part}` is no path of a part: {why}; write it as in path/of/part")]
    BadPart { part: String, why: &'static str },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SchemeFile {
    #[serde(default, rename = "about")]
    _about: Option<String>,
    order: Order,
    #[serde(default, deserialize_with = "stated")]
    tag_prefix: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    part_tag_prefix: Option<String>,
    #[serde(default, deserialize_with = "stated")]
    tags: Option<String>,
    head: HeadFile,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`head` is `label`, `given`, a place {file: F, key: K}, or a list of places"
)]
enum HeadFile {
    Word(HeadWord),
    One(PlaceFile),
    Many(Vec<PlaceFile>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum HeadWord {
    Label,
    Given,
}

/// A map: a list of two texts would be read as well, if it were not read as a map first.
#[derive(Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
struct PlaceFile {
    file: String,
    key: Option<String>,
}

impl TryFrom<BTreeMap<String, String>> for PlaceFile {
    type Error = &'static str;

    fn try_from(mut said: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        let (file, key) = (said.remove("file"), said.remove("key"));
        match file {
            Some(file) if said.is_empty() => Ok(Self { file, key }),
            Some(_) | None => Err("a place is {file: F} or {file: F, key: K}"),
        }
    }
}

/// Reads the scheme that an operator names.
pub(super) fn named(folder: &Path, text: &str) -> Result<Scheme, SchemeError> {
    let (name, part) = match text.rsplit_once(':') {
        Some((name, part)) if preset(text).is_none() && !folder.join(text).is_file() => {
            (name, Some(part))
        }
        Some(_) | None => (text, None),
    };
    let content = match preset(name) {
        Some(preset) => preset.text,
        None => of_file(&folder.join(name), name)?,
    };
    let part = part.map(checked_part).transpose()?;
    read(name, &content, part)
}

/// The text of a scheme's file.
fn of_file(file: &Path, name: &str) -> Result<String, SchemeError> {
    if !file.exists() {
        return Err(SchemeError::Unknown {
            name: name.to_owned(),
        });
    }
    let unreadable = |why: String| SchemeError::Unreadable {
        file: file.to_owned(),
        why,
    };
    let bytes = read_bounded(file, BYTES_MAX).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(unreadable("it is larger than 64 KiB".to_owned()));
    }
    let text = utf8(&bytes).map_err(|at| unreadable(format!("it is not UTF-8 at byte {at}")))?;
    Ok(text.to_owned())
}

/// The path of a part, which stays in the tree.
fn checked_part(part: &str) -> Result<&str, SchemeError> {
    match path_fault(part) {
        None => Ok(part),
        Some(why) => Err(SchemeError::BadPart {
            part: part.to_owned(),
            why,
        }),
    }
}

/// Why a path does not stay in the tree, if it does not.
fn path_fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    path.split('/').find_map(|segment| match segment {
        "" => Some("it begins or ends with a slash, or has two in a row"),
        "." | ".." => Some("it has a segment `.` or `..`"),
        _ => None,
    })
}

fn read(name: &str, content: &str, part: Option<&str>) -> Result<Scheme, SchemeError> {
    let senseless = |why: String| SchemeError::Senseless {
        name: name.to_owned(),
        why,
    };
    let file: SchemeFile = read_yaml(content).map_err(|fault| senseless(fault.to_string()))?;
    let prefix = match (&file.tags, &file.tag_prefix, &file.part_tag_prefix, part) {
        (Some(_), Some(_), _, _) | (Some(_), _, Some(_), _) => {
            return Err(senseless(
                "it has `tags` and a prefix of tags; leave one".to_owned(),
            ));
        }
        (None, None, None, _) => {
            return Err(senseless(
                "nothing says which tags publish; give `tags`, a pattern with a group \
                 `(?<version>…)`, or `tag-prefix`"
                    .to_owned(),
            ));
        }
        (Some(_), None, None, None) => None,
        (None, _, Some(prefix), Some(_)) | (None, Some(prefix), _, None) => Some(prefix),
        (None, None, Some(_), None) => {
            return Err(SchemeError::NoPart {
                name: name.to_owned(),
            });
        }
        (_, _, None, Some(part)) => {
            return Err(SchemeError::PartUnknown {
                name: name.to_owned(),
                part: part.to_owned(),
            });
        }
    };
    let filled = |text: &str| fill(text, part);
    let tags = match (prefix, &file.tags) {
        (Some(prefix), _) => TagForm::Prefix(filled(prefix).map_err(&senseless)?),
        (None, pattern) => {
            pattern_of(pattern.as_deref().unwrap_or_default()).map_err(&senseless)?
        }
    };
    let places = match file.head {
        HeadFile::Word(HeadWord::Label) => None,
        HeadFile::Word(HeadWord::Given) => Some(Vec::new()),
        HeadFile::One(place) => Some(vec![place]),
        HeadFile::Many(places) if places.is_empty() => {
            return Err(senseless(
                "its list of places of the head is empty".to_owned(),
            ));
        }
        HeadFile::Many(places) => Some(places),
    };
    let head = match places {
        None if file.order != Order::CoopCloud => {
            let why = "the label of a recipe is a version of the order coop-cloud";
            return Err(senseless(why.to_owned()));
        }
        None => HeadSource::Label,
        Some(places) if places.is_empty() => HeadSource::Given,
        Some(places) => {
            let places = places.into_iter().map(|place| head_place(&place, part));
            HeadSource::Files(places.collect::<Result<_, _>>().map_err(&senseless)?)
        }
    };
    Ok(Scheme {
        name: part.map_or_else(|| name.to_owned(), |part| format!("{name}:{part}")),
        part: part.map(str::to_owned),
        order: file.order,
        tags,
        of_recipes: head == HeadSource::Label,
        head,
    })
}

/// Puts the part's path and its last segment into a text.
fn fill(text: &str, part: Option<&str>) -> Result<String, String> {
    let uses_part = text.contains("{part}") || text.contains("{name}");
    let text = match part {
        None if uses_part => {
            return Err(format!(
                "`{text}` names a part, and stands where none is given"
            ));
        }
        None => text.to_owned(),
        Some(part) => {
            let name = part.rsplit('/').next().unwrap_or(part);
            text.replace("{part}", part).replace("{name}", name)
        }
    };
    if text.contains(['{', '}']) {
        return Err(format!(
            "`{text}` has a brace; only {{part}} and {{name}} are filled in"
        ));
    }
    Ok(text)
}

/// The endings of the files that have keys.
const WITH_KEYS: [&str; 4] = ["json", "toml", "yaml", "yml"];

fn head_place(place: &PlaceFile, part: Option<&str>) -> Result<HeadPlace, String> {
    // The file of a repository without parts is at its root.
    let file = match part {
        None => place.file.strip_prefix("{part}/").unwrap_or(&place.file),
        Some(_) => &place.file,
    };
    let file = fill(file, part)?;
    if let Some(why) = path_fault(&file) {
        return Err(format!("`{file}` is no path of a file in the tree: {why}"));
    }
    let ending = Path::new(&file).extension().and_then(OsStr::to_str);
    let has_keys = ending.is_some_and(|ending| WITH_KEYS.contains(&ending));
    let key = match &place.key {
        Some(_) if !has_keys => {
            let endings = WITH_KEYS.join(", ");
            return Err(format!(
                "a key is looked for in a file of the ending {endings}, and {file} has another"
            ));
        }
        Some(key) if key.split('.').any(str::is_empty) => {
            return Err(format!("the key `{key}` has an empty segment"));
        }
        key => key
            .as_ref()
            .map(|key| key.split('.').map(str::to_owned).collect()),
    };
    Ok(HeadPlace { file, key })
}

/// Reads a pattern, which matches a whole name.
fn pattern_of(pattern: &str) -> Result<TagForm, String> {
    let compile = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(PATTERN_BYTES_MAX)
            .build()
    };
    // What is no pattern by itself may be one between brackets.
    let whole = compile(pattern).and_then(|_| compile(&format!("^(?:{pattern})$")));
    let whole = whole.map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it takes more than 1 MiB of memory".to_owned(),
            error => last_line(&error.to_string()),
        };
        format!("its pattern `{pattern}` cannot be used: {why}")
    })?;
    if !whole.capture_names().flatten().any(|name| name == GROUP) {
        return Err(format!(
            "its pattern `{pattern}` has no group `version`; write (?<version>…) around the version"
        ));
    }
    Ok(TagForm::Pattern(Box::new(whole)))
}

/// The line of a message that says what is wrong, without the lines that point at it.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use std::path::Path;

    use super::{Scheme, SchemeError, read};

    fn named(text: &str) -> Result<Scheme, SchemeError> {
        super::named(Path::new(""), text)
    }

    fn why(content: &str, part: Option<&str>) -> String {
        read("mine.yaml", content, part).unwrap_err().to_string()
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let tags = |tags: &str| format!("{tags}\norder: numeric\nhead: given\n");
        for (content, part, message) in [
            ("", None, "makes no sense"),
            (
                "order: numeric\nhead: given\n",
                None,
                "nothing says which tags publish",
            ),
            (
                &tags("tag-prefix: v\ntags: '(?<version>.+)'"),
                None,
                "leave one",
            ),
            (&tags("tags: 'v(.+)'"), None, "has no group `version`"),
            (&tags("tags: 'v(?<version>.+'"), None, "unclosed group"),
            (
                &tags("tags: '(?<version>(\\d{1,1000}){1,1000})'"),
                None,
                "more than 1 MiB of memory",
            ),
            (&tags("tags: '(?<version>a)(?=b)'"), None, "look-around"),
            (
                &tags("tag-prefix: '{name}-'"),
                None,
                "stands where none is given",
            ),
            (&tags("tag-prefix: '{nam}-'"), None, "has a brace"),
            (
                &tags("part-tag-prefix: '{name}-'"),
                None,
                "mine.yaml:path/of/part",
            ),
            (&tags("tag-prefix: ''"), Some("a/b"), "knows no parts"),
            (&tags("tag-prefix: ''\nsuffix: x"), None, "suffix"),
            ("tag-prefix: ''\norder: best\nhead: given\n", None, "best"),
            (
                "tag-prefix: ''\norder: numeric\nhead: label\n",
                None,
                "of the order coop-cloud",
            ),
            (
                "tag-prefix: ''\norder: numeric\nhead: []\n",
                None,
                "is empty",
            ),
            (
                "tag-prefix: ''\norder: numeric\nhead: {file: VERSION, key: a}\n",
                None,
                "VERSION has another",
            ),
            (
                "tag-prefix: ''\norder: numeric\nhead: {file: ../a.json, key: a}\n",
                None,
                "`.` or `..`",
            ),
            (
                "tag-prefix: ''\norder: numeric\nhead: {file: a.json, key: a..b}\n",
                None,
                "empty segment",
            ),
        ] {
            let why = why(content, part);
            assert!(why.contains(message), "{content}: {why}");
            assert!(!why.contains('\n'), "{why}");
        }
    }

    #[test]
    fn a_name_is_a_preset_or_a_file_with_a_part_or_without() {
        for (name, message) in [
            ("semwer", "there is no scheme semwer"),
            ("semwer:a", "there is no scheme semwer"),
            (
                "helm-chart",
                "helm-chart:path/of/part, or, for a project in the root of its repository, write a file",
            ),
            ("debian:a", "knows no parts, but a is given"),
            ("cargo:", "it is empty"),
            ("cargo:../a", "`.` or `..`"),
            ("cargo:/a", "begins or ends with a slash"),
        ] {
            let why = named(name).unwrap_err().to_string();
            assert!(why.contains(message), "{name}: {why}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.yaml");
        let content = "tags: 'release/(?<version>.+)/web'\norder: numeric\nhead: {file: VERSION}\n";
        fs::write(&file, content).unwrap();
        let scheme = Scheme::named(file.to_str().unwrap()).unwrap();
        assert_eq!(scheme.parse("release/1.2/web").unwrap().to_string(), "1.2");
        fs::write(&file, "x".repeat(70_000)).unwrap();
        let why = named(file.to_str().unwrap()).unwrap_err().to_string();
        assert!(why.contains("larger than 64 KiB"), "{why}");
        let why = named(folder.path().to_str().unwrap())
            .unwrap_err()
            .to_string();
        assert!(why.contains("cannot be read"), "{why}");
    }
}
