//! A repository with many tags, and the question put to it, as the benches of
//! whole processes share them.

use std::path::Path;
use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};

#[path = "../pack/mod.rs"]
mod pack;

pub(crate) use pack::Outcome;
use pack::pack;

const HEAD: &str = "9999.0.0+1";

/// Makes a repository with two commits and this number of tags, close in version
/// and in no order, and returns the size of `packed-refs` in bytes. The `excluded`
/// newest tags lead to the head and cannot be the base; the next one can.
pub(crate) fn build(directory: &Path, tags: u32, excluded: u32, packed: bool) -> Outcome<u64> {
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
    let (older, newest) = names.split_at((tags - excluded) as usize);
    let base = builder.release(None, older.last().map_or(HEAD, String::as_str))?;
    let head = builder.release(Some(base), HEAD)?;
    builder.reference("refs/heads/main", head)?;
    let older = older.iter().map(|name| (name, base));
    let tags: Vec<_> = older
        .chain(newest.iter().map(|name| (name, head)))
        .collect();
    if !packed {
        for (name, commit) in tags {
            builder.tag(name, commit, TagKind::Lightweight)?;
        }
        return Ok(0);
    }
    pack(directory, tags)
}

/// The question that makes the chain step back from the head's own version.
pub(crate) fn samever(repository: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samever"));
    command
        .args(["resolve", "--canonical-version", HEAD, "--repo"])
        .arg(repository);
    command
}
