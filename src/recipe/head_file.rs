//! The version that a tree states: for a recipe in its label, else in a file that the scheme names,
//! under a key in YAML, TOML or JSON, or with its whole text.

use std::ffi::OsStr;
use std::path::Path;

use samever_core::Version;

use crate::recipe::label::{COMPOSE, Unreadable, read_label};
use crate::recipe::node::Node;
use crate::recipe::yaml::first_document;
use crate::scheme::{HeadPlace, HeadSource, Scheme};
use crate::written::{read_json, utf8};

/// The most that is quoted of a value, in characters.
const QUOTED_CHARS_MAX: usize = 60;

/// What stands under a key.
enum Value {
    Text(String),
    /// Something else, by what it is.
    Other(&'static str),
    Missing,
    /// A table, which says where it is.
    Elsewhere,
}

/// Reads the version that a tree states; `read` gives the content of a file.
///
/// # Errors
///
/// Those of `read`; the inner error is why the tree states no version.
pub(crate) fn read_version<E>(
    scheme: &Scheme,
    read: impl Fn(&str) -> Result<Result<Vec<u8>, Unreadable>, E>,
) -> Result<Result<Version, Unreadable>, E> {
    let places = match scheme.head() {
        HeadSource::Label => return Ok(read(COMPOSE)?.and_then(|content| read_label(&content))),
        HeadSource::Given => return Ok(Err(Unreadable::Given)),
        HeadSource::Files(places) => places,
    };
    let mut faults = Vec::new();
    for place in places {
        let content = read(&place.file)?;
        match content.and_then(|content| read_place(place, scheme, &content)) {
            Ok(Some(version)) => return Ok(Ok(version)),
            Ok(None) => {
                let key = place.key.as_deref().unwrap_or_default().join(".");
                faults.push(format!("{} has no {key}", place.file));
            }
            // A file of no part may be missing where another is there.
            Err(why @ Unreadable::NoFile(_)) if scheme.part_name().is_none() => {
                faults.push(why.to_string());
            }
            Err(why) => return Ok(Err(why)),
        }
    }
    faults.dedup();
    Ok(Err(Unreadable::Place(faults.join("; "))))
}

/// Reads the version that a file states at a place; there is none where the key is missing, or
/// says that it stands elsewhere, as `version.workspace = true` does.
///
/// # Errors
///
/// The reason why it cannot be read.
fn read_place(
    place: &HeadPlace,
    scheme: &Scheme,
    content: &[u8],
) -> Result<Option<Version>, Unreadable> {
    let file = &place.file;
    let fault = |why: String| Unreadable::Place(format!("{file} {why}"));
    let text = utf8(content).map_err(|at| fault(format!("is not UTF-8 at byte {at}")))?;
    let (value, what) = match &place.key {
        None => (text.trim().to_owned(), "its text".to_owned()),
        Some(key) => {
            let name = key.join(".");
            let value = value(file, text, key).map_err(fault)?;
            match value {
                Value::Missing | Value::Elsewhere => return Ok(None),
                Value::Other(kind) => {
                    return Err(fault(format!("has a {name} that is {kind}, not a text")));
                }
                Value::Text(text) => (text, name),
            }
        }
    };
    if value.is_empty() {
        return Err(fault(format!("states no version: {what} is empty")));
    }
    let version = scheme.parse(&value);
    version.map(Some).map_err(|error| {
        let line = value.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(QUOTED_CHARS_MAX).collect();
        let order = scheme.order().name();
        fault(format!(
            "states no version of the order {order}: {what} is {shown}: {error}"
        ))
    })
}

fn value(file: &str, text: &str, key: &[String]) -> Result<Value, String> {
    let ending = Path::new(file).extension().and_then(OsStr::to_str);
    if ending == Some("json") {
        let document = read_json::<serde_json::Value>(text);
        let document = document.map_err(|fault| format!("is not readable JSON: {fault}"))?;
        return Ok(in_json(&document, key));
    }
    if ending == Some("toml") {
        let document = text.parse::<toml::Table>();
        let document = document.map_err(|error| toml_fault(&error, text))?;
        return Ok(in_toml(&toml::Value::Table(document), key));
    }
    let document = first_document(text);
    let document = document.map_err(|fault| format!("is not readable YAML: {fault}"))?;
    let value = key.iter().fold(&*document, |node, key| node.get(key));
    Ok(match value {
        Node::Text(text) => Value::Text(text.clone()),
        Node::Null => Value::Missing,
        Node::Scalar(_) => Value::Other("a number or a boolean without quotes"),
        Node::List(_) => Value::Other("a list"),
        Node::Map(_) => Value::Other("a map"),
    })
}

fn in_json(document: &serde_json::Value, key: &[String]) -> Value {
    use serde_json::Value as Json;
    let value = key.iter().try_fold(document, |value, key| value.get(key));
    match value {
        None | Some(Json::Null) => Value::Missing,
        Some(Json::String(text)) => Value::Text(text.clone()),
        Some(Json::Bool(_)) => Value::Other("a boolean"),
        Some(Json::Number(_)) => Value::Other("a number"),
        Some(Json::Array(_)) => Value::Other("a list"),
        Some(Json::Object(_)) => Value::Other("an object"),
    }
}

fn in_toml(document: &toml::Value, key: &[String]) -> Value {
    use toml::Value as Toml;
    let value = key.iter().try_fold(document, |value, key| value.get(key));
    match value {
        None => Value::Missing,
        Some(Toml::String(text)) => Value::Text(text.clone()),
        Some(Toml::Integer(_) | Toml::Float(_)) => Value::Other("a number"),
        Some(Toml::Boolean(_)) => Value::Other("a boolean"),
        Some(Toml::Datetime(_)) => Value::Other("a date"),
        Some(Toml::Array(_)) => Value::Other("a list"),
        Some(Toml::Table(_)) => Value::Elsewhere,
    }
}

/// What is wrong with a text that is not TOML, and in which line.
fn toml_fault(error: &toml::de::Error, text: &str) -> String {
    let why = error.message().lines().next().unwrap_or_default();
    let start = error
        .span()
        .map(|span| text.floor_char_boundary(span.start));
    let line = start.map(|start| text[..start].split('\n').count());
    match line {
        Some(line) => format!("is not readable TOML: {why} (line {line})"),
        None => format!("is not readable TOML: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::read_place;
    use crate::scheme::{HeadPlace, Scheme};

    fn read(file: &str, key: &str, content: &str) -> Result<String, String> {
        let key = (!key.is_empty()).then(|| key.split('.').map(str::to_owned).collect());
        let place = HeadPlace {
            file: file.to_owned(),
            key,
        };
        let scheme = Scheme::named("semver").unwrap();
        let version = read_place(&place, &scheme, content.as_bytes());
        let version = version.map_err(|why| why.to_string())?;
        Ok(version.map_or_else(|| "elsewhere".to_owned(), |version| version.to_string()))
    }

    #[test]
    fn a_version_is_read_in_each_format() {
        for (file, key, content) in [
            (
                "Chart.yaml",
                "version",
                "name: web\nversion: 1.2.3 # the chart's\nappVersion: \"9\"\n",
            ),
            (
                "Cargo.toml",
                "package.version",
                "[package]\nname = 'web'\nversion = \"1.2.3\"\n",
            ),
            (
                "Cargo.toml",
                "workspace.package.version",
                "[workspace.package]\nversion = '1.2.3'\n",
            ),
            ("package.json", "version", "{\"version\": \"v1.2.3\"}"),
            (
                "pyproject.toml",
                "project.version",
                "project.version = \"1.2.3\"",
            ),
            ("VERSION", "", "\u{feff}1.2.3\r\n"),
        ] {
            assert_eq!(read(file, key, content).unwrap(), "1.2.3", "{content}");
        }
    }

    /// Asserts that it is refused with this in the message, in one short line.
    #[track_caller]
    fn refused(file: &str, key: &str, content: &str, message: &str) {
        let why = read(file, key, content).unwrap_err();
        assert!(why.contains(message), "{file}: {why}");
        assert!(why.len() < 300 && !why.contains('\n'), "{why}");
    }

    #[test]
    fn what_is_no_version_in_yaml_or_in_a_text_is_told() {
        let deep = "[".repeat(10_000);
        let chart = |content, message| refused("Chart.yaml", "version", content, message);
        chart("version: 1.2", "a number or a boolean without quotes");
        chart("version: [1.2.3]", "a list, not a text");
        assert_eq!(
            read("Chart.yaml", "version", "name: web").unwrap(),
            "elsewhere"
        );
        chart("version: ''", "version is empty");
        chart("version: latest", "version is latest");
        chart("a: *b", "is not readable YAML");
        chart(&deep, "is not readable YAML");
        refused("VERSION", "", " \n", "its text is empty");
        refused("VERSION", "", "1.2.3\n1.2.4", "its text is 1.2.3");
    }

    #[test]
    fn what_is_no_version_in_toml_or_json_is_told() {
        let deep = "[".repeat(10_000);
        let cargo = |content, message| refused("Cargo.toml", "package.version", content, message);
        cargo("[package]\nversion = 1", "a number");
        cargo("[package]\nversion = 1.2.3", "line 2");
        for content in ["package = 'x'", "[package]\nversion.workspace = true"] {
            assert_eq!(
                read("Cargo.toml", "package.version", content).unwrap(),
                "elsewhere"
            );
        }
        cargo(&format!("a = {deep}"), "is not readable TOML");
        let npm = |content, message| refused("package.json", "version", content, message);
        npm("{\"version\": 1.2}", "a number");
        npm("{\"version\": \"1.2.3\"", "is not readable JSON");
        npm(&format!("{{\"a\": {deep}"), "is not readable JSON");
    }
}
