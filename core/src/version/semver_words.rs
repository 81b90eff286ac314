//! What semver says of a text that is no version, in plain words.

/// How each message of the crate begins, and the clause for it; `{place}` is what the crate names
/// at the message's end, and `{char}` the character that it quotes.
const CLAUSES: [(&str, &str); 7] = [
    ("empty string", "it is empty"),
    (
        "unexpected end of input",
        "it ends too early: it needs three numbers, as 1.2.3 has",
    ),
    ("invalid leading zero in ", "{place} begins with a zero"),
    (
        "value of ",
        "{place} is more than 18446744073709551615, which fits no 64 bits",
    ),
    (
        "empty identifier segment in ",
        "{place} is empty, or has two dots in a row or a dot at an end",
    ),
    (
        "unexpected character in ",
        "{place} has a character that is no letter, digit, dot or dash",
    ),
    (
        "unexpected character '",
        "{char} stands where {place} is expected",
    ),
];

/// The parts of a version, by the crate's words.
const PLACES: [(&str, &str); 5] = [
    ("major version number", "the first number"),
    ("minor version number", "the second number"),
    ("patch version number", "the third number"),
    ("pre-release identifier", "the pre-release"),
    ("build metadata", "what follows the `+`"),
];

/// A clause that says what is wrong.
pub(super) fn clause(error: &semver::Error) -> String {
    let message = error.to_string();
    let place = PLACES.iter().find(|(theirs, _)| message.contains(theirs));
    let place = place.map_or("a number", |(_, ours)| ours);
    let quoted = message.find('\'').zip(message.rfind('\''));
    let quoted = quoted.map_or("", |(start, end)| &message[start..=end]);
    if message.contains("' after ") {
        return format!("{quoted} stands after {place}");
    }
    let clause = CLAUSES
        .iter()
        .find(|(theirs, _)| message.starts_with(theirs));
    let clause = clause.map_or("it is not of the form 1.2.3", |(_, ours)| ours);
    clause.replace("{place}", place).replace("{char}", quoted)
}
