//! Text for people: lines that are safe to print, whatever they quote.

use samever_core::Escaped;

/// Lines of text. Each is escaped as it is added: a recipe's text can neither
/// end a line nor move a terminal's cursor.
#[derive(Clone, Debug, Default)]
pub struct Text(String);

impl Text {
    /// Adds one line.
    pub fn line(&mut self, line: impl AsRef<[u8]>) {
        self.0 += &Escaped::new(&line).to_string();
        self.0.push('\n');
    }

    /// The lines, each with its line break.
    pub fn into_string(self) -> String {
        self.0
    }
}
