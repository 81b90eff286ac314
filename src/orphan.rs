//! Programs that outlived the process that started them: how they are found
//! again, and ended.
//!
//! The number of a process group alone is no proof, since numbers are used
//! again. What proves it is the moment at which the group's leader began, or a
//! variable in the environment of a member that no other program has. Both are
//! read from Linux's `/proc`; elsewhere nothing is ended.

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

/// A program that leads a process group of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProgramId {
    pub group: u32,
    /// The boot of the machine and the ticks since then, where they are known.
    began: String,
}

impl ProgramId {
    /// A process that was just started, by its number.
    pub(crate) fn of(process: u32) -> Self {
        Self {
            group: process,
            began: proc::began(process).unwrap_or_default(),
        }
    }
}

/// The process groups of a program that still run. Where its number is not
/// known, it was being started.
///
/// # Errors
///
/// It cannot be told: what to do.
pub(crate) fn running(
    program: Option<&ProgramId>,
    variable: (&str, &OsStr),
) -> Result<Vec<u32>, String> {
    proc::running(program, variable)
}

/// Asks a process group to end, and ends it where it does not; tells whether it
/// is gone.
pub(crate) fn end(group: u32) -> bool {
    for at_once in [false, true] {
        crate::process::signal_group(group, at_once);
        let gone = crate::disk::wait_for(
            || Ok::<_, ()>((!proc::is_alive(group)).then_some(())),
            |spent| spent < crate::process::GRACE,
        );
        if gone == Ok(Some(())) {
            return true;
        }
    }
    false
}

#[cfg(target_os = "linux")]
mod proc {
    use std::ffi::OsStr;
    use std::fs;

    use super::ProgramId;

    /// What `/proc` says of a process.
    struct Process {
        id: u32,
        state: String,
        group: u32,
        session: u32,
        ticks: String,
    }

    impl Process {
        fn read(id: u32) -> Option<Self> {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name may hold anything, and ends with the last parenthesis.
            let mut words = stat.rsplit_once(')')?.1.split_whitespace();
            Some(Self {
                id,
                state: words.next()?.to_owned(),
                group: words.nth(1)?.parse().ok()?,
                session: words.next()?.parse().ok()?,
                ticks: words.nth(15)?.to_owned(),
            })
        }

        fn began(&self) -> String {
            let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
            format!("{}/{}", boot.unwrap_or_default().trim(), self.ticks)
        }

        fn is_alive(&self) -> bool {
            !matches!(self.state.as_str(), "Z" | "X")
        }

        fn has(&self, (name, value): (&str, &OsStr)) -> bool {
            let environment = fs::read(format!("/proc/{}/environ", self.id));
            let wanted = [name.as_bytes(), b"=", value.as_encoded_bytes()].concat();
            environment.is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == wanted))
        }
    }

    fn processes() -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.filter_map(Process::read).collect()
    }

    pub(super) fn began(process: u32) -> Option<String> {
        Process::read(process).map(|process| process.began())
    }

    pub(super) fn is_alive(group: u32) -> bool {
        let mut members = processes().into_iter();
        members.any(|process| process.group == group && process.is_alive())
    }

    pub(super) fn running(
        program: Option<&ProgramId>,
        variable: (&str, &OsStr),
    ) -> Result<Vec<u32>, String> {
        let processes = processes();
        if processes.is_empty() {
            return Err("/proc does not say which programs run".to_owned());
        }
        let of_group = |group| {
            let members = processes.iter();
            members.filter(move |process| process.group == group && process.is_alive())
        };
        let mut groups: Vec<u32> = match program {
            Some(ProgramId { group, began }) => {
                let leader = processes.iter().find(|process| process.id == *group);
                let is_ours = match leader {
                    Some(leader) => leader.began() == *began,
                    None => of_group(*group).any(|process| process.has(variable)),
                };
                Vec::from_iter(is_ours.then_some(*group))
            }
            // A daemon with a session of its own is a part of what was deployed.
            None => processes
                .iter()
                .filter(|process| process.group != process.session && process.has(variable))
                .map(|process| process.group)
                .collect(),
        };
        groups.sort_unstable();
        groups.dedup();
        groups.retain(|group| of_group(*group).next().is_some());
        Ok(groups)
    }
}

#[cfg(not(target_os = "linux"))]
mod proc {
    use std::ffi::OsStr;

    use super::ProgramId;

    pub(super) fn began(_: u32) -> Option<String> {
        None
    }

    /// Whether it is there, zombies included; elsewhere than on Unix there are no
    /// groups.
    #[cfg(unix)]
    pub(super) fn is_alive(group: u32) -> bool {
        use nix::errno::Errno;
        let group = i32::try_from(group).unwrap_or_default();
        let answer = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), None);
        answer != Err(Errno::ESRCH)
    }

    #[cfg(not(unix))]
    pub(super) fn is_alive(_: u32) -> bool {
        false
    }

    pub(super) fn running(
        program: Option<&ProgramId>,
        _: (&str, &OsStr),
    ) -> Result<Vec<u32>, String> {
        match program {
            Some(program) if is_alive(program.group) => Err(format!(
                "the process group {} may be its program, which cannot be told on this system; end it by hand",
                program.group
            )),
            Some(_) | None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use super::{ProgramId, end, running};

    const VARIABLE: (&str, &str) = ("SAMEVER_RUN_DIR", "/a folder/run");

    fn groups(program: Option<&ProgramId>) -> Vec<u32> {
        running(program, (VARIABLE.0, OsStr::new(VARIABLE.1))).unwrap()
    }

    /// A program that ends at once and leaves another in its group, which has the
    /// variable or not.
    fn child_without_leader(command: &mut Command) -> ProgramId {
        let mut leader: Child = command
            .args(["-c", "sleep 1000 & exit 0"])
            .process_group(0)
            .spawn()
            .unwrap();
        let id = ProgramId::of(leader.id());
        leader.wait().unwrap();
        id
    }

    #[test]
    fn a_group_without_its_leader_is_known_by_the_variable_alone() {
        let ours = child_without_leader(Command::new("sh").env(VARIABLE.0, VARIABLE.1));
        let other = child_without_leader(&mut Command::new("sh"));
        assert_eq!(groups(Some(&ours)), [ours.group]);
        assert_eq!(groups(Some(&other)), [0; 0]);
        // A program that was being started has no number yet.
        assert_eq!(groups(None), [ours.group]);
        assert!(end(ours.group) && end(other.group));
        assert_eq!(groups(Some(&ours)), [0; 0]);
    }

    #[test]
    fn a_number_that_is_used_again_is_another_program() {
        let mut child = Command::new("sleep");
        let mut child = child.arg("1000").process_group(0).spawn().unwrap();
        let id = ProgramId::of(child.id());
        assert_eq!(groups(Some(&id)), [id.group]);
        let before = ProgramId {
            began: format!("{}0", id.began),
            ..id.clone()
        };
        assert_eq!(groups(Some(&before)), [0; 0]);
        assert!(end(id.group));
        child.wait().unwrap();
    }
}
