//! JSON that is safe to print into a terminal or a CI log.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use samever_core::is_harmful;

/// A document: what it is, and then its fields.
#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'static str,
    #[serde(flatten)]
    fields: &'a T,
}

/// Writes a value as an indented JSON document of a schema, and a final newline.
///
/// What a terminal or a CI server would act on is written as `\uXXXX`, so that
/// a reader of the JSON gets exactly the text that was found.
pub(crate) fn document(schema: &'static str, fields: &impl Serialize) -> io::Result<String> {
    write(&Document { schema, fields })
}

fn write(value: &impl Serialize) -> io::Result<String> {
    let mut out = Vec::new();
    let formatter = Printable(PrettyFormatter::new());
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter))?;
    out.push(b'\n');
    String::from_utf8(out).map_err(io::Error::other)
}

struct Printable<'a>(PrettyFormatter<'a>);

impl Formatter for Printable<'_> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut previous = None;
        let mut plain_from = 0;
        for (at, character) in fragment.char_indices() {
            if is_harmful(previous, character) {
                writer.write_all(&fragment.as_bytes()[plain_from..at])?;
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain_from = at + character.len_utf8();
            }
            previous = Some(character);
        }
        writer.write_all(&fragment.as_bytes()[plain_from..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn harmful_characters_are_escaped_and_read_back_unchanged() {
        let text = "a\u{1b}[31m\u{9b}\u{202e}\u{e0001}::set-output##[x]\"\\ größer";
        let out = write(&text).unwrap();
        assert_eq!(
            out,
            "\"a\\u001b[31m\\u009b\\u202e\\udb40\\udc01:\\u003aset-output#\\u0023[x]\\\"\\\\ größer\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }
}
