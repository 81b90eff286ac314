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

use crate::recipe::error::account;
use crate::scheme::Scheme;

/// Reads the names of all tags into the set of published versions, or says why
/// they cannot all be read.
///
/// Loose references come first, as git reads them: one that is packed in the
/// meantime is then found twice rather than never.
pub(crate) fn read_tags(
    references: &gix::RefStore,
    scheme: &Scheme,
) -> Result<PublishedSet, String> {
    let mut loose = BTreeSet::new();
    let folder = references.common_dir_resolved().join("refs/tags");
    read_loose(&folder, b"", &mut loose)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let packed = references
        .cached_packed_buffer()
        .map_err(|error| account(&error))?;
    let packed: &[u8] = packed
        .as_ref()
        .map_or(b"", |packed| packed.as_ref().as_ref());
    let mut damaged = None;
    let mut after_a_name = false;
    let lines = packed.lines_with_terminator().map_while(|line| {
        let name = name_on(line).filter(|name| after_a_name || !name.is_empty());
        match name {
            None => damaged = Some(line),
            Some(name) => after_a_name = !name.is_empty(),
        }
        name
    });
    let packed = lines
        .filter_map(|name| name.strip_prefix(b"refs/tags/"))
        .filter(|name| !loose.contains(*name));
    let published = scheme.published(loose.iter().map(Vec::as_slice).chain(packed));
    match damaged {
        Some(line) => Err(format!(
            "packed-refs is damaged at `{}`",
            line.trim().as_bstr()
        )),
        None => Ok(published),
    }
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

/// The name on a line `<id> <name>` of `packed-refs`; it is empty on a line
/// `^<id>`, the commit of the annotated tag on the line before.
fn name_on(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (id, name): (&[u8; 40], _) = if let Some(id) = line.strip_prefix(b"^") {
        (id.try_into().ok()?, &b""[..])
    } else {
        let (id, name) = line.split_first_chunk()?;
        (id, name.strip_prefix(b" ")?)
    };
    is_id(id).then_some(name)
}

/// Tells whether 40 bytes are hexadecimal digits. Without a way out in the
/// middle, the compiler looks at sixteen of them at a time.
fn is_id(id: &[u8; 40]) -> bool {
    let is_digit = |at: usize| id[at].is_ascii_hexdigit();
    (0..16).fold(true, |all, at| {
        all & is_digit(at) & is_digit(at + 16) & is_digit(at + 24)
    })
}
