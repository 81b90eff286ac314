//! JSON that is safe to print into a terminal or a CI log.

use std::io;

use serde::Serialize;

use samever_core::is_harmful;

/// A document: what it is, and then its fields.
#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'static str,
    #[serde(flatten)]
    fields: &'a T,
}

/// Writes a value as an indented JSON document of a schema, and a final newline.
pub(crate) fn document(schema: &'static str, fields: &impl Serialize) -> io::Result<String> {
    bare_document(&Document { schema, fields })
}

/// The same for a document whose schema is another's.
pub(crate) fn bare_document(fields: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_string_pretty(fields)?;
    Ok(printable(&json) + "\n")
}

/// Writes what a terminal or a CI server would act on as `\uXXXX`, so that a
/// reader of the JSON gets exactly the text that was found. Between the strings
/// there is nothing of the kind but line breaks.
fn printable(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    let mut previous = None;
    for character in json.chars() {
        if character != '\n' && is_harmful(previous, character) {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            printable.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            printable.push(character);
        }
        previous = Some(character);
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn harmful_characters_are_escaped_and_read_back_unchanged() {
        let text = "a\u{1b}[31m\u{9b}\u{202e}\u{e0001}::set-output##[x]\"\\ größer";
        let out = printable(&serde_json::to_string_pretty(&text).unwrap());
        assert_eq!(
            out,
            "\"a\\u001b[31m\\u009b\\u202e\\udb40\\udc01:\\u003aset-output#\\u0023[x]\\\"\\\\ größer\""
        );
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }
}
