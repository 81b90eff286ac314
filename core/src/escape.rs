//! Text of strangers, made safe to print.
//!
//! Tag names, labels, branch names and paths come from repositories of
//! strangers, and end on terminals and in CI logs. There,
//! control characters move the cursor, bidirectional overrides reorder a line,
//! and `::set-output …` or `##vso[…]` are commands to the CI server.
//! [`Escaped`] shows all of them as text; ordinary text stays as it is.

use std::fmt::{self, Display, Formatter, Write};

/// Displays bytes so that neither a terminal nor a CI server acts on them.
///
/// - control, format and line-breaking characters: `\u{1b}`;
/// - bytes that are not UTF-8: `\xff`;
/// - the second of two colons or hashes, which open a workflow command: `:\u{3a}`.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(&'a [u8]);

impl<'a> Escaped<'a> {
    /// Wraps text or bytes.
    pub fn new<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Self {
        Self(text.as_ref())
    }
}

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut previous = None;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_harmful(previous, character) {
                    write!(formatter, "{}", character.escape_unicode())?;
                } else {
                    formatter.write_char(character)?;
                }
                previous = Some(character);
            }
            for byte in chunk.invalid() {
                write!(formatter, "\\x{byte:02x}")?;
                previous = None;
            }
        }
        Ok(())
    }
}

/// Tells whether `character`, following `previous`, must not be printed raw.
///
/// Besides control characters these are the invisible ones with an effect on
/// what surrounds them (bidirectional controls, line and paragraph separators,
/// zero-width characters, the byte order mark, tags), and the second character
/// of `::` and `##`, with which the workflow commands of CI servers begin.
pub fn is_harmful(previous: Option<char>, character: char) -> bool {
    match character {
        ':' | '#' => previous == Some(character),
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[track_caller]
    fn shows(text: &[u8], expected: &str) {
        assert_eq!(Escaped::new(text).to_string(), expected, "for {text:?}");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        shows(
            "2.0.1+1.0.6-social-amd64 größer: a#b".as_bytes(),
            "2.0.1+1.0.6-social-amd64 größer: a#b",
        );
    }

    #[test]
    fn what_a_terminal_or_a_ci_server_obeys_is_shown_as_text() {
        shows(b"\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}");
        shows("a\u{9b}2J\u{202e}b".as_bytes(), "a\\u{9b}2J\\u{202e}b");
        shows("a\u{fffe}\u{ffff}b".as_bytes(), "a\\u{fffe}\\u{ffff}b");
        shows(
            b"x\n::set-output name=a::b",
            "x\\u{a}:\\u{3a}set-output name=a:\\u{3a}b",
        );
        shows(b"##vso[x]", "#\\u{23}vso[x]");
        shows(b":::", ":\\u{3a}\\u{3a}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_in_hexadecimal() {
        shows(b"1.0\xff\xfe.0", "1.0\\xff\\xfe.0");
    }
}
