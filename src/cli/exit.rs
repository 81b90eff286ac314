//! The exit codes.

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: the answer is on standard output.
    Fine,
    /// 1: the answer is there, and it is not what was required.
    Finding,
    /// 2: the arguments make no sense.
    Usage,
    /// 3: no answer can be given; the message says what to do.
    NoAnswer,
}

impl ExitStatus {
    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Finding => 1,
            Self::Usage => 2,
            Self::NoAnswer => 3,
        }
    }
}

/// The same, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  fine: the answer is on standard output
  1  a finding: the answer is not what was required
  2  usage: the arguments make no sense
  3  no answer can be given: the message says what to do";
