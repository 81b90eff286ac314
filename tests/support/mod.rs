//! What several tests need.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test uses its own part"
)]
#[cfg(all(feature = "full", unix))]
pub(crate) mod lab;
#[cfg(all(feature = "full", unix))]
pub(crate) mod night;
pub(crate) mod oracle;
#[cfg(feature = "full")]
pub(crate) mod repositories;
#[cfg(feature = "full")]
pub(crate) mod scenarios;
#[cfg(all(feature = "full", unix))]
pub(crate) mod swarm;
pub(crate) mod worlds;
