//! A good scenario, and what is said of it once it is bad.

use samever::simulate::parse_scenario;

/// A scenario that makes sense; each test puts something else into it.
pub(crate) const GOOD: &str = "\
# A scenario of the tests
recipe:
  name: custom-html
  published:
    - 1.0.0+1
    - version: 1.1.0+1
canonical: 1.1.0+1
steps:
  - nightly:
      expect:
        plan: version
        base: 1.0.0+1
        rung: step-back
        delta: forward
        verdict: green
        canonical: 1.1.0+1
        promoted: false
";

#[track_caller]
pub(crate) fn refusal(text: &[u8]) -> String {
    match parse_scenario("test", "test.yaml", text) {
        Ok(file) => panic!("accepted: {file:#?}"),
        Err(error) => error.to_string(),
    }
}

/// The message for the good scenario with one text in the place of another.
#[track_caller]
pub(crate) fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    refusal(GOOD.replacen(old, new, 1).as_bytes())
}

#[track_caller]
pub(crate) fn starts(message: &str, with: &str) {
    assert!(message.starts_with(with), "{message}");
}
