//! `--tags`: the names of tags, as other programs list them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::cli::failure::Failure;

/// The most that is read of a list, in bytes.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How many entries a page has where tags are listed in pages.
const PAGES: [usize; 5] = [30, 50, 100, 250, 1000];

/// Names of tags.
pub(crate) struct TagList {
    /// The names, less `refs/tags/`: bytes, since git allows any.
    pub names: Vec<Vec<u8>>,
    /// Why it may not be whole.
    pub warning: Option<String>,
}

/// The JSON of `skopeo list-tags`.
#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Tags")]
    tags: Vec<String>,
}

impl TagList {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(list: &Path) -> Result<Self, Failure> {
        let is_input = list == Path::new("-");
        let shown = if is_input {
            "standard input".to_owned()
        } else {
            list.display().to_string()
        };
        let failed = |why: String| {
            Failure::no_answer(format_args!(
                "the list of tags in {shown} cannot be read: {why}"
            ))
        };
        let bytes = bytes(list, is_input).map_err(|error| failed(error.to_string()))?;
        if bytes.len() as u64 > BYTES_MAX {
            return Err(failed("it is larger than 256 MiB".to_owned()));
        }
        let names = names(&bytes).map_err(failed)?;
        let warning = PAGES.contains(&names.len()).then(|| {
            let count = names.len();
            format!(
                "the list has {count} names, which is the size of a page: it may be cut; have the \
                 program that made it list all tags"
            )
        });
        Ok(Self { names, warning })
    }
}

fn bytes(list: &Path, is_input: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_input {
        io::stdin()
            .lock()
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    } else {
        File::open(list)?
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The names, or what makes no name, and where.
fn names(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    // Some programs of Windows put a byte order mark before a text.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"{") {
        let listed = serde_json::from_slice::<Listed>(start);
        let listed = listed.map_err(|_| {
            "it begins as JSON and is no object with a list of texts `Tags`, as `skopeo list-tags` \
             writes it"
                .to_owned()
        })?;
        let tags = listed.tags.into_iter().map(|tag| {
            let name = tag.strip_prefix("refs/tags/").unwrap_or(&tag);
            name.as_bytes().to_vec()
        });
        return Ok(tags.collect());
    }
    let mut names = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        match read(line) {
            Line::Other => {}
            Line::Tag(name) => names.push(name.to_vec()),
            Line::Unknown => {
                return Err(format!(
                    "line {} has white space in it and is no line of `git ls-remote --tags`; give \
                     one name a line, such as those of `gh release list --limit 1000000 --json \
                     tagName --jq '.[].tagName'` or of `helm search repo NAME --versions --output \
                     json | jq -r '.[].version'`",
                    index + 1
                ));
            }
        }
    }
    Ok(names)
}

/// What a line says.
enum Line<'a> {
    Tag(&'a [u8]),
    /// Nothing, or something of a remote that is no tag.
    Other,
    Unknown,
}

fn read(line: &[u8]) -> Line<'_> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    let Some(at) = line.iter().position(is_space) else {
        return match line.strip_prefix(b"refs/tags/") {
            Some(name) => Line::Tag(name),
            None if line.is_empty() || line.starts_with(b"refs/") => Line::Other,
            None => Line::Tag(line),
        };
    };
    let (id, name) = (&line[..at], line[at..].trim_ascii_start());
    let is_id = [40, 64].contains(&id.len()) && id.iter().all(u8::is_ascii_hexdigit);
    if !is_id || name.iter().any(is_space) {
        return Line::Unknown;
    }
    match name.strip_prefix(b"refs/tags/") {
        // A line that ends in `^{}` is of the commit of the annotated tag on the line before.
        Some(tag) if !tag.ends_with(b"^{}") => Line::Tag(tag),
        Some(_) | None => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    fn listed(text: &str) -> Result<Vec<String>, String> {
        let names = names(text.as_bytes())?;
        Ok(names
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    #[test]
    fn names_are_read_as_programs_list_them() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let remote = format!(
            "{id}\tHEAD\n{id}\trefs/heads/main\n{id}\trefs/tags/v1.0\n{id}\trefs/tags/v1.0^{{}}\n"
        );
        for (text, expected) in [
            ("v1.0\r\nv1.1\n\n", vec!["v1.0", "v1.1"]),
            ("\u{feff}refs/tags/v1.0\nrefs/heads/2.0\n", vec!["v1.0"]),
            (&remote, vec!["v1.0"]),
            (
                "\n{\"Repository\": \"r\", \"Tags\": [\"1\", \"2\"]}",
                vec!["1", "2"],
            ),
            ("", vec![]),
        ] {
            assert_eq!(listed(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_table_is_refused_with_what_to_give_instead() {
        for text in [
            "NAME  VERSION\nweb  1.2.3",
            "Title\tLatest\tv1.0\t2024-01-01",
            "{\"Tags\": 1}",
        ] {
            let why = listed(text).unwrap_err();
            assert!(
                why.contains("one name a line") || why.contains("skopeo"),
                "{why}"
            );
        }
    }
}
