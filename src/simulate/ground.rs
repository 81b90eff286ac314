//! What a scenario is played on: a repository of some layout, and a deployer of some manner.

use crate::simulate::layout::{LAYOUTS, RepositoryLayout};
use crate::simulate::manner::{MISDEEDS, Manner};

/// What a scenario is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) layout: RepositoryLayout,
    pub(crate) manner: Manner,
}

/// How many cases meet every layout and every misdeed.
pub(crate) const GROUNDS: u64 = 16;

impl Ground {
    /// A bare repository, and a deployer that does what it is asked.
    pub(crate) const PLAIN: Self = Self {
        layout: RepositoryLayout::BARE,
        manner: Manner::HONEST,
    };

    /// The ground of a numbered case: two in a row are on one layout. Of four in a row, two have an
    /// honest deployer and two have one that does something wrong; from one sixteen to the next, other
    /// layouts have it, and another misdeed.
    pub(crate) fn of_case(number: u64) -> Self {
        let at = |number: u64, count: usize| {
            usize::try_from(number % count as u64).expect("it is smaller than a count")
        };
        let round = number / GROUNDS;
        let manner = if at(number / 2 + round, 2) == 0 {
            Manner::HONEST
        } else {
            let misdeed = number / 4 * 2 + number % 2 + round;
            MISDEEDS[at(misdeed, MISDEEDS.len())]
        };
        Self {
            layout: LAYOUTS[at(number / 2, LAYOUTS.len())],
            manner,
        }
    }

    /// Plainer ones, the plainest first.
    pub(crate) fn plainer(self) -> impl Iterator<Item = Self> {
        let (layout, manner) = (Self::PLAIN.layout, Self::PLAIN.manner);
        let grounds = [
            Self::PLAIN,
            Self { layout, ..self },
            Self { manner, ..self },
        ];
        grounds.into_iter().filter(move |ground| *ground != self)
    }

    /// What is not plain about it, in words that end with a colon; empty where all is plain.
    pub(crate) fn in_words(self) -> String {
        let layout = (self.layout != RepositoryLayout::BARE)
            .then(|| format!("in a repository of the layout `{}`", self.layout.name));
        let manner = (self.manner != Manner::HONEST)
            .then(|| format!("with a deployer that {}", self.manner.name));
        let words: Vec<_> = [layout, manner].into_iter().flatten().collect();
        if words.is_empty() {
            String::new()
        } else {
            format!("{}: ", words.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{GROUNDS, Ground, LAYOUTS, MISDEEDS};

    #[test]
    fn the_first_cases_meet_every_layout_and_every_misdeed_and_those_after_them_other_pairs() {
        let met = |numbers: std::ops::Range<u64>| {
            let grounds: Vec<_> = numbers.map(Ground::of_case).collect();
            let layouts = grounds.iter().map(|ground| ground.layout.name);
            let manners = grounds.iter().map(|ground| ground.manner.name);
            let pairs = layouts.clone().zip(manners.clone());
            (
                layouts.collect::<BTreeSet<_>>().len(),
                manners.collect::<BTreeSet<_>>().len(),
                pairs.collect::<BTreeSet<_>>().len(),
            )
        };
        let (layouts, manners, _) = met(0..GROUNDS);
        assert_eq!((layouts, manners), (LAYOUTS.len(), MISDEEDS.len() + 1));
        let (_, _, pairs) = met(0..200);
        assert_eq!(pairs, LAYOUTS.len() * (MISDEEDS.len() + 1));
        let honest =
            (0..200).filter(|number| Ground::of_case(*number).manner == super::Manner::HONEST);
        assert_eq!(honest.count(), 100);
    }

    #[test]
    fn layouts_and_manners_have_names_of_their_own() {
        let layouts: BTreeSet<_> = LAYOUTS.iter().map(|layout| layout.name).collect();
        let manners: BTreeSet<_> = MISDEEDS.iter().map(|manner| manner.name).collect();
        assert_eq!(
            (layouts.len(), manners.len()),
            (LAYOUTS.len(), MISDEEDS.len())
        );
    }
}
