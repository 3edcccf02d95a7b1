//! What a tag meant before it moved, recorded in the registry itself, where the whole team finds it: `latest.previous` is
//! the former `latest`. That tag moves too, and what it meant before stands in `latest.previous.previous`; so a run that is
//! killed between the record and the move loses nothing.

use std::mem;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{self, ExitCode};
use crate::publish::aws::Aws;
use crate::publish::aws::images::Manifest;
use crate::publish::version_tags;
use crate::release::version::Version;
use crate::report::record::Moved;

/// What is added to a tag for the one that records it.
const SUFFIX: &str = ".previous";

/// The tag that records what this one meant before. Fails for one that is so long that there can be none.
pub(crate) fn previous(tag: &Tag) -> anyhow::Result<Tag> {
    let name = format!("{tag}{SUFFIX}");
    name.parse().map_err(anyhow::Error::msg).with_context(|| format!("name the tag {name}"))
}

/// Whether it is such a record.
pub(crate) fn is_record(tag: &Tag) -> bool {
    tag.to_string().ends_with(SUFFIX)
}

/// What a tag means now, and what is recorded of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) current: Option<Manifest>,
    /// By `TAG.previous`.
    pub(crate) previous: Option<Manifest>,
    /// By `TAG.previous.previous`.
    pub(crate) before_previous: Option<Manifest>,
}

impl Meaning {
    /// That of each of these tags, by one call.
    pub(crate) fn ask(aws: &Aws<'_>, repository: &Repository, tags: &[&Tag]) -> anyhow::Result<Vec<Self>> {
        let mut names = Vec::new();
        for tag in tags {
            let record = previous(tag)?;
            names.extend([(*tag).clone(), record.clone(), previous(&record)?]);
        }
        let mut manifests = aws.manifests(repository, &names)?;
        let mut take = |manifests: &mut [Option<Manifest>]| Self {
            current: mem::take(&mut manifests[0]),
            previous: mem::take(&mut manifests[1]),
            before_previous: mem::take(&mut manifests[2]),
        };
        Ok(manifests.chunks_mut(3).map(&mut take).collect())
    }

    /// What the tag meant before, if that is recorded. A record of what it means now is that of a move that was never made.
    pub(crate) fn former(&self) -> Option<&Manifest> {
        let is_other = |manifest: &&Manifest| self.current.as_ref().is_none_or(|now| now.digest != manifest.digest);
        [&self.previous, &self.before_previous].into_iter().flatten().find(is_other)
    }

    /// Puts the records.
    pub(crate) fn keep(&self, aws: &Aws<'_>, repository: &Repository, tag: &Tag) -> anyhow::Result<()> {
        let records = self.records(tag)?;
        records.iter().try_for_each(|(name, manifest)| aws.put_tag(repository, manifest, name).map(drop))
    }

    /// The tags that have to be put, in this order, before the tag itself moves away from what it means now.
    fn records(&self, tag: &Tag) -> anyhow::Result<Vec<(Tag, &Manifest)>> {
        let Some(current) = &self.current else { return Ok(Vec::new()) };
        let record = previous(tag)?;
        Ok(match &self.previous {
            Some(known) if known.digest == current.digest => Vec::new(),
            Some(known) => vec![(previous(&record)?, known), (record, current)],
            None => vec![(record, current)],
        })
    }
}

/// Records what each of these tags means before the local image of that ID gets them, and returns those that will move by
/// that; `None` where nobody knows what they mean. A record that cannot be made keeps no push from its end; an interruption
/// does, and so does a version that means another image.
pub(super) fn record(
    ctx: &Ctx,
    aws: &Aws<'_>,
    repository: &Repository,
    tags: &[&Tag],
    image_id: &str,
) -> anyhow::Result<Option<Vec<Moved>>> {
    let unless_interrupted = |error: anyhow::Error| {
        if failure::code(&error) == ExitCode::Interrupted {
            return Err(error);
        }
        let names: Vec<String> = tags.iter().map(ToString::to_string).collect();
        ctx.report.warning(format!("what {} meant before is not recorded: {error:#}", names.join(", ")));
        Ok(())
    };
    let meanings = match Meaning::ask(aws, repository, tags) {
        Ok(meanings) => meanings,
        Err(error) => {
            unless_interrupted(error)?;
            return Ok(None);
        }
    };
    let mut moved = Vec::new();
    for (tag, meaning) in tags.iter().zip(&meanings) {
        let current = meaning.current.as_ref();
        if current.is_some_and(|current| current.is_of(image_id)) {
            continue;
        }
        if let Some(current) = current.filter(|_| Version::is_tag(tag)) {
            return Err(version_tags::taken(tag, &current.digest).into());
        }
        meaning.keep(aws, repository, tag).or_else(unless_interrupted)?;
        moved.push(Moved { tag: tag.to_string(), from: current.map(|current| current.digest.clone()) });
    }
    Ok(Some(moved))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn tag(name: &str) -> Tag {
        name.parse().expect("a good tag")
    }

    fn manifest(digest: &str) -> Manifest {
        Manifest { digest: digest.to_owned(), media_type: None, text: "{}".to_owned() }
    }

    /// Tag -> digest.
    #[derive(Clone, Default)]
    struct Registry(BTreeMap<String, String>);

    impl Registry {
        fn of(pairs: &[(&str, &str)]) -> Self {
            Self(pairs.iter().map(|(tag, digest)| ((*tag).to_owned(), (*digest).to_owned())).collect())
        }

        fn meaning(&self) -> Meaning {
            let known = |name: &str| self.0.get(name).map(|digest| manifest(digest));
            Meaning {
                current: known("latest"),
                previous: known("latest.previous"),
                before_previous: known("latest.previous.previous"),
            }
        }

        /// Moves `latest`, and is killed after so many puts.
        fn move_to(&mut self, digest: &str, puts: usize) {
            let meaning = self.meaning();
            let records = meaning.records(&tag("latest")).expect("short names");
            let records = records.iter().map(|(name, manifest)| (name.to_string(), manifest.digest.clone()));
            let all: Vec<_> = records.chain([("latest".to_owned(), digest.to_owned())]).collect();
            self.0.extend(all.into_iter().take(puts));
        }

        fn roll_back(&mut self, puts: usize) {
            let to = self.meaning().former().expect("something to go back to").digest.clone();
            self.move_to(&to, puts);
        }

        fn latest(&self) -> &str {
            &self.0["latest"]
        }
    }

    const ALL: usize = 3;

    #[test]
    fn what_was_there_is_recorded_and_two_rollbacks_return() {
        let mut registry = Registry::default();
        assert_eq!(registry.meaning().former(), None);
        for digest in ["one", "two", "three"] {
            registry.move_to(digest, ALL);
        }
        for expected in ["two", "three", "two"] {
            registry.roll_back(ALL);
            assert_eq!(registry.latest(), expected);
        }
    }

    #[test]
    fn a_move_that_is_killed_anywhere_loses_nothing_and_a_second_one_completes_it() {
        for puts in 0..=ALL {
            let mut registry = Registry::of(&[("latest", "two"), ("latest.previous", "one")]);
            registry.move_to("three", puts);
            if registry.latest() == "two" {
                assert_eq!(registry.meaning().former().expect("recorded").digest, "one", "killed after {puts}");
                registry.move_to("three", ALL);
            }
            assert_eq!(registry.latest(), "three");
            assert_eq!(registry.meaning().former().expect("recorded").digest, "two", "killed after {puts}");
        }
    }

    #[test]
    fn a_rollback_that_is_killed_anywhere_is_completed_by_a_second_one() {
        for puts in 0..ALL {
            let mut registry = Registry::of(&[("latest", "two"), ("latest.previous", "one")]);
            registry.roll_back(puts);
            assert_eq!(registry.latest(), "two");
            registry.roll_back(ALL);
            assert_eq!(
                (registry.latest(), registry.0["latest.previous"].as_str()),
                ("one", "two"),
                "killed after {puts}"
            );
        }
    }

    #[test]
    fn a_tag_that_leaves_no_room_for_its_record_is_told() {
        let error = previous(&tag(&"x".repeat(128))).expect_err("too long");
        assert!(format!("{error:#}").contains("a tag has 1 to 128"), "{error:#}");
    }
}
