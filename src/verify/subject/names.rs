//! The words of a question that mean nothing to a resolver: its commits, and the reason that is
//! declared. They come from the seed and from the question alone: the same question has the
//! same ones whenever it is asked, and no program can know the trial by them.

use samever_core::CommitId;
use sha2::{Digest, Sha256};

use crate::verify::world::{Case, Main};

/// Reasons that are declared: one that is plain, and what a text of people can hold.
const REASONS: [&str; 5] = [
    "it keeps no state",
    "the maintainer says: \"not yet\", and 'not here'",
    "Änderungen – 変更 – نسخة",
    "{\"kind\": \"skip\"}",
    "a reason that goes on, and on, because it explains what was tried, when it was tried, and why \
     none of that helped, so that a reader need not ask",
];

/// The names of one question.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) head: String,
    /// Of a main tip that is elsewhere.
    pub(crate) main: String,
    /// On record of the canonical, if it is: its own, the head's or the main tip's.
    pub(crate) canonical: Option<String>,
    /// What is declared, where something is.
    pub(crate) declared: Option<&'static str>,
}

impl Names {
    pub(crate) fn of(seed: u64, case: &Case<'_>) -> Self {
        let digest = digest(seed, case);
        let commit = |number: u8| {
            let name = Sha256::new().chain_update(digest).chain_update([number]);
            let mut bytes = [0; 20];
            bytes.copy_from_slice(&name.finalize()[..20]);
            CommitId::from_bytes(bytes).to_string()
        };
        let (head, main) = (commit(0), commit(1));
        let is_head =
            case.head_version().is_some() && case.head_version() == case.canonical_version();
        let canonical = match (digest[0] % 4, case.main) {
            // On a quiet night the canonical is the head itself.
            (0 | 1, _) if is_head => Some(head.clone()),
            (0, _) => Some(head.clone()),
            (1, Main::Elsewhere) => Some(main.clone()),
            (2, _) => None,
            _ => Some(commit(2)),
        };
        let reason = REASONS[usize::from(digest[1]) % REASONS.len()];
        Self {
            head,
            main,
            canonical,
            declared: case.declared.map(|_| reason),
        }
    }
}

fn digest(seed: u64, case: &Case<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    for tag in case.history.tags() {
        add(tag);
    }
    for exclusion in case.history.excluded() {
        add(&format!("excluded {}", exclusion.version));
    }
    for spelled in [case.override_version, case.head, case.canonical] {
        add(&spelled.map_or_else(String::new, |spelled| spelled.version.to_string()));
    }
    add(&format!(
        "{:?} {} {} {}",
        case.main,
        case.declared.is_some(),
        case.release_first,
        case.prereleases
    ));
    digest.finalize().into()
}
