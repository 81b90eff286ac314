//! One of several equal parts of some work, for several machines.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// One of several parts that are done apart: the `number`th of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub(crate) number: u64,
    pub(crate) count: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self {
        number: 1,
        count: 1,
    };

    /// The `number`th of `count` shards; `None` where there is none such.
    pub const fn new(number: u64, count: u64) -> Option<Self> {
        if number >= 1 && number <= count {
            Some(Self { number, count })
        } else {
            None
        }
    }

    /// Tells whether the thing of this index, from 0, belongs to it.
    pub fn takes(self, index: usize) -> bool {
        index as u64 % self.count == self.number - 1
    }
}

impl Display for Shard {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shard = text.split_once('/').and_then(|(number, count)| {
            let (number, count) = (number.parse().ok()?, count.parse().ok()?);
            Self::new(number, count)
        });
        shard.ok_or("a part is such as 2/4, the second of four")
    }
}
