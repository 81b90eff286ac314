//! The compose file of a tree that behaves on a Docker Swarm as its
//! `simulation.yml` says that it does on files.

use std::collections::BTreeSet;

use samever_core::Version;

use crate::simulate::behaviour::{Behaviour, Range};

/// A service that keeps the version which last wrote its volume, and fails where
/// its behaviour says so; `versions` are those whose data it may meet.
pub(crate) fn swarm_compose(
    image: &str,
    label: Option<&str>,
    behaviour: &Behaviour,
    versions: &BTreeSet<String>,
) -> String {
    let label_line = match label {
        Some(label) => format!("coop-cloud.${{STACK_NAME}}.version={label}"),
        None => "coop-cloud.${STACK_NAME}.timeout=300".to_owned(),
    };
    // A string of JSON is a quoted one of YAML; a dollar is doubled for docker.
    let script = script(label, behaviour, versions).replace('$', "$$");
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "version: '3.8'\nservices:\n  app:\n    image: {}\n    command: [/bin/busybox, sh, -c, {}]\n    \
         volumes: ['data:/data']\n    stop_grace_period: 2s\n    deploy:\n      labels: [{}]\n      \
         restart_policy: {{delay: 200ms}}\n      update_config: {{monitor: 1s}}\nvolumes:\n  \
         data: {{}}\n",
        quoted(image),
        quoted(&script),
        quoted(&label_line)
    )
}

/// The overlay of `previous/` for such a service.
pub(crate) const PREVIOUS: &str =
    "version: '3.8'\nservices:\n  app:\n    environment: {PREVIOUS: applied}\n";

fn script(label: Option<&str>, behaviour: &Behaviour, versions: &BTreeSet<String>) -> String {
    let Behaviour {
        fails_to_deploy,
        fails_its_check,
        upgrade_fails_from,
        needs_previous,
        loses_data,
    } = behaviour;
    let mut lines = vec!["trap 'exit 0' TERM".to_owned()];
    if *fails_to_deploy {
        lines.push("echo it does not start; exit 1".to_owned());
    }
    if *needs_previous {
        lines.push("[ \"$PREVIOUS\" ] || { echo it needs previous/; exit 1; }".to_owned());
    }
    if *loses_data {
        lines.push("rm -f /data/rows".to_owned());
    }
    if let Some(Range(range)) = upgrade_fails_from {
        let parsed =
            |text: &&String| Version::parse(text).is_ok_and(|version| version.is_in(range));
        let from: Vec<_> = versions.iter().filter(parsed).map(String::as_str).collect();
        if !from.is_empty() {
            lines.push(format!(
                "case \"$(cat /data/version 2>/dev/null)\" in {}) echo it does not take this data; exit 1;; esac",
                from.join("|")
            ));
        }
    }
    if let Some(label) = label {
        lines.push(format!("echo '{label}' > /data/version"));
    }
    // What fails its check runs for a while first.
    let last = if *fails_its_check {
        "sleep 4; exit 1"
    } else {
        "while :; do sleep 0.2; done"
    };
    lines.push(last.to_owned());
    lines.join("\n")
}
