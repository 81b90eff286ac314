//! One decision: the version that passed last is older than the head.

use samever_core::{Base, Canonical, CommitId, Head, Inputs, PublishedSet, Version, resolve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let published = PublishedSet::from_tags(["1.11.0+1.29.0", "1.13.0+1.31.1"]);
    let (head, canonical) = ("1.14.0+1.31.2".parse()?, "1.13.0+1.31.1".parse()?);
    let inputs = inputs(&published, &head, &canonical);

    let plan = resolve(&inputs)?;
    let Base::Version(base) = plan.base else {
        return Err("a release is the base".into());
    };
    assert_eq!(base.tag(), "1.13.0+1.31.1");
    assert_eq!(plan.rung().name(), "canonical");
    assert_eq!(plan.delta.map(samever_core::Delta::name), Some("forward"));
    Ok(())
}

fn inputs<'a>(
    published: &'a PublishedSet,
    head: &'a Version,
    canonical: &'a Version,
) -> Inputs<'a> {
    let head = Head {
        commit: CommitId::from_bytes([1; 20]),
        version: Ok(head),
    };
    Inputs::new(head, published).canonical(Canonical {
        version: canonical,
        commit: None,
        tag_commit: None,
    })
}
