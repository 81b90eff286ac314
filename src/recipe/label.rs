//! The version that a `compose.yml` states.
//!
//! It stands under `services.app.deploy.labels`, as a list of `key=value` or
//! as a map; its key is `coop-cloud.<one segment without dots>.version`.
//!
//! The first document of the file must be YAML. Only the path to the labels is
//! looked at: errors elsewhere are Compose's to find.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

use crate::recipe::interpolation::find_outside;
use crate::recipe::node::Node;
use crate::recipe::yaml::first_document;
use crate::written::utf8;
use samever_core::{ParseVersionError, Version};

/// The file of a recipe that has its version.
pub(crate) const COMPOSE: &str = "compose.yml";

/// Why a commit's version cannot be read.
///
/// It displays as a fragment that quotes the file as it is: print it through
/// [`Escaped`](samever_core::Escaped).
#[derive(Debug)]
pub enum Unreadable {
    /// The tree has no file of this path.
    NoFile(String),
    /// What has this path is no file but this.
    NotAFile(String, &'static str),
    /// The file of this path has this many bytes, which is more than 1 MiB.
    TooLarge(String, u64),
    /// The file is not UTF-8, from this byte on.
    NotUtf8(usize),
    /// The file is not YAML, or costs more to read than a recipe may.
    NotYaml(String),
    NoLabel,
    /// The label stands elsewhere, at the first path, and belongs to the second.
    Misplaced(String, String),
    /// What stands among the labels of a service, at this path, makes no label;
    /// the second text does.
    Miswritten(String, String),
    /// The label is there, without a value.
    Empty,
    /// The value, given here, has a variable in it.
    Interpolated(String),
    /// The value is a number, a list or the like.
    NotText,
    /// The value, given here, is not a version.
    NotAVersion(String, ParseVersionError),
    /// What a scheme names as the place of the version has none; the text says why.
    Place(String),
    /// The version is given by hand, for the head alone.
    Given,
    /// Labels that must agree do not: each service with each of its values.
    Contradiction(Vec<(String, String)>),
}

impl Display for Unreadable {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile(file) => write!(formatter, "there is no {file}"),
            Self::NotAFile(file, kind) => write!(formatter, "{file} is a {kind}"),
            Self::TooLarge(file, size) => {
                write!(formatter, "{file} has {size} bytes, more than 1 MiB")
            }
            Self::NotUtf8(position) => {
                write!(formatter, "compose.yml is not UTF-8 at byte {position}")
            }
            Self::NotYaml(why) => {
                write!(formatter, "compose.yml is not readable YAML: {why}")
            }
            Self::NoLabel => formatter.write_str("compose.yml has no version label"),
            Self::Misplaced(place, home) => write!(
                formatter,
                "the version label of compose.yml stands under {place}; it belongs under {home}"
            ),
            Self::Miswritten(place, label) => write!(
                formatter,
                "the version label under {place} in compose.yml is written as no label; write \
                 `{label}`, as an item of the list"
            ),
            Self::Empty => formatter.write_str("the version label is empty"),
            Self::Interpolated(value) => {
                write!(formatter, "the version label {value} has a variable in it")
            }
            Self::NotText => formatter.write_str("the version label is not a text"),
            Self::NotAVersion(value, error) => {
                write!(
                    formatter,
                    "the version label {value} is no version: {error}"
                )
            }
            Self::Place(why) => formatter.write_str(why),
            Self::Given => formatter.write_str("no file of the tree states it"),
            Self::Contradiction(claims) => {
                for (index, (service, value)) in claims.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}service {service} says {value}")?;
                }
                Ok(())
            }
        }
    }
}

/// Reads the version that the text of a `compose.yml` states.
///
/// # Errors
///
/// The reason why none can be read.
pub(crate) fn read_label(compose: &[u8]) -> Result<Version, Unreadable> {
    let text = utf8(compose).map_err(Unreadable::NotUtf8)?;
    let document = first_document(text).map_err(|fault| Unreadable::NotYaml(fault.to_string()))?;
    match labelled_value(&document)? {
        Value::Missing => Err(Unreadable::Empty),
        Value::Other => Err(Unreadable::NotText),
        Value::Text(value) if value.is_empty() => Err(Unreadable::Empty),
        Value::Text(value) if value.contains("${") => Err(Unreadable::Interpolated(value)),
        Value::Text(value) => {
            Version::parse(&value).map_err(|error| Unreadable::NotAVersion(value, error))
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    Missing,
    Other,
}

/// Finds the label's value: the one on the service `app`, else the one on
/// which all services that have any agree.
fn labelled_value(document: &Node) -> Result<Value, Unreadable> {
    let services: BTreeMap<&str, Vec<Value>> = document
        .get("services")
        .entries()
        .map(|(name, service)| (name, version_labels(service.get("deploy").get("labels"))))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let mut claims: Vec<(&str, &Value)> = match services.get("app") {
        Some(values) => values.iter().map(|value| ("app", value)).collect(),
        None => services
            .iter()
            .flat_map(|(name, values)| values.iter().map(|value| (*name, value)))
            .collect(),
    };
    claims.sort();
    claims.dedup();
    let Some(&(_, first)) = claims.first() else {
        return Err(elsewhere(document, &mut Vec::new()).unwrap_or(Unreadable::NoLabel));
    };
    if claims.iter().all(|(_, value)| *value == first) {
        return Ok(first.clone());
    }
    let claims = claims.into_iter().map(|(service, value)| {
        let value = match value {
            Value::Text(value) if value.is_empty() => "nothing",
            Value::Text(value) => value,
            Value::Missing => "nothing",
            Value::Other => "something that is not a text",
        };
        (service.to_owned(), value.to_owned())
    });
    Err(Unreadable::Contradiction(claims.collect()))
}

/// All values that `labels`, a list or a map, gives the version label.
fn version_labels(labels: &Node) -> Vec<Value> {
    let in_list = labels.items().filter_map(|item| match item {
        Node::Text(label) => {
            let (key, value) = split_label(label, '=');
            let value = value.map_or(Value::Missing, |value| Value::Text(value.to_owned()));
            is_version_key(key).then_some(value)
        }
        Node::Null | Node::Scalar(_) | Node::List(_) | Node::Map(_) => None,
    });
    let in_map = labels
        .entries()
        .filter(|(key, _)| is_version_key(key))
        .map(|(_, value)| match value {
            Node::Text(value) => Value::Text(value.clone()),
            Node::Null => Value::Missing,
            Node::Scalar(_) | Node::List(_) | Node::Map(_) => Value::Other,
        });
    in_list.chain(in_map).collect()
}

/// Tells whether two compose files say the same but for their version labels.
pub(crate) fn differ_in_label_alone(one: &[u8], other: &[u8]) -> bool {
    let unlabelled = |compose| {
        let mut document = Rc::unwrap_or_clone(first_document(utf8(compose).ok()?).ok()?);
        document.change("services", |services| {
            let names: Vec<_> = services
                .entries()
                .map(|(name, _)| name.to_owned())
                .collect();
            for name in names {
                services.change(&name, |service| {
                    service.change("deploy", |deploy| {
                        deploy.change("labels", |labels| labels.retain(is_other_label));
                    });
                });
            }
        });
        Some(document)
    };
    let (one, other) = (unlabelled(one), unlabelled(other));
    one.is_some() && one == other
}

/// Tells whether an item of a list of labels, or an entry of a map of them, is
/// no version label.
fn is_other_label(key: Option<&str>, value: &Node) -> bool {
    let key = key.or(match value {
        Node::Text(label) => Some(split_label(label, '=').0),
        Node::Null | Node::Scalar(_) | Node::List(_) | Node::Map(_) => None,
    });
    !key.is_some_and(is_version_key)
}

/// A label's key and value; a sign inside of a variable separates nothing.
fn split_label(label: &str, sign: char) -> (&str, Option<&str>) {
    match find_outside(label, sign) {
        Some(at) => (&label[..at], Some(&label[at + sign.len_utf8()..])),
        None => (label, None),
    }
}

/// The key is `coop-cloud.<one segment without dots>.version`, where a variable
/// counts as one segment; `.app.version`, `.chaos-version` and `.timeout` are other
/// labels.
fn is_version_key(key: &str) -> bool {
    key.strip_prefix("coop-cloud.")
        .and_then(|key| key.strip_suffix(".version"))
        .is_some_and(|segment| !segment.is_empty() && find_outside(segment, '.').is_none())
}

/// Finds the first label that is meant for the version and is none, by its place
/// or by the way it is written.
fn elsewhere<'a>(node: &'a Node, path: &mut Vec<&'a str>) -> Option<Unreadable> {
    match node {
        Node::Map(_) => node.entries().find_map(|(key, value)| {
            if is_version_key(key.trim()) {
                return Some(not_at_home(path, key, Some(value)));
            }
            path.push(key);
            let found = elsewhere(value, path);
            path.pop();
            found
        }),
        Node::List(_) => node.items().find_map(|item| match item {
            // An entry of a map in a list of labels is a label that is miswritten.
            Node::Map(_) if path.last() != Some(&"labels") => {
                path.push("-");
                let found = elsewhere(item, path);
                path.pop();
                found
            }
            item => elsewhere(item, path),
        }),
        Node::Text(text) => ['=', ':'].into_iter().find_map(|sign| {
            let (key, value) = split_label(text, sign);
            let value = value.map(|value| Node::Text(value.trim().to_owned()));
            is_version_key(key.trim()).then(|| not_at_home(path, key, value.as_ref()))
        }),
        Node::Null | Node::Scalar(_) => None,
    }
}

fn not_at_home(path: &[&str], key: &str, value: Option<&Node>) -> Unreadable {
    let service = match path {
        ["services", service, ..] => service,
        _ => "app",
    };
    let home = ["services", service, "deploy", "labels"];
    if path != home {
        return Unreadable::Misplaced(path.join("."), home.join("."));
    }
    let value = match value {
        Some(Node::Text(value) | Node::Scalar(value)) => value,
        Some(Node::Null | Node::List(_) | Node::Map(_)) | None => "VERSION",
    };
    Unreadable::Miswritten(home.join("."), format!("{}={value}", key.trim()))
}

#[cfg(test)]
mod tests {
    use super::{differ_in_label_alone, read_label};

    #[test]
    fn files_that_differ_in_their_version_labels_alone_are_known() {
        let file = |labels: &str| format!("services: {{app: {{image: a, deploy: {labels}}}}}\n");
        let labelled = file("{labels: ['coop-cloud.x.version=1.0.0+1', a=b]}");
        let alone = file("{labels: ['coop-cloud.x.version=1.0.0+1']}");
        for (one, other, is_alone) in [
            (&labelled, file("{labels: [a=b]}"), true),
            (
                &labelled,
                file("{labels: [a=b, 'coop-cloud.x.version=what']}"),
                true,
            ),
            (&labelled, labelled.clone(), true),
            (&alone, file("{labels: []}"), true),
            (&alone, file("{}"), true),
            (&alone, "services: {app: {image: a}}".to_owned(), true),
            (
                &alone,
                file("{labels: {'coop-cloud.x.version': 1.1.0+1}}"),
                true,
            ),
            (&labelled, file("{}"), false),
            (&labelled, file("{labels: [a=c]}"), false),
            (&alone, "services: {app: {image: b}}".to_owned(), false),
            (&alone, "services: {db: {image: a}}".to_owned(), false),
            (&alone, "services: [".to_owned(), false),
        ] {
            let found = differ_in_label_alone(one.as_bytes(), other.as_bytes());
            assert_eq!(found, is_alone, "{one} and {other}");
            let found = differ_in_label_alone(other.as_bytes(), one.as_bytes());
            assert_eq!(found, is_alone, "{other} and {one}");
        }
        assert!(!differ_in_label_alone(b"a: [", b"a: ["));
    }

    /// The version that the labels under `services.app.deploy.labels` state.
    fn labelled(labels: &str) -> Result<String, String> {
        let compose = format!("services: {{app: {{deploy: {{labels: {labels}}}}}}}");
        let label = read_label(compose.as_bytes());
        label
            .map(|version| version.to_string())
            .map_err(|why| why.to_string())
    }

    #[test]
    fn the_place_of_a_misplaced_label_is_told_by_the_names_that_stand_there() {
        for (compose, place, home) in [
            (
                "services: {we.b: {labels: [L]}}",
                "services.we.b.labels",
                "services.we.b.deploy.labels",
            ),
            (
                "services: {app: {deploy: [{labels: [L]}]}}",
                "services.app.deploy.-.labels",
                "services.app.deploy.labels",
            ),
            ("labels: [L]", "labels", "services.app.deploy.labels"),
        ] {
            let compose = compose.replace('L', "coop-cloud.x.version=1.0.0+1");
            let why = read_label(compose.as_bytes()).unwrap_err().to_string();
            let expected = format!("stands under {place}; it belongs under {home}");
            assert!(why.ends_with(&expected), "{why}");
        }
    }

    #[test]
    fn a_variable_is_one_segment_of_the_key_whatever_stands_in_it() {
        for segment in [
            "x",
            "$STACK_NAME",
            "${STACK_NAME}",
            "${STACK_NAME:-a.b}",
            "${STACK_NAME-a.b}",
            "${STACK_NAME:?set it.}",
            "${STACK_NAME?a=b: c.}",
            "${STACK_NAME:-a=b}",
            "${STACK_NAME:+a.b}",
            "${STACK_NAME:-${OTHER:-a.b}}",
            "pre-${STACK_NAME:-a.b}-$OTHER",
            "$$x",
        ] {
            let item = format!("['coop-cloud.{segment}.version=1.0.0+1']");
            assert_eq!(labelled(&item).as_deref(), Ok("1.0.0+1"), "{segment}");
            let entry = format!("{{'coop-cloud.{segment}.version': 1.0.0+1}}");
            assert_eq!(labelled(&entry).as_deref(), Ok("1.0.0+1"), "{segment}");
        }
        for segment in ["", "a.b", "$A.b", "${A:-x}.b", "a.${B}", "$$a.b"] {
            let item = format!("['coop-cloud.{segment}.version=1.0.0+1']");
            let why = labelled(&item).unwrap_err();
            assert!(why.contains("has no version label"), "{segment}: {why}");
        }
    }
}
