//! The tests that need a Docker Swarm: `.ci/swarm` starts an engine and names it in
//! `SAMEVER_TEST_DOCKER`; without that, nothing is run.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

#[path = "../it/support/mod.rs"]
mod support;

mod data;
mod neighbours;
mod nights;
mod real_recipes;
mod replay;
