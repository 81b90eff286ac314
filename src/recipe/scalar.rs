//! Whether a scalar of YAML is a text, as docker takes it.

use serde_saphyr::granit_parser::{ScalarStyle, Tag};

/// The kind of a scalar.
pub(super) enum ScalarKind {
    Null,
    /// A number, a boolean, or what is tagged as such.
    Other,
    Text,
}

impl ScalarKind {
    /// Tags choose between text and no text, then quotes, then the letters.
    pub(super) fn of(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Self {
        match tag.and_then(Tag::core_suffix) {
            Some("null") => Self::Null,
            Some("bool" | "int" | "float") => Self::Other,
            Some(_) => Self::Text,
            None if tag.is_some_and(is_no_text) => Self::Other,
            None if tag.is_some() || style != ScalarStyle::Plain => Self::Text,
            None => Self::plain(text),
        }
    }

    fn plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Self::Other,
            _ if is_number(text) => Self::Other,
            _ => Self::Text,
        }
    }
}

/// YAML 1.1 has more tags than 1.2, and docker knows them.
fn is_no_text(tag: &Tag) -> bool {
    let suffix = tag.suffix_in_namespace("tag:yaml.org,2002:");
    suffix.is_some_and(|suffix| matches!(&*suffix, "timestamp" | "binary"))
}

/// Tells numbers as far as versions could be mistaken for them.
fn is_number(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_digit())
        && text.replace('_', "").parse::<f64>().is_ok()
}
