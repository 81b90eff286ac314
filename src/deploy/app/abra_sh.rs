//! The variables that a recipe's `abra.sh` exports, which name the versions of its
//! configs.
//!
//! Only a line `export NAME=value` counts, with nothing before it and a letter, a
//! digit or `_` first in the value: so abra reads the file too. A value in quotes
//! is none.

use crate::deploy::app::env_file::Variables;

/// The variables that a text exports.
pub(super) fn exports(text: &str) -> Variables {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter_map(exported).collect()
}

fn exported(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("export")?;
    let assignment = rest.trim_start();
    if assignment.len() == rest.len() {
        return None;
    }
    let (name, value) = assignment.split_once('=')?;
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_letter) || !value.starts_with(is_letter) {
        return None;
    }
    let end = value.find(|letter: char| letter.is_whitespace() || ";&|".contains(letter));
    let value = &value[..end.unwrap_or(value.len())];
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::exports;

    #[test]
    fn a_line_exports_what_abra_takes_from_it() {
        for (text, exported) in [
            ("export A_VERSION=v3", "A_VERSION=v3"),
            ("export  A=v3 \r\n", "A=v3"),
            ("export\tA=v3", "A=v3"),
            ("\u{feff}export A=v3", "A=v3"),
            ("export A=v3 # why", "A=v3"),
            ("export A=v3; touch pwned", "A=v3"),
            ("export A=v3;export B=v4", "A=v3"),
            ("export A=1.2-x", "A=1.2-x"),
            ("export A=v1\nexport B=v2\nexport A=v3", "A=v3 B=v2"),
            ("#!/bin/bash\nset -e\nexport A=v3\nf() { :; }", "A=v3"),
            // In a function, in quotes, or not at once: abra does not see it.
            ("  export A=v3", ""),
            ("# export A=v3", ""),
            ("export A=\"v3\"", ""),
            ("export A='v3'", ""),
            ("export A=$(touch pwned)", ""),
            ("export A=`touch pwned`", ""),
            ("export A=$B", ""),
            ("export A=", ""),
            ("export A", ""),
            ("export A B=v3", ""),
            ("export -x A=v3", ""),
            ("exportA=v3", ""),
            ("A=v3", ""),
            ("", ""),
        ] {
            let exports = exports(text);
            let pairs: Vec<_> = exports
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            assert_eq!(pairs.join(" "), exported, "{text:?}");
        }
    }
}
