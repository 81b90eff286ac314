//! Texts that people give for a recipe: a revision, and the reason why upgrades do
//! not apply.
//!
//! What is wrong with one is said as a fragment that quotes it as it is.

/// The words with which YAML and people say yes and no; they say no reason.
const ANSWERS: [&str; 14] = [
    "y", "yes", "true", "on", "n", "no", "false", "off", "null", "none", "nil", "na", "n/a", "not",
];

/// Reads the reason why upgrades do not apply to a recipe: words that say why. A
/// `false` that is meant to say "they do apply" must not switch the test off.
pub(crate) fn parse_reason(text: &str) -> Result<String, String> {
    parse_reason_why(text, "upgrades do not apply, or leave it out where they do")
}

/// Reads a reason why something is so: words, and no answer to a question.
pub(crate) fn parse_reason_why(text: &str, what: &str) -> Result<String, String> {
    let word = text.trim_matches(|letter: char| !letter.is_alphanumeric());
    if word.is_empty() {
        return Err(format!("it is empty; say in words why {what}"));
    }
    let is_answer = ANSWERS
        .iter()
        .any(|answer| word.eq_ignore_ascii_case(answer));
    let has_word = word.chars().any(char::is_alphabetic);
    if is_answer || !has_word || word.parse::<f64>().is_ok() {
        return Err(format!("`{word}` says no reason; say in words why {what}"));
    }
    Ok(text.to_owned())
}

/// Reads a revision as far as that can be done without a repository.
pub(crate) fn parse_revision(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("it is empty; name a branch, a tag or a commit".to_owned())
    } else if text.starts_with('-') {
        Err(format!("{text} is no revision: none begins with `-`"))
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_reason, parse_revision};

    #[test]
    fn a_word_for_yes_or_no_or_a_number_is_no_reason() {
        for text in [
            "false",
            "False",
            "no",
            "NO",
            "off",
            "n",
            "null",
            "~",
            "none",
            "n/a",
            "true",
            "yes",
            "on",
            "0",
            "1",
            "-1.5",
            "1e9",
            ".5",
            "",
            "  ",
            "-",
            "no ",
            "\u{a0}",
            "...",
            "nan",
            "'false'",
            "no.",
            "false;",
            "12:30",
            "2024-01-01",
            "(n/a)",
        ] {
            let why = parse_reason(text).unwrap_err();
            assert!(why.contains("say in words why"), "{text}: {why}");
        }
    }

    #[test]
    fn words_are_a_reason_and_stay_as_they_are() {
        for text in [
            "no state",
            "x",
            "off by default",
            "issue 17",
            "0 volumes",
            " nothing kept\n",
        ] {
            assert_eq!(parse_reason(text).unwrap(), text);
        }
    }

    #[test]
    fn a_revision_is_neither_blank_nor_an_option() {
        for text in ["", " ", "\t\n", "-x", "--all", "-"] {
            parse_revision(text).unwrap_err();
        }
        for text in ["main", "HEAD^{/no}", "@", "1.0.0+1", "refs/pull/4/head"] {
            assert_eq!(parse_revision(text).unwrap(), text);
        }
    }
}
