//! What several tests need.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test uses its own part"
)]
pub(crate) mod oracle;
#[cfg(feature = "full")]
pub(crate) mod repositories;
pub(crate) mod worlds;
