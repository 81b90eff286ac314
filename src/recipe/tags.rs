//! The names of a repository's tags: the hot path on a large history.
//!
//! gix lists references one by one, with an owned and validated name and
//! object id for each. A decision needs neither the ids nor the validation,
//! since a name that is a version is a name that git allows. So gix opens and
//! maps `packed-refs`, and the names are read off its lines here; loose
//! references, which are few, come from gix. Reading both is what a listing by
//! gix would cost several times over; should gix learn to list names alone,
//! this file can go.

use std::collections::BTreeSet;

use gix::bstr::ByteSlice;
use gix::error::MetadataValue;

use crate::version::{IgnoredBecause, PublishedSet};

/// Reads the names of all tags into the set of published versions.
///
/// Loose references come first, as git reads them: one that is packed in the
/// meantime is then found twice rather than never.
pub(super) fn read_tags(references: &gix::RefStore) -> Result<PublishedSet, gix::Error> {
    let mut published = PublishedSet::default();
    let loose = read_loose(references, &mut published)?;
    if let Some(packed) = references.cached_packed_buffer()? {
        read_packed(packed.as_ref().as_ref(), &loose, &mut published);
    }
    published.settle();
    Ok(published)
}

/// Reads the loose tags, and returns their names: they shadow packed ones.
fn read_loose(
    references: &gix::RefStore,
    published: &mut PublishedSet,
) -> Result<BTreeSet<Vec<u8>>, gix::Error> {
    let mut names = BTreeSet::new();
    let prefix = b"refs/tags/".try_into()?;
    let loose = references
        .loose_iter_prefixed(prefix)
        .map_err(gix::Error::from_error)?;
    for reference in loose {
        let name = match reference {
            Ok(reference) => {
                let name = tag_name(reference.name.as_bstr()).to_vec();
                published.add(&name);
                name
            }
            Err(error) => {
                let name = broken_tag_name(&error);
                let why = error.probable_cause().to_string();
                published.ignore(&name, IgnoredBecause::Unreadable(why.into()));
                name
            }
        };
        names.insert(name);
    }
    Ok(names)
}

/// Reads the lines `<id> <name>` of `packed-refs`, less its header.
fn read_packed(packed: &[u8], loose: &BTreeSet<Vec<u8>>, published: &mut PublishedSet) {
    for line in packed.lines() {
        // The id to which an annotated tag on the line before was peeled.
        if line.first() == Some(&b'^') {
            continue;
        }
        let Some((id, name)) = line.split_at_checked(40) else {
            continue;
        };
        let Some(name) = name.strip_prefix(b" refs/tags/") else {
            continue;
        };
        if loose.contains(name) {
            continue;
        }
        if id.iter().all(u8::is_ascii_hexdigit) {
            published.add(name);
        } else {
            let why = "its line in packed-refs does not begin with an object id";
            published.ignore(name, IgnoredBecause::Unreadable(why.into()));
        }
    }
}

fn tag_name(reference: &[u8]) -> &[u8] {
    reference.strip_prefix(b"refs/tags/").unwrap_or(reference)
}

/// The name of a loose tag that cannot be read: the end of its file's path.
fn broken_tag_name(error: &gix::Error) -> Vec<u8> {
    let metadata = error.metadata_merged();
    let path = match metadata.get("path") {
        Some(MetadataValue::Path(path)) => path.as_os_str().as_encoded_bytes(),
        _ => b"",
    };
    path.find(b"refs/tags/")
        .map_or(path, |at| tag_name(&path[at..]))
        .to_vec()
}
