//! What several tests need.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test uses its own part"
)]
pub(crate) mod folder;
#[cfg(unix)]
pub(crate) mod judge;
#[cfg(unix)]
pub(crate) mod lab;
#[cfg(unix)]
pub(crate) mod life;
#[cfg(unix)]
pub(crate) mod night;
#[cfg(unix)]
pub(crate) mod remote;
pub(crate) mod repositories;
pub(crate) mod scenarios;
#[cfg(unix)]
pub(crate) mod swarm;
