//! Texts of YAML and JSON that people write: how they are read, and what is wrong
//! with one in the words of its author, that is what was found where, and what to
//! write instead. The libraries' own messages speak to programmers.

use std::fmt::{self, Display, Formatter};

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::error::Category;
use serde_saphyr::granit_parser::{ErrorKind, ScanError};
use serde_saphyr::localizer::ExternalMessageSource;
use serde_saphyr::{Error, Location};

/// The most that is quoted of a text, in characters.
const QUOTED_CHARS_MAX: usize = 60;

/// What is wrong with a text, and where.
///
/// It quotes the text as it is: print it through [`Escaped`](samever_core::Escaped).
#[derive(Debug)]
pub(crate) struct TextFault {
    pub what: String,
    /// The line and the column, from 1, where it is one place.
    pub place: Option<(u64, u64)>,
}

impl Display for TextFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.place {
            None => formatter.write_str(&self.what),
            Some((line, column)) => {
                write!(formatter, "{} (line {line}, column {column})", self.what)
            }
        }
    }
}

/// Reads a file's bytes as text, without the byte order mark that some editors
/// put before it; the error is where it is no UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads YAML in which a text that YAML takes for something else (a number,
/// `no`, nothing) stands in quotes.
pub(crate) fn read_yaml<T: DeserializeOwned>(text: &str) -> Result<T, TextFault> {
    let options = serde_saphyr::options! { no_schema: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| yaml_fault(&error, text))
}

/// Reads JSON.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, TextFault> {
    serde_json::from_str(text).map_err(|error| json_fault(&error))
}

/// Reads a JSON object, for which serde would take a list of its values as well.
pub(crate) fn read_object<T: DeserializeOwned>(text: &str) -> Result<T, TextFault> {
    let start = text.trim_start();
    if start.starts_with('[') {
        let line = text[..text.len() - start.len()].matches('\n').count() as u64 + 1;
        return Err(TextFault {
            what: instead_of(&found_words("sequence", JSON_MAP), JSON_MAP),
            place: Some((line, 1)),
        });
    }
    read_json(text)
}

/// Reads a list or a map whose entries may all be commented out: there are none.
pub(crate) fn entries<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads the value of a key that may be left out, but not be without a value.
pub(crate) fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What an error of the YAML library means for the author of this text.
pub(crate) fn yaml_fault(error: &Error, text: &str) -> TextFault {
    let error = match error.without_snippet() {
        Error::AliasError { error, .. } => error.without_snippet(),
        error => error,
    };
    let location = error.location();
    let found = location.map_or_else(String::new, |location| word_at(text, location));
    if matches!(error, Error::Unexpected { expected, .. } if *expected == "mapping start")
        && location.is_some_and(|location| begins_an_item(text, location))
    {
        return TextFault {
            what: instead_of("a list (`- item`)", YAML_MAP),
            place: location.map(|location| (location.line(), location.column())),
        };
    }
    TextFault {
        what: yaml_words(error, &found),
        place: location.map(|location| (location.line(), location.column())),
    }
}

/// Tells whether an item of a list begins at a place.
fn begins_an_item(text: &str, location: Location) -> bool {
    let (before, after) = line_at(text, location);
    let is_item = |text: &str| text == "-" || text.starts_with("- ");
    before.trim() == "-" || (before.trim().is_empty() && is_item(&after))
}

/// The line of a place, before and from its column on.
fn line_at(text: &str, location: Location) -> (String, String) {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1) - 1;
    let line = text.lines().nth(index(location.line())).unwrap_or_default();
    let column = index(location.column());
    (
        line.chars().take(column).collect(),
        line.chars().skip(column).collect(),
    )
}

/// The word of a text at a place, as far as a message quotes it.
fn word_at(text: &str, location: Location) -> String {
    let (_, rest) = line_at(text, location);
    let end = rest.find([',', '}', ']']).unwrap_or(rest.len());
    let end = rest.find(" #").map_or(end, |comment| comment.min(end));
    cut(rest[..end].trim())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// What a map is called to its author.
const YAML_MAP: &str = "a map (`key: value`)";
const JSON_MAP: &str = "an object";

fn yaml_words(error: &Error, found: &str) -> String {
    let instead = |wanted: &str| instead_of(&shape_words(found), wanted);
    match error {
        Error::Message { msg, .. } | Error::SerdeVariantId { msg, .. } => {
            message_words(msg, YAML_MAP)
        }
        Error::ExternalMessage { source, .. } => match &**source {
            ExternalMessageSource::Parser(error) => syntax_words(error).to_owned(),
            _ => NO_YAML.to_owned(),
        },
        Error::Unexpected { expected, .. } => match *expected {
            "mapping start" if is_plain_word(found) => {
                format!(
                    "{}; write keys with values, as `{found}: …` if it is a key",
                    instead("a map")
                )
            }
            "mapping start" => instead(YAML_MAP),
            "sequence start" => instead("a list (`- item`)"),
            "mapping end" => "one step stands with one more key beside it; begin each step with \
                              `- `"
                .to_owned(),
            _ => instead("a single value"),
        },
        Error::InvalidScalar { ty, .. } => instead(wanted_words(ty, YAML_MAP)),
        Error::InvalidBooleanStrict { .. } => instead("true or false"),
        Error::QuotingRequired { value, .. } => {
            let value = cut(value);
            format!(
                "`{value}` is no text in YAML, and a text belongs here; put it in quotes, as \
                 '{value}', if it is meant word for word"
            )
        }
        Error::NullIntoString { .. } => {
            "there is nothing where a text belongs; write it, or remove the key".to_owned()
        }
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => instead_of(
            &found_words(unexpected, YAML_MAP),
            wanted_words(expected, YAML_MAP),
        ),
        Error::SerdeInvalidLength { expected, .. } => {
            instead_of("a list", wanted_words(expected, YAML_MAP))
        }
        other => name_words(other, found),
    }
}

/// The same for what is said of keys, names and the text as a whole.
fn name_words(error: &Error, found: &str) -> String {
    match error {
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => unknown_value(variant, &expected.join(", ")),
        Error::SerdeUnknownField {
            field, expected, ..
        } => unknown_key(field, &expected.join(", ")),
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing; add it"),
        Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => duplicate_key(key),
            None => "a key is there twice; remove one of the two".to_owned(),
        },
        Error::UnexpectedValueForUnitEnumVariant { .. } => {
            "a name that takes no value has one; write the name alone, without `:` and what \
             follows"
                .to_owned()
        }
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. } => {
            let wanted = "a name, or a name with its value (`name: value`)";
            instead_of(&shape_words(found), wanted)
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            "two names stand together where one belongs; begin each with `- `".to_owned()
        }
        Error::MultipleDocuments { .. } => {
            "a second document begins in the file; remove the line `---` before it".to_owned()
        }
        Error::Eof { .. } => "the text ends before it is complete".to_owned(),
        Error::UnknownAnchor { .. } => {
            format!(
                "`{found}` refers to no anchor (`&name`) before it; define that, or write the value out"
            )
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } => {
            "`<<` merges a map, or a list of maps, and nothing else".to_owned()
        }
        Error::NonFiniteFloat { value, .. } => format!("`{value}` is no number that can be used"),
        Error::TaggedScalarCannotDeserializeIntoString { .. }
        | Error::UnsupportedTag { .. }
        | Error::TaggedEnumMismatch { .. }
        | Error::InvalidBinaryBase64 { .. }
        | Error::BinaryNotUtf8 { .. } => {
            "the tag (`!…`) does not fit what belongs here; remove it".to_owned()
        }
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => TOO_MUCH.to_owned(),
        // The library may add kinds, and has some that no text of a user leads to.
        _ => instead_of(&shape_words(found), "something else"),
    }
}

/// What stands at a place, from the text there.
fn shape_words(found: &str) -> String {
    let is_item = found == "-" || found.starts_with("- ");
    if found.starts_with('[') || is_item {
        "a list".to_owned()
    } else if found.starts_with('{') {
        "a map".to_owned()
    } else if found.is_empty() || found == ":" {
        "nothing".to_owned()
    } else {
        format!("`{found}`")
    }
}

fn is_plain_word(found: &str) -> bool {
    let is_of_it = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
    found.starts_with(char::is_alphabetic) && found.chars().all(is_of_it)
}

const TOO_MUCH: &str = "it is nested too deep, or holds too much, to be read";

/// Where a text is no YAML at all.
/// What an error of the YAML parser means for the author of the text.
pub(crate) fn syntax_words(error: &ScanError) -> &'static str {
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => {
            "a tab stands where YAML takes spaces alone; write spaces"
        }
        ErrorKind::UnclosedQuotedScalar => "a quote is not closed; close it",
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            "a `\\` in double quotes begins no escape that YAML knows; write single quotes"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "the brackets do not match, or a comma is missing between them"
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => {
            "a second `:` in one line makes it no YAML; put a text that has one in quotes"
        }
        ErrorKind::UnknownAnchor => "`*` refers to no anchor (`&name`) before it",
        ErrorKind::UnexpectedCharacter { .. } => {
            "a character stands here with which no YAML begins; put the text in quotes"
        }
        ErrorKind::RecursionLimitExceeded => TOO_MUCH,
        _ => NO_YAML,
    }
}

const NO_YAML: &str =
    "it is no YAML from here on; look at the indentation, the quotes and the brackets before it";

/// What an error of the JSON library means for the author of the text.
pub(crate) fn json_fault(error: &serde_json::Error) -> TextFault {
    let place = (error.line() > 0).then(|| (error.line() as u64, error.column() as u64));
    let whole = error.to_string();
    let place_words = format!(" at line {} column {}", error.line(), error.column());
    let message = whole.strip_suffix(&place_words).unwrap_or(&whole);
    let what = match error.classify() {
        Category::Eof => "it ends before it is complete".to_owned(),
        Category::Syntax if message == "recursion limit exceeded" => TOO_MUCH.to_owned(),
        Category::Syntax | Category::Io => "it is no JSON from here on".to_owned(),
        Category::Data => message_words(message, JSON_MAP),
    };
    TextFault { what, place }
}

/// A message of serde, which has no type, or one of our own.
fn message_words(message: &str, map: &str) -> String {
    let quoted = |before: &str| {
        let (name, rest) = message.strip_prefix(before)?.split_once('`')?;
        Some((name, rest.trim_start_matches(", expected one of ")))
    };
    let invalid = ["invalid type: ", "invalid value: ", "invalid "].iter();
    let mut invalid = invalid.filter_map(|before| message.strip_prefix(before));
    if let Some((found, wanted)) = invalid.find_map(|rest| rest.rsplit_once(", expected ")) {
        instead_of(&found_words(found, map), wanted_words(wanted, map))
    } else if let Some((name, _)) = quoted("missing field `") {
        format!("the key `{name}` is missing; add it")
    } else if let Some((name, _)) = quoted("duplicate field `") {
        duplicate_key(name)
    } else if let Some((name, expected)) = quoted("unknown field `") {
        unknown_key(name, &expected.replace('`', ""))
    } else if let Some((name, expected)) = quoted("unknown variant `") {
        unknown_value(name, &expected.replace('`', ""))
    } else {
        message.to_owned()
    }
}

fn instead_of(found: &str, wanted: &str) -> String {
    format!("{found} stands where {wanted} belongs")
}

fn unknown_key(key: &str, known: &str) -> String {
    let key = cut(key);
    format!("there is no key `{key}`; the keys are {known}")
}

fn unknown_value(value: &str, known: &str) -> String {
    let value = cut(value);
    format!("`{value}` is not known; write one of {known}")
}

/// What is wrong with a map that has a key twice.
pub(crate) fn duplicate_key(key: &str) -> String {
    let key = cut(key);
    format!("the key `{key}` is there twice; remove one of the two")
}

/// What was found, from the description that serde gives.
fn found_words(unexpected: &str, map: &str) -> String {
    let (kind, value) = unexpected.split_once(' ').unwrap_or((unexpected, ""));
    match kind {
        "boolean" | "integer" => cut(value),
        "floating" => cut(value.trim_start_matches("point ")),
        "string" => format!("the text {}", cut(value)),
        "sequence" | "length" => "a list".to_owned(),
        "map" if map == YAML_MAP => "a map".to_owned(),
        "map" => map.to_owned(),
        "null" | "unit" | "Option" => "nothing".to_owned(),
        _ => "something else".to_owned(),
    }
}

/// What belongs there, from the description that serde gives; our own ones are
/// written for the user.
fn wanted_words<'a>(expected: &'a str, map: &'a str) -> &'a str {
    let kind = expected.split(' ').next().unwrap_or_default();
    match kind {
        "struct" | "map" | "internally" => map,
        "string" | "str" => "a text",
        "bool" | "boolean" => "true or false",
        "enum" | "variant" => "a name",
        "unit" => "nothing",
        _ if kind.len() <= 5 && kind.starts_with(['u', 'i']) => "a whole number of fitting size",
        _ => match expected {
            "a string" => "a text",
            "a map" => map,
            "a boolean" => "true or false",
            "a sequence" => "a list",
            other => other,
        },
    }
}
/// Bytes in hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is a digit");
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}
