//! The name of a commit.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

/// A commit's SHA-1 id; displays as 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId([u8; 20]);

impl CommitId {
    /// The 20 bytes of the id.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Displays the first 12 digits, enough for a person to tell commits apart.
    pub fn short(&self) -> impl Display {
        struct Short(CommitId);
        impl Display for Short {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                write_hex(formatter, &self.0.0[..6])
            }
        }
        Short(*self)
    }
}

fn write_hex(formatter: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes
        .iter()
        .try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

impl Display for CommitId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl Debug for CommitId {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, formatter)
    }
}

impl FromStr for CommitId {
    type Err = ParseCommitIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return Err(ParseCommitIdError(()));
        }
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else {
                return Err(ParseCommitIdError(()));
            };
            *byte = u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte");
        }
        Ok(Self(bytes))
    }
}

/// The text is not a commit's id.
#[derive(Debug)]
pub struct ParseCommitIdError(());

impl Display for ParseCommitIdError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("a commit id is 40 hexadecimal digits")
    }
}

impl Error for ParseCommitIdError {}

#[cfg(test)]
mod tests {
    use super::CommitId;

    #[test]
    fn an_id_is_forty_digits_and_displays_as_it_is_read() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        let id: CommitId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(id.short().to_string(), "0123456789ab");
        assert_eq!(text.to_uppercase().parse::<CommitId>().unwrap(), id);
        for wrong in ["", "abc", &"g".repeat(40), &"é".repeat(20), &"0".repeat(64)] {
            assert!(wrong.parse::<CommitId>().is_err(), "{wrong}");
        }
    }
}
