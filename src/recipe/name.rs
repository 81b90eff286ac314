//! The name of a recipe, safe as the name of a file and as a word of a command.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most letters of a name.
const LENGTH_MAX: usize = 64;

/// A recipe's name: up to 64 letters, digits, dots, dashes and underscores, the
/// first a letter or digit, all of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    description = "The name of a recipe",
    extend("pattern" = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")
)]
pub struct RecipeName(String);

impl RecipeName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is no name of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is no name of a recipe: that is up to 64 letters, digits, dots, dashes and underscores, \
     the first a letter or digit"
)]
pub struct ParseRecipeNameError(String);

impl FromStr for RecipeName {
    type Err = ParseRecipeNameError;

    fn from_str(text: &str) -> Result<Self, ParseRecipeNameError> {
        let allowed = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
        };
        if text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.chars().all(allowed)
            && text.len() <= LENGTH_MAX
        {
            Ok(Self(text.to_owned()))
        } else {
            // As much of it as a message needs.
            let cut = text.char_indices().nth(80).map(|(at, _)| at);
            Err(ParseRecipeNameError(cut.map_or_else(
                || text.to_owned(),
                |at| format!("{}…", &text[..at]),
            )))
        }
    }
}

impl TryFrom<String> for RecipeName {
    type Error = ParseRecipeNameError;

    fn try_from(text: String) -> Result<Self, ParseRecipeNameError> {
        text.parse()
    }
}

impl From<RecipeName> for String {
    fn from(name: RecipeName) -> Self {
        name.0
    }
}

impl Display for RecipeName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RecipeName;

    #[test]
    fn a_name_is_one_word_that_is_no_path_and_no_option() {
        for name in ["custom-html", "a", "7", "a.b_c-D9", &"x".repeat(64)] {
            assert_eq!(name.parse::<RecipeName>().unwrap().as_str(), name);
        }
        for text in [
            "",
            ".",
            "..",
            ".git",
            "-rf",
            "_x",
            "a/b",
            "../a",
            "a\\b",
            "a b",
            "a\n",
            "a$(b)",
            "größe",
            "a\0",
            &"x".repeat(65),
        ] {
            let error = text.parse::<RecipeName>().unwrap_err().to_string();
            assert!(error.contains("is no name of a recipe"), "{error}");
        }
    }
}
