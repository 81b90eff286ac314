//! A repository with many tags, and the question put to it, as the benches of
//! whole processes share them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HEAD: &str = "9999.0.0+1";

/// Makes a repository with two commits and this number of tags, close in version
/// and in no order, and returns the size of `packed-refs` in bytes. The newest tag
/// has a commit of its own, which can be the base; all others lead to the head.
pub(crate) fn build(directory: &Path, tags: u32, packed: bool) -> Outcome<u64> {
    let mut builder = RepositoryBuilder::init(directory, false)?;
    let names: Vec<String> = (0..tags)
        .map(|index| {
            let (minor, patch) = (index / 50 % 50, index % 50);
            let app = index.wrapping_mul(2_654_435_761) % 900;
            format!(
                "{}.{minor}.{patch}+{app}.{patch}.{minor}-social-amd64",
                index / 2500
            )
        })
        .collect();
    let newest = names.last().ok_or("there are no tags")?;
    let base = builder.release(None, newest)?;
    let head = builder.release(Some(base), HEAD)?;
    builder.reference("refs/heads/main", head)?;
    let mut tags: Vec<_> = names.iter().map(|name| (name, head)).collect();
    tags.last_mut().ok_or("there are no tags")?.1 = base;
    if !packed {
        for (name, commit) in tags {
            builder.tag(name, commit, TagKind::Lightweight)?;
        }
        return Ok(0);
    }
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

/// The question that makes the chain step back from the head's own version.
pub(crate) fn samever(repository: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command
        .args(["resolve", "--canonical-version", HEAD, "--repo"])
        .arg(repository);
    command
}
