//! What an error advises, in the words of a catalogue.
//!
//! The errors name the options of the commands that run one recipe. A sweep has other ways to say
//! the same: the keys of `catalogue.yaml`, and the folder of the catalogue. This table is the one
//! place that knows both.

/// What an error says at its beginning, and what a sweep says instead.
const SUBJECTS: [(&str, &str); 2] = [("--head ", "the head "), ("--main ", "main: ")];

/// What an error advises at its end, and what a sweep advises instead.
pub(crate) const ADVICE: [(&str, &str); 14] = [
    (
        "name one with --repo",
        "clone it again, or move it out of the catalogue",
    ),
    (
        "name another revision with --head",
        "name another revision as `main` in catalogue.yaml",
    ),
    (
        "give the right record, or the recipe's name with --recipe",
        "give the right record, or the recipe's name as `name` in catalogue.yaml",
    ),
    (
        "give another name with --recipe",
        "give another name as `name` in catalogue.yaml",
    ),
    (
        "give the right name with --recipe",
        "give the right name as `name` in catalogue.yaml",
    ),
    (
        "give another base version with --override",
        "give another base version as `override` in catalogue.yaml",
    ),
    (
        "give another base with --override",
        "give another base as `override` in catalogue.yaml",
    ),
    (
        "give a base version with --override",
        "give a base version as `override` in catalogue.yaml",
    ),
    (
        "name one with --main, or as `main` in catalogue.yaml",
        "name one as `main` in catalogue.yaml",
    ),
    (
        "give it with --head-version, or name the scheme that says where it stands with --scheme",
        "name the scheme that says where it stands as `scheme` in catalogue.yaml, or test the newest \
         release with `head: latest`",
    ),
    (
        "name the scheme of that record with --scheme, or record it again",
        "name the scheme of that record as `scheme` in catalogue.yaml, or record it again",
    ),
    (
        "say so with --not-applicable",
        "say so as `not-applicable` in catalogue.yaml",
    ),
    ("name it with --main", "name it as `main` in catalogue.yaml"),
    (
        "give the record of a green run, or run without --canonical",
        "give the record of a green run",
    ),
];

/// The same message with advice that a catalogue can follow.
pub(crate) fn for_catalogue(message: &str) -> String {
    let mut told = message.to_owned();
    for (option, subject) in SUBJECTS {
        if let Some(rest) = told.strip_prefix(option) {
            told = format!("{subject}{rest}");
        }
    }
    // What stands before the advice may be quoted of a stranger.
    let found = ADVICE.iter().filter_map(|(option, key)| {
        let at = told.rfind(option)?;
        Some((at, *option, *key))
    });
    if let Some((at, option, key)) = found.max_by_key(|(at, option, _)| (*at, option.len())) {
        told.replace_range(at..at + option.len(), key);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::for_catalogue;

    #[test]
    fn advice_is_put_into_the_words_of_a_catalogue() {
        for (said, told) in [
            (
                "--main x does not lead to a commit; name a revision that does",
                "main: x does not lead to a commit; name a revision that does",
            ),
            (
                "label the head, or give a base version with --override",
                "label the head, or give a base version as `override` in catalogue.yaml",
            ),
            (
                "none is called main; name one with --main, or as `main` in catalogue.yaml",
                "none is called main; name one as `main` in catalogue.yaml",
            ),
            ("the disk is full", "the disk is full"),
        ] {
            assert_eq!(for_catalogue(said), told);
        }
    }

    #[test]
    fn what_is_quoted_of_a_stranger_stays_as_it_is() {
        assert_eq!(
            for_catalogue("name it with --main is no version; name it with --main"),
            "name it with --main is no version; name it as `main` in catalogue.yaml"
        );
    }
}
