//! The text files that make an app: small, and read whole.

use std::io;
use std::path::Path;

use crate::disk::read_bounded;
use crate::recipe::FILE_BYTES_MAX;

/// Reads a file of a recipe, or of its operator.
pub(super) fn read_whole(file: &Path) -> io::Result<Vec<u8>> {
    let bytes = read_bounded(file, FILE_BYTES_MAX)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// Reads a file that a tree need not have.
pub(super) fn read_if_there(file: &Path) -> io::Result<String> {
    let bytes = match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Ok(_) | Err(_) => read_whole(file)?,
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
