//! Everything that the chain asks about a repository, gathered once.

use samever_core::{
    Base, BasePlan, Canonical, CommitId, Delta, Exclusion, Fallback, Head, IgnoredReason, Inputs,
    MainTip, Policy, PublishedSet, PublishedVersion, Rung, Version, resolve,
};

use crate::recipe::canonical::CanonicalRecord;
use crate::recipe::error::RecipeError;
use crate::recipe::excluded::{ExcludedVersions, Stale, excluded_by_hand, stale, unpinnable};
use crate::recipe::label::Unreadable;
use crate::recipe::repository::Recipe;
use crate::scheme::Scheme;

/// What is asked of a repository.
#[derive(Clone, Debug)]
pub struct Request {
    /// The recipe's name, if it is stated.
    pub recipe: Option<String>,
    /// The revision under test.
    pub head: String,
    /// Its version, if that is given by hand.
    pub head_version: Option<Version>,
    /// The revision of the main tip, if it is stated.
    pub main: Option<String>,
    /// The last-green record, if there is one.
    pub canonical: Option<CanonicalRecord>,
    /// The base version given by hand, if any.
    pub override_version: Option<Version>,
    /// Why the upgrade tier is declared not applicable, if it is.
    pub declared: Option<String>,
    /// The versions that the operator excludes from being bases.
    pub excluded: Vec<ExcludedVersions>,
    /// What the operator asked for.
    pub policy: Policy,
}

impl Request {
    /// Asks about this revision, with the defaults for the rest.
    pub fn of(head: &str) -> Self {
        Self {
            recipe: None,
            head: head.to_owned(),
            head_version: None,
            main: None,
            canonical: None,
            override_version: None,
            declared: None,
            excluded: Vec::new(),
            policy: Policy::default(),
        }
    }

    /// Tells whether a declaration or an override decides, so that neither the
    /// head's version nor the main tip is needed.
    fn is_decided(&self) -> bool {
        self.declared.is_some() || self.override_version.is_some()
    }

    /// Tells whether there is a canonical to use.
    fn has_canonical(&self) -> bool {
        self.canonical.is_some() && !self.policy.ignore_canonical
    }
}

/// What a repository answers to a [`Request`]; the chain's [`Inputs`] borrow
/// from both.
#[derive(Debug)]
pub struct Facts<'a> {
    request: &'a Request,
    recipe: String,
    head: (CommitId, Result<Version, String>),
    main_tip: Option<(String, CommitId, Option<Version>)>,
    canonical_tag_commit: Option<CommitId>,
    published: PublishedSet,
    excluded: Vec<Exclusion>,
    shallow: bool,
    stale: Vec<Stale>,
    notes: Vec<String>,
}

impl<'a> Facts<'a> {
    /// Reads what the chain may ask. Of the tags, only these are peeled: that of
    /// the canonical, where there is a recorded commit to compare it with; and
    /// that of the version from which the chain would upgrade, which is excluded
    /// where it cannot be pinned, and then the next older one.
    ///
    /// # Errors
    ///
    /// The repository, or something that was asked for by name, cannot be read.
    pub fn gather(recipe: &Recipe, request: &'a Request) -> Result<Self, RecipeError> {
        let name = recipe_name(recipe, request)?;
        let head = recipe.commit("--head", &request.head)?;
        let published = recipe.published()?;
        if !recipe.scheme().is_of_recipes() && request.declared.is_none() && published.is_empty() {
            return Err(nothing_published(recipe.scheme(), &published));
        }
        let version = head_version(recipe, request, head)?;
        let mut facts = Self {
            request,
            recipe: name,
            head: (head, version),
            main_tip: main_tip(recipe, request)?,
            canonical_tag_commit: canonical_tag_commit(recipe, request, &published),
            excluded: excluded_by_hand(&request.excluded, &published),
            published,
            shallow: recipe.is_shallow()?,
            stale: Vec::new(),
            notes: recipe.notes(&request.head),
        };
        facts.notes.extend(facts.mislabelled_tag(recipe.scheme()));
        let unpinnable = unpinnable(recipe, &facts.inputs());
        facts.excluded.extend(unpinnable);
        facts.stale = stale(&request.excluded, &facts.inputs());
        facts
            .notes
            .extend(facts.stale.iter().map(ToString::to_string));
        let inputs = facts.inputs();
        if !recipe.scheme().is_of_recipes()
            && let Ok(plan) = resolve(&inputs)
        {
            let note = judge(recipe.scheme(), &inputs, &plan)?;
            facts.notes.extend(note);
        }
        Ok(facts)
    }

    /// Where the head is given by a tag whose tree says another version.
    fn mislabelled_tag(&self, scheme: &Scheme) -> Option<String> {
        if !scheme.is_stated() {
            return None;
        }
        let tag = self.request.head.strip_prefix("refs/tags/")?;
        let named = scheme.parse(tag).ok()?;
        let found = match &self.head.1 {
            Ok(found) if found.is_same_version(&named) => return None,
            Ok(found) => found.to_string(),
            Err(why) => format!("no version ({why})"),
        };
        Some(format!(
            "the head is the tag {tag}, whose tree says {found}: that version was not tested; tag it \
             on the commit whose label it is"
        ))
    }

    /// The recipe's name.
    pub fn recipe(&self) -> &str {
        &self.recipe
    }

    /// What a reader should know of the repository beside the decision.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The settings of the operator's that change nothing any more, such as `exclude 3.0.0+2`.
    pub(crate) fn stale(&self) -> Vec<String> {
        let stale = self.stale.iter();
        stale.map(|stale| stale.setting.clone()).collect()
    }

    /// The chain's inputs.
    pub fn inputs(&self) -> Inputs<'_> {
        let request = self.request;
        let (commit, version) = &self.head;
        let head = Head {
            commit: *commit,
            version: version.as_ref().map_err(String::as_str),
        };
        let main_tip = self.main_tip.as_ref();
        let canonical = request.canonical.as_ref();
        Inputs::new(head, &self.published)
            .declared(request.declared.as_deref())
            .override_version(request.override_version.as_ref())
            .main_tip(main_tip.map(|(name, commit, version)| MainTip {
                name,
                commit: *commit,
                version: version.as_ref(),
            }))
            .canonical(canonical.map(|record| Canonical {
                version: &record.version,
                commit: record.commit,
                tag_commit: self.canonical_tag_commit,
            }))
            .excluded(&self.excluded)
            .shallow(self.shallow)
            .policy(request.policy)
    }
}

/// The head's version, or why it is not known. Where upstream's rules for recipes do not hold, an
/// answer needs it.
fn head_version(
    recipe: &Recipe,
    request: &Request,
    head: CommitId,
) -> Result<Result<Version, String>, RecipeError> {
    if let Some(given) = &request.head_version {
        return Ok(Ok(given.clone()));
    }
    let scheme = recipe.scheme();
    let tag = request.head.strip_prefix("refs/tags/");
    if let Some(tag) = tag.filter(|_| !scheme.is_stated())
        && let Some(published) = scheme.published([tag]).newest()
    {
        return Ok(Ok(published.version().clone()));
    }
    let why = match recipe.version(head) {
        Ok(Ok(version)) => return Ok(Ok(version)),
        Ok(Err(why @ Unreadable::Contradiction(_))) if !request.is_decided() => {
            let why = why.to_string();
            return Err(RecipeError::Contradiction { commit: head, why });
        }
        Err(error) if !request.is_decided() => return Err(error),
        Ok(Err(why)) => why.to_string(),
        Err(error) => error.to_string(),
    };
    if recipe.scheme().is_of_recipes() || request.declared.is_some() {
        return Ok(Err(why));
    }
    Err(RecipeError::HeadUnknown {
        commit: head,
        scheme: recipe.scheme().name().to_owned(),
        why,
    })
}

/// The most letters of a tag that an error quotes.
const QUOTED_CHARS_MAX: usize = 100;

/// The most tags that an error quotes.
const QUOTED_TAGS_MAX: usize = 3;

/// The error where no tag publishes a version.
pub(crate) fn nothing_published(scheme: &Scheme, published: &PublishedSet) -> RecipeError {
    let ignored = published.ignored();
    let quoted = ignored.iter().take(QUOTED_TAGS_MAX);
    let quoted = quoted.map(|tag| {
        let name = String::from_utf8_lossy(&tag.name);
        name.chars().take(QUOTED_CHARS_MAX).collect::<String>()
    });
    RecipeError::NothingPublished {
        scheme: scheme.name().to_owned(),
        form: scheme.tag_form(),
        tags: ignored.len(),
        such_as: quoted.collect::<Vec<_>>().join(", "),
    }
}

/// The recipe's name: the stated one, else one of those that the repository
/// goes by. A record of another recipe, or of another origin, is refused.
fn recipe_name(recipe: &Recipe, request: &Request) -> Result<String, RecipeError> {
    let names = match &request.recipe {
        Some(name) => vec![name.clone()],
        None => recipe.names(),
    };
    let canonical = request.canonical.as_ref();
    let origin = recipe.origin();
    let other = canonical.and_then(|record| record.other_origin(origin.as_deref()));
    if let (Some(recorded), Some(origin)) = (other, &origin) {
        return Err(RecipeError::AnotherOrigin {
            recipe: names.into_iter().next().unwrap_or_default(),
            recorded: recorded.to_owned(),
            origin: origin.clone(),
        });
    }
    if let Some(record) = canonical {
        check_record(recipe.scheme(), record, &names)?;
    }
    match canonical.and_then(|record| record.recipe.as_ref()) {
        Some(recorded) => Ok(recorded.clone()),
        None => Ok(names.into_iter().next().unwrap_or_default()),
    }
}

/// The main tip, its name, and its version if that can be read. It is looked
/// for where it is stated or where the chain may ask for it.
fn main_tip(
    recipe: &Recipe,
    request: &Request,
) -> Result<Option<(String, CommitId, Option<Version>)>, RecipeError> {
    let found = match &request.main {
        Some(revision) => Some((revision.as_str(), recipe.commit("--main", revision)?)),
        None if request.is_decided() || request.has_canonical() => None,
        None => recipe.main_tip()?,
    };
    Ok(found.map(|(name, commit)| {
        let version = recipe.version(commit).ok().and_then(Result::ok);
        let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
        let name = name.strip_prefix("refs/heads/").unwrap_or(name);
        let name = name.strip_prefix("refs/tags/").unwrap_or(name);
        (name.to_owned(), commit, version)
    }))
}

/// What the canonical's tag leads to now, if there is one tag that must be
/// meant. A tag that leads nowhere is the concern of the answer that names it.
fn canonical_tag_commit(
    recipe: &Recipe,
    request: &Request,
    published: &PublishedSet,
) -> Option<CommitId> {
    let record = request.canonical.as_ref()?;
    record.commit?;
    let tag = published.find(&record.version)?;
    let is_same = |other: &&PublishedVersion| other.version().is_same_version(&record.version);
    if *tag.version() != record.version && published.iter().filter(is_same).count() > 1 {
        return None;
    }
    let (target, _) = recipe.tag_target(&tag.tag()).ok()?;
    Some(target)
}

/// What a reader should know of a plan under another scheme than that of recipes.
///
/// # Errors
///
/// The plan is no answer there.
pub(crate) fn judge(
    scheme: &Scheme,
    inputs: &Inputs<'_>,
    plan: &BasePlan<'_>,
) -> Result<Option<String>, RecipeError> {
    if scheme.is_of_recipes() {
        return Ok(None);
    }
    match refused(scheme, inputs, plan) {
        Some(error) => Err(error),
        None => Ok(passed_form(scheme, inputs, plan)),
    }
}

/// Why a plan is no answer under another scheme than that of recipes: the main tip is no release,
/// and an upgrade proves nothing where base and head cannot be compared.
fn refused(scheme: &Scheme, inputs: &Inputs<'_>, plan: &BasePlan<'_>) -> Option<RecipeError> {
    let scheme = scheme.name().to_owned();
    if plan.rung() == Rung::MainTip && inputs.policy.fallback == Fallback::ReleaseFirst {
        let mut trail = plan.trail.iter();
        let release = trail.find(|step| step.rung == Rung::Release)?;
        return Some(RecipeError::NothingOlder {
            scheme,
            why: release.because.to_string(),
        });
    }
    let base = match &plan.base {
        Base::Version(base) => base.tag(),
        Base::Ref(commit) => format!("the commit {}", commit.short()),
        Base::Skip(_) => return None,
    };
    (plan.delta == Some(Delta::Unknown)).then(|| RecipeError::DeltaUnknown {
        scheme,
        base,
        head: inputs
            .head
            .version
            .map_or_else(str::to_owned, ToString::to_string),
    })
}

/// Refuses a record of another recipe, or of a version of another order.
pub(crate) fn check_record(
    scheme: &Scheme,
    record: &CanonicalRecord,
    names: &[String],
) -> Result<(), RecipeError> {
    let (version, order) = (&record.version, scheme.order());
    if version.order() != order {
        return Err(RecipeError::AnotherOrder {
            version: version.to_string(),
            recorded: version.order().name(),
            order: order.name(),
        });
    }
    match &record.recipe {
        Some(recorded) if !names.contains(recorded) => Err(RecipeError::AnotherRecipe {
            recorded: recorded.clone(),
            expected: names.join(" or "),
        }),
        Some(_) | None => Ok(()),
    }
}

/// What a reader should know where tags of another form have versions between base and head.
fn passed_form(scheme: &Scheme, inputs: &Inputs<'_>, plan: &BasePlan<'_>) -> Option<String> {
    if scheme.part_name().is_some() {
        return None;
    }
    let head = inputs.head.version.ok()?;
    let base = match &plan.base {
        Base::Version(base) => Some(base.version()),
        Base::Ref(_) | Base::Skip(_) => None,
    };
    let between = |name: &str| {
        let at = name.find(|letter: char| letter.is_ascii_digit())?;
        let version = scheme.order().parse(&name[at..]).ok()?;
        let is_nearer = base.is_none_or(|base| base.is_older_than(&version));
        (is_nearer && version.is_older_than(head)).then_some(version)
    };
    let ignored = inputs.published.ignored().iter();
    let ignored = ignored.filter(|tag| !matches!(tag.because, IgnoredReason::ShadowedByPlainTag));
    let ignored = ignored.filter_map(|tag| std::str::from_utf8(&tag.name).ok());
    let passed: Vec<_> = ignored
        .filter_map(|name| Some((between(name)?, name)))
        .collect();
    let (_, newest) = passed.iter().max()?;
    Some(format!(
        "{} older than the head and nearer than the base, in names that the scheme {} does not \
         read, such as {newest}; where they are releases of this project, name their form in a \
         scheme of your own",
        match passed.len() {
            1 => "one version is".to_owned(),
            count => format!("{count} versions are"),
        },
        scheme.name(),
    ))
}
