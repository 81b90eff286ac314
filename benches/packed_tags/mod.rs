//! A repository with many tags, and the question put to it, as the benches of
//! whole processes share them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use samever::simulate::{RepositoryBuilder, TagKind};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const HEAD: &str = "9999.0.0+1";

/// Makes a repository with one commit and this number of tags, close in version and
/// in no order, and returns the size of `packed-refs` in bytes.
pub(crate) fn build(directory: &Path, tags: u32, packed: bool) -> Outcome<u64> {
    let mut builder = RepositoryBuilder::init(directory, false)?;
    let head = builder.release(None, HEAD)?;
    builder.reference("refs/heads/main", head)?;
    let mut names: Vec<String> = (0..tags)
        .map(|index| {
            let (minor, patch) = (index / 50 % 50, index % 50);
            let app = index.wrapping_mul(2_654_435_761) % 900;
            format!(
                "{}.{minor}.{patch}+{app}.{patch}.{minor}-social-amd64",
                index / 2500
            )
        })
        .collect();
    if !packed {
        for name in names {
            builder.tag(&name, head, TagKind::Lightweight)?;
        }
        return Ok(0);
    }
    names.sort();
    let path = directory.join(".git/packed-refs");
    let mut file = io::BufWriter::new(fs::File::create(&path)?);
    writeln!(file, "# pack-refs with: peeled fully-peeled sorted ")?;
    for name in names {
        writeln!(file, "{head} refs/tags/{name}")?;
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
