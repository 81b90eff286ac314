//! Versions and commits are texts where they are serialized.
//!
//! A version that is read back is of the first order in [`Order::ALL`] that takes its text: it is
//! there to be told again. Where it is to be compared, its order is known, and
//! [`Order::parse`] reads it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{CommitId, Order, Version};

macro_rules! as_text {
    ($type:ty, $read:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(CommitId, |text: &str| text.parse::<CommitId>());
as_text!(Version, |text: &str| {
    let mut others = Order::ALL.iter().skip(1);
    let first = Order::CoopCloud.parse(text);
    first.or_else(|error| others.find_map(|order| order.parse(text).ok()).ok_or(error))
});
