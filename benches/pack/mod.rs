//! Tags as `git clone` packs them, many at a time.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use samever_core::CommitId;

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Packs tags, as `git clone` does, and returns the size of `packed-refs` in bytes.
pub(crate) fn pack<Name: Display + Ord>(
    directory: &Path,
    mut tags: Vec<(Name, CommitId)>,
) -> Outcome<u64> {
    tags.sort();
    let path = directory.join(".git/packed-refs");
    let mut file = io::BufWriter::new(fs::File::create(&path)?);
    writeln!(file, "# pack-refs with: peeled fully-peeled sorted ")?;
    for (name, commit) in tags {
        writeln!(file, "{commit} refs/tags/{name}")?;
    }
    file.flush()?;
    Ok(fs::metadata(path)?.len())
}
