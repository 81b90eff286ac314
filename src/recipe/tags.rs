//! The names of a repository's tags: the hot path on a large history.
//!
//! gix lists references one by one, with an owned and validated name and
//! object id for each. A decision needs the names alone, and of those that are
//! no version nothing but the name. So gix opens and maps `packed-refs`, and
//! the names are read off its lines here; those of loose tags are read off
//! their folder, without opening a file. Should gix learn to list names alone,
//! this file can go.
//!
//! A tag counts by its name, even where its reference leads nowhere: that is
//! an error where the answer names it. Passing over it would quietly choose an
//! older base, and so would reading on past a damaged line.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use gix::bstr::ByteSlice;

use samever_core::PublishedSet;

use crate::recipe::repository::account;

/// Reads the names of all tags into the set of published versions, or says why
/// they cannot all be read.
///
/// Loose references come first, as git reads them: one that is packed in the
/// meantime is then found twice rather than never.
pub(crate) fn read_tags(references: &gix::RefStore) -> Result<PublishedSet, String> {
    let mut published = PublishedSet::default();
    let mut loose = BTreeSet::new();
    let folder = references.common_dir_resolved().join("refs/tags");
    read_loose(&folder, b"", &mut loose)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
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

/// Reads the names of the loose tags below a folder. `.lock` ends the name of
/// a file that git is about to write, never of a reference.
fn read_loose(folder: &Path, prefix: &[u8], names: &mut BTreeSet<Vec<u8>>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let file_name = entry.file_name();
        let name = [prefix, file_name.as_encoded_bytes()].concat();
        if entry.file_type()?.is_dir() {
            read_loose(&entry.path(), &[&name[..], b"/"].concat(), names)?;
        } else if !name.ends_with(b".lock") {
            names.insert(name);
        }
    }
    Ok(())
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
                line.trim().as_bstr()
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
