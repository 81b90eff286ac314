//! The names of a repository's tags: the hot path on a large history.
//!
//! gix lists references one by one, with an owned and validated name and
//! object id for each. A decision needs neither the ids nor the validation,
//! since a name that is a version is a name that git allows. So gix opens and
//! maps `packed-refs`, and the names are read off its lines here; loose
//! references, which are few, come from gix. Should gix learn to list names
//! alone, this file can go.
//!
//! A tag counts by its name, even where its reference leads nowhere: that is
//! an error where the answer names it. Passing over it would quietly choose an
//! older base, and so would reading on past a damaged line.

use std::collections::BTreeSet;

use gix::bstr::ByteSlice;
use gix::error::MetadataValue;
use gix::refs::file::find::ReferenceDecode;

use crate::escape::Escaped;
use crate::version::PublishedSet;

use super::repository::account;

/// Reads the names of all tags into the set of published versions, or says why
/// they cannot all be read.
///
/// Loose references come first, as git reads them: one that is packed in the
/// meantime is then found twice rather than never.
pub(super) fn read_tags(references: &gix::RefStore) -> Result<PublishedSet, String> {
    let mut published = PublishedSet::default();
    let loose = read_loose(references)?;
    for name in &loose {
        published.add(name);
    }
    let packed = references
        .cached_packed_buffer()
        .map_err(|error| account(&error))?;
    if let Some(packed) = packed {
        read_packed(packed.as_ref().as_ref(), &loose, &mut published)?;
    }
    published.settle();
    Ok(published)
}

/// Reads the names of the loose tags, which shadow packed ones.
fn read_loose(references: &gix::RefStore) -> Result<BTreeSet<Vec<u8>>, String> {
    let prefix = b"refs/tags/"
        .try_into()
        .expect("the prefix is a relative path");
    let loose = references
        .loose_iter_prefixed(prefix)
        .map_err(|error| error.to_string())?;
    loose
        .map(|reference| match reference {
            Ok(reference) => Ok(tag_name(reference.name.as_bstr()).to_vec()),
            Err(error) => broken_tag_name(&error).ok_or_else(|| account(&error)),
        })
        .collect()
}

/// Reads the lines `<id> <name>` of `packed-refs`, less its header.
fn read_packed(
    packed: &[u8],
    loose: &BTreeSet<Vec<u8>>,
    published: &mut PublishedSet,
) -> Result<(), String> {
    for line in packed.lines_with_terminator() {
        let Some(name) = name_on(line) else {
            return Err(format!(
                "packed-refs is damaged at `{}`",
                Escaped::new(line.trim())
            ));
        };
        if let Some(name) = name.strip_prefix(b"refs/tags/")
            && !loose.contains(name)
        {
            published.add(name);
        }
    }
    Ok(())
}

/// The name on a line `<id> <name>`; it is empty on a line `^<id>`, to which
/// the annotated tag before it was peeled.
fn name_on(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (id, name) = match line.strip_prefix(b"^") {
        Some(id) => (id, &b""[..]),
        None => line.split_once_str(" ")?,
    };
    (id.len() == 40 && id.iter().all(u8::is_ascii_hexdigit)).then_some(name)
}

fn tag_name(reference: &[u8]) -> &[u8] {
    reference.strip_prefix(b"refs/tags/").unwrap_or(reference)
}

/// The name of a loose tag of which the file is there but says nothing.
fn broken_tag_name(error: &gix::Error) -> Option<Vec<u8>> {
    let metadata = error.metadata_merged();
    let path = match (
        error.downcast_any_ref::<ReferenceDecode>(),
        metadata.get("path"),
    ) {
        (Some(decode), _) => &decode.relative_path,
        (None, Some(MetadataValue::Path(path))) => path,
        (None, _) => return None,
    };
    let path = path.as_os_str().as_encoded_bytes();
    path.find(b"refs/tags/")
        .map(|at| tag_name(&path[at..]).to_vec())
}
