//! Files of variables: `.env`, and its `.env.sample`.
//!
//! They are read as Compose reads them, and never by a shell: `NAME=value`, a
//! value in quotes over several lines, comments, and variables in a value. Only
//! what the caller gives and what stands above has a value there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::recipe::FILE_BYTES_MAX;
use crate::recipe::interpolation::{ExpandError, expand};

/// Variables by their names.
pub(crate) type Variables = BTreeMap<String, String>;

/// A line that cannot be read. Its text, which may be a secret, is not told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineError {
    line: usize,
    why: Why,
}

#[derive(Debug, PartialEq, Eq)]
enum Why {
    NoSign,
    BadName,
    OpenQuote(char),
    BehindQuote,
    Nul,
    TooMuch,
    Value(ExpandError),
}

impl Display for LineError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        match &self.why {
            Why::NoSign => formatter.write_str("there is no `=`; write NAME=value, or # before it"),
            Why::BadName => formatter.write_str(
                "no name of a variable stands before the `=`; write letters, digits and _, and no \
                 digit first",
            ),
            Why::OpenQuote(quote) => write!(
                formatter,
                "the value begins with {quote} and no other {quote} ends it; add one"
            ),
            Why::BehindQuote => formatter.write_str(
                "there is more behind the quote that ends the value; write it inside, or # before it",
            ),
            Why::Nul => formatter.write_str("the value has a NUL; remove it"),
            Why::TooMuch => formatter.write_str("the values together are larger than 1 MiB"),
            Why::Value(why @ ExpandError::Broken) => {
                write!(formatter, "the value cannot be read: {why}, or '…' around it")
            }
            Why::Value(why) => write!(formatter, "the value cannot be read: {why}"),
        }
    }
}

/// What a text states.
#[derive(Debug, Default)]
pub(crate) struct EnvText {
    /// The variables: those above the text, those that it sets, and the fixed ones.
    pub variables: Variables,
    /// The comment behind each value that the text sets, without its `#`; it is
    /// empty where there is none. Its keys are the names that the text sets.
    pub comments: Variables,
    /// The lines that cannot be read, which are left out.
    pub errors: Vec<LineError>,
}

/// Reads the variables of a text.
///
/// `fixed` cannot be set by the text; `above` is what it begins with.
pub(crate) fn read(text: &str, fixed: &Variables, above: Variables) -> EnvText {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut read = EnvText {
        variables: above,
        ..EnvText::default()
    };
    let (mut line, mut bytes) = (1, 0);
    while !rest.is_empty() {
        let (statement, length) = statement(rest);
        let assigned = statement.and_then(|statement| {
            let Some(Assignment {
                name,
                value,
                comment,
            }) = statement
            else {
                return Ok(());
            };
            let value = value.expanded(&|name| {
                let value = fixed.get(name).or_else(|| read.variables.get(name));
                value.map(String::as_str)
            })?;
            bytes += value.len();
            read.variables.insert(name.to_owned(), value);
            let comment = comment.trim().trim_start_matches('#').trim();
            read.comments.insert(name.to_owned(), comment.to_owned());
            Ok(())
        });
        read.errors
            .extend(assigned.err().map(|why| LineError { line, why }));
        // Values that repeat each other grow without end.
        if bytes as u64 > FILE_BYTES_MAX {
            let why = Why::TooMuch;
            read.errors.push(LineError { line, why });
            break;
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    read.variables.extend(fixed.clone());
    read
}

/// A name, its value as it is written, and what stands behind it.
struct Assignment<'a> {
    name: &'a str,
    value: Written<'a>,
    comment: &'a str,
}

enum Written<'a> {
    Literal(String),
    WithVariables(Cow<'a, str>),
}

impl Written<'_> {
    fn expanded<'v>(self, value: &impl Fn(&str) -> Option<&'v str>) -> Result<String, Why> {
        let value = match self {
            Self::Literal(value) => value,
            Self::WithVariables(text) => expand(&text, value).map_err(Why::Value)?,
        };
        if value.contains('\0') {
            return Err(Why::Nul);
        }
        Ok(value)
    }
}

/// What the first line of a text states, if anything, and how many bytes that
/// takes: the line, or all lines of a value in quotes.
fn statement(text: &str) -> (Result<Option<Assignment<'_>>, Why>, usize) {
    let length = line_length(text);
    let line = &text[..length];
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return (Ok(None), length);
    }
    // Compose takes `NAME: value` for `NAME=value`.
    let Some(sign) = line.find(['=', ':']) else {
        return (Err(Why::NoSign), length);
    };
    let name = line[..sign].trim();
    let name = match name.strip_prefix("export") {
        Some(exported) if exported.starts_with([' ', '\t']) => exported.trim_start(),
        Some(_) | None => name,
    };
    if !is_name(name) {
        return (Err(Why::BadName), length);
    }
    let value = &text[sign + 1..];
    let blanks = value.len() - value.trim_start_matches([' ', '\t']).len();
    let value = &value[blanks..];
    if !value.starts_with(['"', '\'']) {
        let (value, comment) = unquoted(&line[sign + 1..], blanks);
        let assignment = Assignment {
            name,
            value: Written::WithVariables(value.into()),
            comment,
        };
        return (Ok(Some(assignment)), length);
    }
    match quoted(value) {
        Ok((value, taken)) => {
            let behind = sign + 1 + blanks + taken;
            let end = behind + line_length(&text[behind..]);
            let comment = text[behind..end].trim();
            if comment.is_empty() || comment.starts_with('#') {
                let assignment = Assignment {
                    name,
                    value,
                    comment,
                };
                (Ok(Some(assignment)), end)
            } else {
                (Err(Why::BehindQuote), end)
            }
        }
        Err(why) => (Err(why), length),
    }
}

/// How long the first line is, with its end.
fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
}

/// A value and its comment, which begins at a `#` behind a blank.
fn unquoted(value: &str, blanks: usize) -> (&str, &str) {
    let comment = value
        .char_indices()
        .skip(blanks.max(1))
        .find(|(at, letter)| {
            *letter == '#' && value[..*at].ends_with(|before: char| before.is_whitespace())
        });
    let end = comment.map_or(value.len(), |(at, _)| at);
    let (value, comment) = value.split_at(end);
    (value.trim(), comment)
}

/// The value inside the quotes that a text begins with, and how many bytes it
/// takes with them.
fn quoted(text: &str) -> Result<(Written<'_>, usize), Why> {
    let mut letters = text.char_indices();
    let quote = letters.next().map_or('"', |(_, quote)| quote);
    let is_double = quote == '"';
    let mut value = String::new();
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            let value = if is_double {
                Written::WithVariables(value.into())
            } else {
                Written::Literal(value)
            };
            return Ok((value, at + 1));
        }
        if letter != '\\' {
            value.push(letter);
            continue;
        }
        match letters.next() {
            Some((_, escaped)) if escaped == quote => value.push(quote),
            Some((_, '$')) if is_double => value.push_str("$$"),
            Some((_, escaped)) => match escape(escaped).filter(|_| is_double) {
                Some(letter) => value.push(letter),
                None => value.extend(['\\', escaped]),
            },
            None => break,
        }
    }
    Err(Why::OpenQuote(quote))
}

/// What `\n` and its kin stand for in double quotes.
fn escape(letter: char) -> Option<char> {
    match letter {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'v' => Some('\u{b}'),
        '\\' => Some('\\'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, read};

    /// The last value that a text gives to A, or why it gives none.
    fn value_of_a(text: &str) -> Result<String, String> {
        let read = read(text, &Variables::new(), Variables::new());
        match read.errors.first() {
            Some(error) => Err(error.to_string()),
            None => Ok(read.variables.get("A").expect(text).clone()),
        }
    }

    #[test]
    fn lines_are_read_as_compose_reads_them() {
        for (line, value) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A= ", ""),
            ("  A = b ", "b"),
            ("\tA\t=\tb\t", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("  export  A=b", "b"),
            ("A: b", "b"),
            ("A:b=c", "b=c"),
            ("A=b:c=d", "b:c=d"),
            ("A=b\r\n", "b"),
            ("\u{feff}A=b", "b"),
            ("A=b c", "b c"),
            ("A=$(touch pwned)", "$(touch pwned)"),
            ("A=`touch pwned`", "`touch pwned`"),
            ("A=a\\tb\\", "a\\tb\\"),
            ("A=it's", "it's"),
            ("A=b\nA=c", "c"),
            ("# A=c\n\n  #\nA=b", "b"),
            ("exportA=x\nA=b", "b"),
            ("export=x\nA=$export", "x"),
            ("A.B-C=x\nA=b", "b"),
            ("A=é # ü", "é"),
        ] {
            assert_eq!(value_of_a(line).as_deref(), Ok(value), "{line:?}");
        }
    }

    #[test]
    fn a_comment_begins_behind_a_blank_and_an_empty_value_stays_empty() {
        for (line, value) in [
            ("A= # why", ""),
            ("A=\t# why", ""),
            ("A=   # why", ""),
            ("A= #", ""),
            ("A=b # why", "b"),
            ("A=b\t# why", "b"),
            ("A=b \t #why # more", "b"),
            ("A=b#c", "b#c"),
            ("A=#b", "#b"),
            ("A=b#c #d", "b#c"),
            ("A: # why", ""),
            ("A=\"b\" # why", "b"),
            ("A=\"b\"# why", "b"),
            ("A='b'\t# it's", "b"),
            ("A=\"b # c\"", "b # c"),
            ("A='b # c' # d", "b # c"),
            ("A=\"\" # why", ""),
        ] {
            assert_eq!(value_of_a(line).as_deref(), Ok(value), "{line:?}");
        }
    }

    #[test]
    fn quotes_hold_escapes_and_several_lines() {
        for (line, value) in [
            (r#"A="b \"c\" d""#, r#"b "c" d"#),
            (r#"A="{\"b\": \"c\"}""#, r#"{"b": "c"}"#),
            (r"A='let\'s go'", "let's go"),
            (r#"A='b "c"'"#, r#"b "c""#),
            (r#"A="b 'c'""#, "b 'c'"),
            (r#"A="b\nc\td\\e\r""#, "b\nc\td\\e\r"),
            (r"A='b\nc\\'", r"b\nc\\"),
            (r#"A="\\n\x07\q""#, r"\n\x07\q"),
            ("A=\"b\nc\n\nd\"", "b\nc\n\nd"),
            ("A='b\n# c\nB=d'", "b\n# c\nB=d"),
            ("A=\"b\r\nc\"\r\n", "b\r\nc"),
            ("B=\"x\ny\"\nA=c", "c"),
            ("A = \"b\"", "b"),
            ("export A='b'", "b"),
            ("A=\"\"", ""),
        ] {
            assert_eq!(value_of_a(line).as_deref(), Ok(value), "{line:?}");
        }
    }

    #[test]
    fn variables_in_a_value_have_what_stands_above() {
        for (lines, value) in [
            ("D=x.y\nA=https://$D/z", "https://x.y/z"),
            ("D=x.y\nA=\"${D}:80\"", "x.y:80"),
            ("D=x.y\nA='$D ${D}'", "$D ${D}"),
            ("D=x\nA=$$D \"$D\"", "$D \"x\""),
            ("D=x\nA=\"\\$D $$D \\\\$D\"", "$D $D \\x"),
            ("A=${D:-x} # why", "x"),
            ("D=\nA=${D:-x}${D-y}${D+z}${D:+z}", "xz"),
            ("A=${D:-\"b\"}", "\"b\""),
            // One that comes later has no value yet, and so has a circle.
            ("A=[$D]\nD=x", "[]"),
            ("A=$A:x", ":x"),
            (
                "A=a.yml\nA=\"$A:b.yml\"\nA=\"$A:c.yml\"",
                "a.yml:b.yml:c.yml",
            ),
            ("A=$B\nB=$A\nA=[$B]", "[]"),
            ("D='$E'\nE=x\nA=$D", "$E"),
            ("A=$2y$10$", "$2y$10$"),
        ] {
            assert_eq!(value_of_a(lines).as_deref(), Ok(value), "{lines:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line_and_without_its_text() {
        for (text, told) in [
            ("A=1\nsecret", "line 2: there is no `=`"),
            ("A=\"1\n2\"\nexport secret", "line 3: there is no `=`"),
            ("\n=secret", "line 2: no name of a variable stands before"),
            ("1A=secret", "line 1: no name"),
            ("A B=secret", "line 1: no name"),
            ("export A B=secret", "line 1: no name"),
            ("é=secret", "line 1: no name"),
            ("$(touch secret)=x", "line 1: no name"),
            (
                "# x\nA=\"secret\nB=1",
                "line 2: the value begins with \" and no other",
            ),
            (
                "A='secret\\'",
                "line 1: the value begins with ' and no other",
            ),
            ("A=\"", "line 1: the value begins with \""),
            ("A=\"secret\" b", "line 1: there is more behind the quote"),
            ("A='b'secret", "line 1: there is more behind the quote"),
            ("A=\"b\nc\" secret", "line 1: there is more behind"),
            (
                "A=secret${",
                "line 1: the value cannot be read: it has a `${`",
            ),
            ("A=\"${1}secret\"", "line 1: the value cannot be read"),
            (
                "B=1\nA=${C:?set it}",
                "line 2: the value cannot be read: the variable C has no value: set it",
            ),
            ("A=sec\0ret", "line 1: the value has a NUL"),
        ] {
            let why = value_of_a(text).unwrap_err();
            assert!(
                why.starts_with(told) && !why.contains("secret"),
                "{text:?}: {why}"
            );
        }
        let read = read("A=\"x\nB=1\nC\nD=2\n", &Variables::new(), Variables::new());
        assert_eq!(read.variables.into_keys().collect::<Vec<_>>(), ["B", "D"]);
        assert_eq!(read.errors.len(), 2);
    }

    #[test]
    fn the_comment_behind_a_value_is_kept_with_the_name_that_the_text_sets() {
        for (text, comment) in [
            ("A=v1", ""),
            ("A=v1 # length=32 charset=alnum", "length=32 charset=alnum"),
            ("A=v1\t#length=32", "length=32"),
            ("A=v1 ## length=32 # more\r\n", "length=32 # more"),
            ("A=\"v1\" # length=32", "length=32"),
            ("A='v1'# length=32", "length=32"),
            ("A= # generate=false", "generate=false"),
            ("A=v1#length=32", ""),
            ("A=v1 # length=32\nA=v2", ""),
            ("A=v1\n# length=32", ""),
        ] {
            let read = read(text, &Variables::new(), Variables::new());
            assert_eq!(read.comments["A"], comment, "{text:?}");
        }
        let above: Variables = [("B".to_owned(), "b".to_owned())].into();
        let read = read("# C=1\nA=$B", &above, above.clone());
        assert_eq!(read.comments.into_keys().collect::<Vec<_>>(), ["A"]);
        assert_eq!(read.variables["A"], "b");
    }

    #[test]
    fn values_that_grow_without_end_are_cut_off() {
        let doubled: String = "A=xxxxxxxx\n".to_owned() + &"A=$A$A\n".repeat(60);
        let why = value_of_a(&doubled).unwrap_err();
        assert_eq!(
            why,
            "line 15: the value cannot be read: it is longer than 65536 bytes"
        );
        let many = "A=".to_owned() + &"x".repeat(60_000) + "\n" + &"B=$A\n".repeat(100_000);
        let why = value_of_a(&many).unwrap_err();
        assert_eq!(why, "line 18: the values together are larger than 1 MiB");
    }
}
