//! The tests, one module a subject; `support` is the fixture that all of them share.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod support;

#[cfg(unix)]
mod advice;
#[cfg(unix)]
mod agreement;
mod arrows;
mod bad_compose;
mod bad_input;
mod bad_repository;
mod bad_scenario;
mod bad_scenario_harm;
mod bad_tree;
mod bases;
mod bases_run;
mod blank_values;
#[cfg(unix)]
mod broken_programs;
mod canonical_command;
#[cfg(unix)]
mod catalogue_settings;
mod cli;
mod compose_files;
mod corpus;
mod data;
mod delta;
#[cfg(unix)]
mod deployers_doc;
#[cfg(unix)]
mod doctor_catalogue;
mod ecosystems;
mod exclude;
mod excluded;
mod faulty_programs;
#[cfg(unix)]
mod fetch;
#[cfg(unix)]
mod fetch_refused;
#[cfg(target_os = "linux")]
mod leftovers;
mod lost_label;
#[cfg(unix)]
mod messages;
#[cfg(unix)]
mod mislabelled;
#[cfg(unix)]
mod nightly;
#[cfg(unix)]
mod nightly_together;
mod older_release;
#[cfg(unix)]
mod one_record;
#[cfg(unix)]
mod operate_doc;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod public_reports;
mod real_recipes;
mod repeats;
mod replay;
mod replay_own_files;
#[cfg(unix)]
mod replay_resolver;
#[cfg(unix)]
mod reports;
mod repository_config;
mod repository_layouts;
mod scenarios;
mod scheme_scenarios;
mod schemes;
#[cfg(unix)]
mod schemes_doc;
mod schemes_refused;
#[cfg(unix)]
mod sound;
#[cfg(unix)]
mod stale_clone;
#[cfg(target_os = "linux")]
mod state_disk;
#[cfg(unix)]
mod stops;
mod store;
mod strangers;
#[cfg(unix)]
mod swarm_absent;
mod swarm_recipes;
#[cfg(unix)]
mod swarm_variables;
mod tags_as_git_sees_them;
mod tidy;
mod tier;
#[cfg(unix)]
mod told;
#[cfg(unix)]
mod upgrade;
#[cfg(unix)]
mod upgrade_evidence;
mod verify;
mod verify_command;
mod verify_evidence;
#[cfg(unix)]
mod whole_lives;
mod worlds;
