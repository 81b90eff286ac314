//! What an operator can ask for: no pre-release as a base, and a release before
//! the main tip where nothing has passed yet.

use samever_core::{
    Base, CommitId, Fallback, Head, Inputs, Policy, PublishedSet, ResolveError, Version, resolve,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut policy = Policy::default();
    // Nothing has passed, and the main branch is unknown.
    assert_eq!(base(policy), Err(ResolveError::NoMainTip));

    policy.fallback = Fallback::ReleaseFirst;
    assert_eq!(base(policy)?, "2.0.0-rc.1+5.1");

    policy.prereleases = false;
    assert_eq!(base(policy)?, "1.9.0+5.0");
    Ok(())
}

/// The tag from which to upgrade to 2.0.0.
fn base(policy: Policy) -> Result<String, ResolveError> {
    let published = PublishedSet::from_tags(["1.9.0+5.0", "2.0.0-rc.1+5.1"]);
    let version = Version::parse("2.0.0+5.1").expect("the text is a version");
    let head = Head {
        commit: CommitId::from_bytes([1; 20]),
        version: Ok(&version),
    };
    let inputs = Inputs::new(head, &published).policy(policy);
    Ok(match resolve(&inputs)?.base {
        Base::Version(published) => published.tag(),
        Base::Ref(commit) => commit.to_string(),
        Base::Skip(reason) => reason.to_string(),
    })
}
