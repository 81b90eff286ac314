//! The version that a `compose.yml` states.
//!
//! It stands under `services.app.deploy.labels`, as a list of `key=value` or
//! as a map; its key is `coop-cloud.<one segment without dots>.version`.
//!
//! The whole file must be YAML, without a key twice in one map. Only the path to
//! the labels is looked at: errors elsewhere are Compose's to find. The YAML
//! library bounds nesting, nodes and aliases, and so the cost of a hostile file.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use samever_core::{ParseVersionError, RecipeVersion};

/// Why a commit's version cannot be read.
///
/// It displays as a fragment that quotes the file as it is: print it through
/// [`Escaped`](samever_core::Escaped).
#[derive(Debug)]
pub enum Unreadable {
    /// The tree has no `compose.yml`.
    NoFile,
    /// `compose.yml` is no file but this.
    NotAFile(&'static str),
    /// The file has this many bytes, which is more than 1 MiB.
    TooLarge(u64),
    /// The file is not UTF-8, from this byte on.
    NotUtf8(usize),
    /// The file is not YAML, or costs more to read than a recipe may.
    NotYaml(String),
    NoLabel,
    /// The label is there, without a value.
    Empty,
    /// The value, given here, has a variable in it.
    Interpolated(String),
    /// The value is a number, a list or the like.
    NotText,
    /// The value, given here, is not a version.
    NotAVersion(String, ParseVersionError),
    /// Labels that must agree do not: each service with each of its values.
    Contradiction(Vec<(String, String)>),
}

impl Display for Unreadable {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => formatter.write_str("there is no compose.yml"),
            Self::NotAFile(kind) => write!(formatter, "compose.yml is a {kind}"),
            Self::TooLarge(size) => {
                write!(formatter, "compose.yml has {size} bytes, more than 1 MiB")
            }
            Self::NotUtf8(position) => {
                write!(formatter, "compose.yml is not UTF-8 at byte {position}")
            }
            Self::NotYaml(why) => {
                write!(formatter, "compose.yml is not readable YAML: {why}")
            }
            Self::NoLabel => formatter.write_str("compose.yml has no version label"),
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
pub(crate) fn read_label(compose: &[u8]) -> Result<RecipeVersion, Unreadable> {
    let text =
        std::str::from_utf8(compose).map_err(|error| Unreadable::NotUtf8(error.valid_up_to()))?;
    // `.inf` and `.nan` are of no interest here, and no reason to refuse a file.
    let options = serde_saphyr::options! {
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    };
    let document: Node = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Unreadable::NotYaml(first_line(error.without_snippet())))?;
    match labelled_value(&document)? {
        Value::Missing => Err(Unreadable::Empty),
        Value::Other => Err(Unreadable::NotText),
        Value::Text(value) if value.is_empty() => Err(Unreadable::Empty),
        Value::Text(value) if value.contains("${") => Err(Unreadable::Interpolated(value)),
        Value::Text(value) => {
            RecipeVersion::parse(&value).map_err(|error| Unreadable::NotAVersion(value, error))
        }
    }
}

fn first_line(error: &serde_saphyr::Error) -> String {
    error
        .render_with_formatter(&serde_saphyr::UserMessageFormatter)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
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
    let (_, first) = *claims.first().ok_or(Unreadable::NoLabel)?;
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
        Node::Text(label) => match label.split_once('=') {
            Some((key, value)) => is_version_key(key).then(|| Value::Text(value.to_owned())),
            None => is_version_key(label).then_some(Value::Missing),
        },
        Node::Null | Node::Scalar | Node::List(_) | Node::Map(_) => None,
    });
    let in_map = labels
        .entries()
        .filter(|(key, _)| is_version_key(key))
        .map(|(_, value)| match value {
            Node::Text(value) => Value::Text(value.clone()),
            Node::Null => Value::Missing,
            Node::Scalar | Node::List(_) | Node::Map(_) => Value::Other,
        });
    in_list.chain(in_map).collect()
}

/// The key is `coop-cloud.<one segment without dots>.version`; `.app.version`,
/// `.chaos-version` and `.timeout` are other labels.
fn is_version_key(key: &str) -> bool {
    key.strip_prefix("coop-cloud.")
        .and_then(|key| key.strip_suffix(".version"))
        .is_some_and(|segment| !segment.is_empty() && !segment.contains('.'))
}

/// A YAML document, as far as labels need it. No version reads as a number or
/// a boolean, so of those only the fact is kept.
#[derive(Debug)]
enum Node {
    Null,
    Scalar,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    fn get(&self, key: &str) -> &Node {
        let found = self.entries().find(|(name, _)| *name == key);
        found.map_or(&Node::Null, |(_, value)| value)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = match self {
            Self::Map(entries) => entries.as_slice(),
            Self::Null | Self::Scalar | Self::Text(_) | Self::List(_) => &[],
        };
        entries.iter().filter_map(|(key, value)| match key {
            Node::Text(key) => Some((key.as_str(), value)),
            Node::Null | Node::Scalar | Node::List(_) | Node::Map(_) => None,
        })
    }

    fn items(&self) -> impl Iterator<Item = &Node> {
        match self {
            Self::List(items) => items.iter(),
            Self::Null | Self::Scalar | Self::Text(_) | Self::Map(_) => [].iter(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
