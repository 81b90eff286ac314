//! Variables in a text, as compose files and `.env` files write them.
//!
//! `$NAME` and `${NAME}` stand for a value, `${NAME:-x}` and its kin for more, and
//! `$$` for a dollar. Docker takes one level of braces in a compose file, Compose
//! several in a `.env` file; here both are taken, as deep as anybody writes them.

use std::fmt::{self, Display, Formatter};

/// How deep variables may stand in each other.
const DEPTH_MAX: usize = 8;

/// The longest text that variables may make: longer ones reach no program.
const BYTES_MAX: usize = 64 * 1024;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    /// `$$`
    Dollar,
    /// A variable, with what stands behind its name in braces, such as `:-x`.
    Variable(&'a str, &'a str),
    /// What begins like a variable in braces and is none.
    Broken(&'a str),
}

/// Why variables cannot be put into a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExpandError {
    Broken,
    TooLong,
    /// A variable has no value, and the text requires one, for this reason.
    Required(String, String),
}

impl Display for ExpandError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => {
                formatter.write_str("it has a `${` that begins no variable; write `$$` for a `$`")
            }
            Self::TooLong => write!(formatter, "it is longer than {BYTES_MAX} bytes"),
            Self::Required(name, why) => {
                write!(formatter, "the variable {name} has no value: {why}")
            }
        }
    }
}

/// The parts of a text, in order.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = split_piece(rest)?;
        rest = after;
        Some(piece)
    })
}

fn split_piece(text: &str) -> Option<(Piece<'_>, &str)> {
    let Some(after) = text.strip_prefix('$') else {
        let end = text.find('$').unwrap_or(text.len());
        let (plain, rest) = text.split_at(end);
        return (!plain.is_empty()).then_some((Piece::Plain(plain), rest));
    };
    if let Some(rest) = after.strip_prefix('$') {
        return Some((Piece::Dollar, rest));
    }
    let Some(braced) = after.strip_prefix('{') else {
        let (name, rest) = split_name(after);
        return Some(if name.is_empty() {
            (Piece::Plain("$"), rest)
        } else {
            (Piece::Variable(name, ""), rest)
        });
    };
    let Some(end) = closing_brace(braced) else {
        return Some((Piece::Broken(text), ""));
    };
    let (name, form) = split_name(&braced[..end]);
    let is_form = form.is_empty() || operator(form).is_some();
    let piece = if name.is_empty() || !is_form {
        Piece::Broken(&text[..end + 3])
    } else {
        Piece::Variable(name, form)
    };
    Some((piece, &braced[end + 1..]))
}

/// The name of a variable that a text begins with, and the rest.
fn split_name(text: &str) -> (&str, &str) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let end = text.find(|letter| !is_letter(letter)).unwrap_or(text.len());
    let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    text.split_at(if starts_with_digit { 0 } else { end })
}

/// The position of the brace that closes a variable; the text begins inside of it.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 1;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if before == '$' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
        before = letter;
    }
    None
}

/// The operator that the form of a variable begins with, and its operand.
fn operator(form: &str) -> Option<(&str, &str)> {
    let colon = usize::from(form.starts_with(':'));
    form[colon..]
        .starts_with(['-', '?', '+'])
        .then(|| form.split_at(colon + 1))
}

/// Where a sign stands outside of all variables, and so for itself.
pub(crate) fn find_outside(text: &str, sign: char) -> Option<usize> {
    let mut at = 0;
    for piece in pieces(text) {
        let length = match piece {
            Piece::Plain(plain) => match plain.find(sign) {
                Some(found) => return Some(at + found),
                None => plain.len(),
            },
            Piece::Dollar => 2,
            Piece::Broken(broken) => broken.len(),
            Piece::Variable(name, form) => {
                let braces = if text[at + 1..].starts_with('{') {
                    2
                } else {
                    0
                };
                1 + name.len() + form.len() + braces
            }
        };
        at += length;
    }
    None
}

/// The text with the values of its variables; one without a value is empty.
pub(crate) fn expand<'v>(
    text: &str,
    value: &impl Fn(&str) -> Option<&'v str>,
) -> Result<String, ExpandError> {
    let mut expanded = String::new();
    expand_into(&mut expanded, text, value, 0)?;
    Ok(expanded)
}

fn expand_into<'v>(
    expanded: &mut String,
    text: &str,
    value: &impl Fn(&str) -> Option<&'v str>,
    depth: usize,
) -> Result<(), ExpandError> {
    if depth > DEPTH_MAX {
        return Err(ExpandError::Broken);
    }
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => expanded.push_str(plain),
            Piece::Dollar => expanded.push('$'),
            Piece::Broken(_) => return Err(ExpandError::Broken),
            Piece::Variable(name, form) => {
                let (operator, operand) = operator(form).unwrap_or_default();
                let given = value(name);
                let filled = given.filter(|given| !given.is_empty() || !operator.starts_with(':'));
                match (operator.trim_start_matches(':'), filled) {
                    ("+", Some(_)) | ("-", None) => {
                        expand_into(expanded, operand, value, depth + 1)?;
                    }
                    ("?", None) => {
                        let mut why = String::new();
                        expand_into(&mut why, operand, value, depth + 1)?;
                        return Err(ExpandError::Required(name.to_owned(), why));
                    }
                    _ => expanded.push_str(given.unwrap_or_default()),
                }
            }
        }
        if expanded.len() > BYTES_MAX {
            return Err(ExpandError::TooLong);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ExpandError, expand, find_outside};

    #[track_caller]
    fn expanded(text: &str) -> Result<String, ExpandError> {
        expand(text, &|name| match name {
            "A" => Some("a"),
            "E" => Some(""),
            _ => None,
        })
    }

    #[test]
    fn every_form_of_a_variable_has_the_value_that_compose_gives_it() {
        for (text, value) in [
            ("$A ${A} x$A.y", "a a xa.y"),
            ("[$X][${X}][$E]", "[][][]"),
            ("$$A $$$A $$$$", "$A $a $$"),
            ("${A:-x} ${E:-x} ${X:-x} ${X:-}", "a x x "),
            ("${A-x} ${E-x} ${X-x}", "a  x"),
            ("${A:+x} ${E:+x} ${X:+x}", "x  "),
            ("${A+x} ${E+x} ${X+x}", "x x "),
            ("${A:?why} ${A?} ${E?why}", "a a "),
            (
                "${X:-$A} ${X:-${A}b} ${X:-${Y:-${A}}}c ${X:-$$A}",
                "a ab ac $A",
            ),
            ("${X:-{a: b}} ${X:-https://x?y=#z}", "{a: b} https://x?y=#z"),
            ("$2y$05$ a$ $-", "$2y$05$ a$ $-"),
            ("${X:-a:?b+c}", "a:?b+c"),
            ("$Aé ${A}é", "aé aé"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(value), "{text}");
        }
        let required = |text| match expanded(text) {
            Err(ExpandError::Required(name, why)) => format!("{name}: {why}"),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(required("${X:?set it. $A}"), "X: set it. a");
        assert_eq!(required("${X?}"), "X: ");
        assert_eq!(required("${E:?empty}"), "E: empty");
    }

    #[test]
    fn what_is_no_variable_too_deep_or_too_long_is_an_error() {
        for text in [
            "${", "${A", "${}", "${1}", "${A B}", "${A:}", "${A:=x}", "${A/b/c}", "${-A}", "${#A}",
            "${!A}", "${é}",
        ] {
            assert_eq!(expanded(text), Err(ExpandError::Broken), "{text}");
        }
        let deep = |levels: usize| "${X:-".repeat(levels) + &"}".repeat(levels);
        assert_eq!(expanded(&deep(8)).as_deref(), Ok(""));
        assert_eq!(expanded(&deep(9)), Err(ExpandError::Broken));
        assert_eq!(expanded(&deep(100_000)), Err(ExpandError::Broken));
        let long = "$L".repeat(65);
        let kibibyte = "x".repeat(1024);
        let value = |_: &str| Some(kibibyte.as_str());
        assert_eq!(expand(&long, &value), Err(ExpandError::TooLong));
        assert!(expand(&long[2..], &value).is_ok());
    }

    #[test]
    fn a_sign_inside_of_a_variable_is_not_found() {
        for (text, at) in [
            ("a.b", Some(1)),
            ("$A.b", Some(2)),
            ("${A:-b.c}.d", Some(9)),
            ("${A:-${B:-.}}", None),
            ("$$.", Some(2)),
            ("${A:?set it.}", None),
            ("${A.", None),
            ("é.", Some(2)),
        ] {
            assert_eq!(find_outside(text, '.'), at, "{text}");
        }
    }
}
