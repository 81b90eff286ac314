//! Cleans up after runs that were killed: what they have left on a Swarm, the
//! operator's program that still runs, what it has deployed, and the folder.
//!
//! The teardown is a command that is read from a file in a folder for temporary
//! ones. So it is run only where the file can only be this user's own, from a run
//! that was started in that folder.

use std::path::Path;

use crate::cancel::Cancel;
use crate::deploy::leftover::{Leftover, LeftoverScope};
use crate::deploy::programs::{judge, note_end, note_number};
use crate::deploy::run_folder::{Found, RunFile, find, named_in};
use crate::deploy::run_record::{Call, Program};
use crate::deploy::swarm::{is_stack_name, sweep_engine};
use crate::orphan;
use crate::process;
use crate::run::DeployError;

/// Where the output of a teardown goes, in the folder of its run.
const LOG: &str = "sweep-teardown.log";

/// Removes the stacks that runs of this machine have left on the engine and that
/// can be proved to be over.
///
/// # Errors
///
/// The engine does not answer.
pub(crate) fn sweep_own_stacks(cancel: &Cancel) -> Result<Vec<Leftover>, String> {
    let scope = LeftoverScope {
        recipe: None,
        dry_run: false,
        needs_folder: true,
        cancel,
    };
    sweep_engine(&scope).map_err(|error| error.to_string())
}

/// Removes what runs that were killed have left on the engine and in a folder of
/// temporary ones, and nothing else: what has no mark, what a run that is not
/// over has, what a run on another machine has, and what the scope leaves out
/// stays.
///
/// # Errors
///
/// The engine does not answer, or the folder cannot be listed.
pub(crate) fn sweep_leftovers(
    temporary: &Path,
    with_engine: bool,
    scope: &LeftoverScope<'_>,
) -> Result<Vec<Leftover>, String> {
    let mut found = Vec::new();
    if with_engine {
        found.extend(sweep_engine(scope).map_err(|error| error.to_string())?);
    }
    let folders = named_in(temporary).map_err(|error| {
        format!(
            "the folder {} cannot be listed: {error}",
            temporary.display()
        )
    })?;
    for folder in folders {
        sweep_folder(&folder, scope, &mut found);
    }
    Ok(found)
}

fn sweep_folder(folder: &Path, scope: &LeftoverScope<'_>, found: &mut Vec<Leftover>) {
    let run_file = match find(folder) {
        Found::Nothing => return,
        Found::Strange(why) => return found.push(Leftover::Strange(folder.to_owned(), why)),
        Found::Over(run_file) => run_file,
    };
    let record = run_file.record();
    if !is_stack_name(&record.stack) {
        let why = "its run file names no stack of samever's".to_owned();
        return found.push(Leftover::Strange(folder.to_owned(), why));
    }
    let shown = folder.display();
    match scope.takes(record.recipe.as_deref()) {
        Some(false) => {}
        None => found.push(Leftover::Unnamed(format!("the folder {shown}"))),
        Some(true) => {
            if let Err(why) = clean_up(folder, *run_file, scope, found) {
                found.push(Leftover::Stuck(format!("the folder {shown}"), why));
            }
        }
    }
}

/// Cleans up after one run, and says each step that it did.
///
/// # Errors
///
/// A step fails, and those after it are not done.
fn clean_up(
    folder: &Path,
    run_file: RunFile,
    scope: &LeftoverScope<'_>,
    found: &mut Vec<Leftover>,
) -> Result<(), String> {
    let record = run_file.record();
    let stack = record.stack;
    if let Some(program) = &record.program {
        end_program(program, &stack, scope, found)?;
    }
    if let Some(teardown) = &record.teardown {
        if !scope.dry_run {
            tear_down(folder, &run_file, teardown, scope).map_err(|why| {
                format!(
                    "{why}; mend that and sweep again, or remove the stack {stack} by hand, and then this folder"
                )
            })?;
        }
        let program = teardown.name().to_owned();
        let stack = stack.clone();
        found.push(Leftover::Teardown { program, stack });
    }
    if !scope.dry_run {
        run_file
            .remove_folder()
            .map_err(|error| error.to_string())?;
    }
    found.push(Leftover::Folder(folder.to_owned(), stack));
    Ok(())
}

/// Ends the program that a run was killed in, with all that it started.
fn end_program(
    program: &Program,
    stack: &str,
    scope: &LeftoverScope<'_>,
    found: &mut Vec<Leftover>,
) -> Result<(), String> {
    let run_folder = program.run_folder();
    let variable = ("SAMEVER_RUN_DIR", run_folder.as_os_str());
    for group in orphan::running(program.id.as_ref(), variable)? {
        let step = program.step.clone();
        if !scope.dry_run && !orphan::end(group) {
            return Err(format!(
                "the {step} program of its run does not end (process group {group}); end it, and sweep again"
            ));
        }
        let stack = stack.to_owned();
        found.push(Leftover::Program { step, group, stack });
    }
    Ok(())
}

/// Runs the teardown as the run would have; a sweep that is killed in it leaves
/// what the run left.
fn tear_down(
    folder: &Path,
    run_file: &RunFile,
    teardown: &Call,
    scope: &LeftoverScope<'_>,
) -> Result<(), String> {
    if scope.cancel.is_cancelled() {
        return Err("the sweep was interrupted before its teardown".to_owned());
    }
    let program = Program::starting("teardown", teardown.run_folder().as_ref());
    // The teardown frees space where there is none.
    let _ = run_file.change(|record| record.program = Some(program));
    let log = folder.join(LOG);
    let timeout = teardown.timeout();
    let command = teardown.command();
    let ran = process::run(command, &log, timeout, scope.cancel, |process| {
        note_number(run_file, process);
    });
    let name = teardown.name();
    let judged = match ran {
        Err(error) => Err(format!(
            "the teardown program {name} cannot be run: {error}"
        )),
        Ok((ended, printed)) => {
            let last = printed.tail.last().map(String::as_str);
            judge(&ended, "teardown", timeout, last).map_err(|error| match error {
                DeployError::Interrupted => "its teardown was interrupted".to_owned(),
                DeployError::Failed(why) | DeployError::Unusable(why) => why,
            })
        }
    };
    note_end(run_file, judged.is_ok());
    judged
}
