//! The canonical: the record of the version that was last green.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use samever_core::{CommitId, Order, ParseCommitIdError, ParseVersionError, Version};

use crate::disk::read_bounded;
use crate::recipe::FILE_BYTES_MAX;
use crate::written::{TextFault, read_object, utf8};

/// The last-green record of a recipe: `{recipe, version, order, commit, origin, status, ts}`.
///
/// `recipe` and `version` are needed. `order`, `commit` and `origin` may be missing or null; `status`,
/// where it is there, must be `green`; `ts` is not read, like any other field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanonicalRecord {
    /// The recipe's name; `None` where only a version is known.
    pub recipe: Option<String>,
    /// The version that was green.
    pub version: Version,
    /// The commit that was green.
    pub commit: Option<CommitId>,
    /// The origin of the clone that was green, as [`Recipe::origin`] has it.
    ///
    /// [`Recipe::origin`]: crate::recipe::Recipe::origin
    pub origin: Option<String>,
}

#[derive(Deserialize)]
struct Fields {
    recipe: String,
    version: String,
    order: Option<Order>,
    commit: Option<String>,
    origin: Option<String>,
    status: Option<String>,
    #[serde(rename = "ts")]
    _ts: Option<IgnoredAny>,
}

impl CanonicalRecord {
    /// Reads a record from a JSON file of at most 1 MiB. Its version is of this order, if the
    /// record names no other.
    ///
    /// # Errors
    ///
    /// A file that cannot be read whole, or is no green record; never taken as
    /// "no canonical".
    pub fn read(file: &Path, order: Order) -> Result<Self, ReadCanonicalError> {
        read_bounded(file, FILE_BYTES_MAX)
            .map_err(Why::Io)
            .and_then(|bytes| Self::parse(&bytes, order))
            .map_err(|why| ReadCanonicalError {
                file: file.to_owned(),
                why,
            })
    }

    fn parse(bytes: &[u8], order: Order) -> Result<Self, Why> {
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(Why::TooLarge);
        }
        let text = utf8(bytes).map_err(Why::NotUtf8)?;
        if text.trim().is_empty() {
            return Err(Why::Empty);
        }
        let fields: Fields = read_object(text).map_err(Why::Shape)?;
        let version = fields
            .order
            .unwrap_or(order)
            .parse_tag(&fields.version)
            .map_err(|error| Why::Version(fields.version, error))?;
        let commit = fields
            .commit
            .map(|commit| commit.parse().map_err(|error| Why::Commit(commit, error)))
            .transpose()?;
        if let Some(status) = fields.status.filter(|status| status != "green") {
            return Err(Why::NotGreen(status));
        }
        Ok(Self {
            recipe: Some(fields.recipe),
            version,
            commit,
            origin: fields.origin,
        })
    }

    /// Tells whether both say that the same release was green.
    pub(crate) fn is_same_release(&self, other: &Self) -> bool {
        // `1.0.3` is the same version as `1.0.3+1`, and another release.
        self.version.to_string() == other.version.to_string() && self.commit == other.commit
    }

    /// The origin on record, where it is not that of a clone.
    pub(crate) fn other_origin(&self, clone: Option<&str>) -> Option<&str> {
        let origin = self.origin.as_deref()?;
        (origin != clone?).then_some(origin)
    }
}

/// A canonical record cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the canonical record {} {why}; give the record of a green run, or run without --canonical",
    .file.display()
)]
pub struct ReadCanonicalError {
    file: PathBuf,
    #[source]
    why: Why,
}

impl ReadCanonicalError {
    /// Why the file cannot be read at all, or what is wrong with what it says.
    pub(crate) fn into_why(self) -> Result<io::Error, String> {
        match self.why {
            Why::Io(error) => Ok(error),
            why => Err(why.to_string()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("is larger than 1 MiB, so it is no record")]
    TooLarge,
    #[error("is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    #[error("is empty")]
    Empty,
    #[error("is not a JSON object with the texts `recipe` and `version`: {0}")]
    Shape(TextFault),
    #[error("has the version {0}, which is none: {1}")]
    Version(String, ParseVersionError),
    #[error("has the commit {0}, which is none: {1}")]
    Commit(String, ParseCommitIdError),
    #[error("has the status {0}, which is not green")]
    NotGreen(String),
}

#[cfg(test)]
mod tests {
    use samever_core::Order;

    use super::CanonicalRecord;

    #[track_caller]
    fn parse(bytes: &[u8]) -> Result<CanonicalRecord, super::Why> {
        CanonicalRecord::parse(bytes, Order::CoopCloud)
    }

    fn refusal(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_record_is_read_and_unknown_fields_are_kept_out_of_the_way() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let text = format!(
            r#"{{"recipe": "custom-html", "version": "1.13.0+1.31.1", "commit": "{commit}",
                "status": "green", "ts": 1763700000, "runner": {{"id": 7}}}}"#
        );
        let record = parse(text.as_bytes()).unwrap();
        assert_eq!(record.recipe.unwrap(), "custom-html");
        assert_eq!(record.version.to_string(), "1.13.0+1.31.1");
        assert_eq!(record.commit.unwrap().to_string(), commit);

        let short = br#"{"recipe": "a", "version": "v1.0.0", "commit": null}"#;
        assert_eq!(parse(short).unwrap().commit, None);
    }

    #[test]
    fn a_record_of_another_origin_is_told_where_both_are_known() {
        let noted = br#"{"recipe": "a", "version": "1.0.0", "origin": "host/group/a"}"#;
        let noted = parse(noted).unwrap();
        assert_eq!(
            noted.other_origin(Some("host/fork/a")),
            Some("host/group/a")
        );
        assert_eq!(noted.other_origin(Some("host/group/a")), None);
        assert_eq!(noted.other_origin(None), None);
        let old = parse(br#"{"recipe": "a", "version": "1.0.0"}"#).unwrap();
        assert_eq!(old.other_origin(Some("host/fork/a")), None);
    }

    /// RFC 8259, section 8.1, lets a reader pass over the mark, which some
    /// editors and shells on Windows write.
    #[test]
    fn a_byte_order_mark_before_a_record_is_passed_over() {
        let record = "\u{feff}{\"recipe\": \"a\", \"version\": \"1.0.0\"}";
        let record = parse(record.as_bytes()).unwrap();
        assert_eq!(record.version.to_string(), "1.0.0");
        assert!(refusal("\u{feff}".as_bytes()).starts_with("is empty"));
        assert!(refusal("\u{feff}\r\n".as_bytes()).starts_with("is empty"));
        assert!(refusal("\u{feff}\u{feff}{}".as_bytes()).contains("it is no JSON"));
        assert!(refusal(" \u{feff}{}".as_bytes()).contains("it is no JSON"));
        assert!(refusal(b"\xff\xfe{\0}\0").starts_with("is not UTF-8 at byte 0"));
    }

    #[test]
    fn what_is_no_green_record_is_refused_with_its_reason() {
        assert!(refusal(b"").starts_with("is empty"));
        assert!(refusal(b" \n").starts_with("is empty"));
        assert!(refusal(b"{\"recipe\": \"a\", \"ver").contains("it ends before it is complete"));
        assert!(refusal(b"\xff{}").starts_with("is not UTF-8 at byte 0"));
        assert!(refusal(b"[1]").contains("is not a JSON object"));
        assert!(refusal(b"\"1.0.0\"").contains("is not a JSON object"));
        assert!(refusal(br#"{"version": "1.0.0"}"#).contains("the key `recipe` is missing"));
        assert!(refusal(br#"{"recipe": "a"}"#).contains("the key `version` is missing"));
        assert!(
            refusal(br#"{"recipe": "a", "version": 1}"#)
                .contains("`1` stands where a text belongs")
        );
        assert!(
            refusal(br#"{"recipe": "a", "version": "1.0.0", "version": "2.0.0"}"#)
                .contains("the key `version` is there twice")
        );
        assert!(
            refusal(br#"{"recipe": "a", "version": "latest"}"#)
                .contains("version latest, which is none")
        );
        assert!(
            refusal(br#"{"recipe": "a", "version": "1.0.0", "commit": "HEAD"}"#)
                .contains("commit HEAD")
        );
        assert!(
            refusal(br#"{"recipe": "a", "version": "1.0.0", "status": "red"}"#)
                .contains("status red")
        );
        assert!(refusal(&vec![b' '; 1024 * 1024 + 1]).starts_with("is larger than 1 MiB"));
        assert!(refusal("[".repeat(100_000).as_bytes()).contains("is not a JSON object"));
    }
}
