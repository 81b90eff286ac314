//! The parts of a YAML document.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    /// A number, a boolean, or what is tagged as such.
    Scalar(String),
    Text(String),
    List(Vec<Rc<Node>>),
    /// What has a key that is a list or a map is left out.
    Map(BTreeMap<String, Rc<Node>>),
}

impl Node {
    /// The value of a key; null where there is none.
    pub(crate) fn get(&self, key: &str) -> &Node {
        match self {
            Self::Map(entries) => entries.get(key).map_or(&Self::Null, |value| value),
            Self::Null | Self::Scalar(_) | Self::Text(_) | Self::List(_) => &Self::Null,
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = match self {
            Self::Map(entries) => Some(entries),
            Self::Null | Self::Scalar(_) | Self::Text(_) | Self::List(_) => None,
        };
        let entries = entries.into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), &**value))
    }

    /// Changes the value of a key that is there; a value that is empty then is
    /// taken out.
    pub(crate) fn change(&mut self, key: &str, change: impl FnOnce(&mut Node)) {
        let Self::Map(entries) = self else { return };
        let Some(mut value) = entries.remove(key) else {
            return;
        };
        let node = Rc::make_mut(&mut value);
        change(node);
        if !node.is_empty() {
            entries.insert(key.to_owned(), value);
        }
    }

    /// Keeps the items and the entries for which this holds; those of a map are
    /// given with their keys.
    pub(crate) fn retain(&mut self, keep: impl Fn(Option<&str>, &Node) -> bool) {
        match self {
            Self::List(items) => items.retain(|item| keep(None, item)),
            Self::Map(entries) => entries.retain(|key, value| keep(Some(key), value)),
            Self::Null | Self::Scalar(_) | Self::Text(_) => {}
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Scalar(_) | Self::Text(_) => false,
        }
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Node> {
        let items = match self {
            Self::List(items) => items.as_slice(),
            Self::Null | Self::Scalar(_) | Self::Text(_) | Self::Map(_) => &[],
        };
        items.iter().map(|item| &**item)
    }
}
