//! Whether an image that a container runs is the one that the sources in front of the user give. Pure, but for the look.

use crate::base::Freshness;
use crate::colony::look::Look;
use crate::colony::{BASE_LABEL, DOCKERFILE, INPUTS_LABEL};
use crate::context::Ctx;
use crate::sources::Sources;
use crate::workspace::own_name::WORKSPACE_LABEL;

/// How an image that runs relates to the sources, and to what was built since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// The next `up` would leave it alone.
    Current,
    /// The sources as they are would give another image.
    BySources,
    /// Another image was built from these very sources and bears the name now.
    ByBuild,
    /// Nobody built it here, and nobody was to: a database, say.
    Foreign,
}

impl Age {
    /// For people and programs.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::BySources => "superseded by the sources",
            Self::ByBuild => "superseded by a newer build",
            Self::Foreign => "not of this workspace",
        }
    }

    /// Whether a build gives, or gave, another image.
    pub(crate) fn is_superseded(self) -> bool {
        matches!(self, Self::BySources | Self::ByBuild)
    }
}

/// An age and why it is so; an image that is current has no reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) age: Age,
    pub(crate) reasons: Vec<String>,
}

/// An image as its labels tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// None of them, where it was not built here.
    inputs: Option<String>,
    base: Option<String>,
}

impl Verdict {
    /// On an image that bears no label of ours, in a project whose services need not be.
    pub(crate) fn foreign<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let is_foreign = [INPUTS_LABEL, WORKSPACE_LABEL].iter().all(|key| label(key).is_none());
        is_foreign.then(|| Self { age: Age::Foreign, reasons: Vec::new() })
    }
}

impl Made {
    /// From the image's labels, which its containers bear too.
    pub(crate) fn new<'a>(id: &str, label: impl Fn(&str) -> Option<&'a str>) -> Self {
        let owned = |key| label(key).map(str::to_owned);
        Self { id: id.to_owned(), inputs: owned(INPUTS_LABEL), base: owned(BASE_LABEL) }
    }
}

/// What a build would take now.
#[derive(Clone, Debug)]
struct UpToDate {
    /// Digest of the inputs.
    inputs: String,
    /// Image ID of the base.
    base: String,
}

/// What images that run are compared with.
#[derive(Clone, Debug)]
pub(crate) struct Now {
    /// The colony's name, and what bears it.
    name: String,
    named: Option<Made>,
    /// Or why a build would have to begin with the base, after which no image is what it was.
    wanted: Result<UpToDate, Vec<String>>,
}

impl Now {
    /// Reads the sources, and writes nothing.
    pub(crate) fn of(ctx: &Ctx, name: String, look: &Look) -> anyhow::Result<Self> {
        let wanted = match &look.freshness {
            Freshness::Current(base) => {
                let sources = Sources::read(&ctx.root, &ctx.state_dir()?, &look.plan)?;
                Ok(UpToDate { inputs: look.inputs(ctx, &sources, &base.id)?.digest(), base: base.id.clone() })
            }
            Freshness::Missing => Err(vec!["the base image is missing".to_owned()]),
            Freshness::Stale(_, reasons) => {
                Err(reasons.iter().map(|reason| format!("the base image is stale: {reason}")).collect())
            }
        };
        // One of another workspace says nothing of ours.
        let before = look.before.as_ref().filter(|image| ctx.names.workspace.owns(|key| image.label(key)));
        let named = before.map(|image| Made::new(&image.id, |key| image.label(key)));
        Ok(Self { name, named, wanted })
    }

    /// Judges an image that runs. By its inputs and not by its name, which an undone edit leaves at another image.
    pub(crate) fn judge(&self, runs: &Made) -> Verdict {
        let verdict = |age, reasons| Verdict { age, reasons };
        let wanted = match &self.wanted {
            Ok(wanted) => wanted,
            Err(reasons) => return verdict(Age::BySources, reasons.clone()),
        };
        let is_wanted = |made: &&Made| made.inputs.as_ref() == Some(&wanted.inputs);
        match self.named.as_ref().filter(is_wanted) {
            Some(named) if named.id == runs.id => verdict(Age::Current, Vec::new()),
            Some(named) => verdict(Age::ByBuild, vec![format!("{} is {} now", self.name, named.id)]),
            None if is_wanted(&runs) => verdict(Age::Current, Vec::new()),
            None => verdict(Age::BySources, vec![wanted.difference(runs)]),
        }
    }
}

impl UpToDate {
    /// As far as the labels tell.
    fn difference(&self, runs: &Made) -> String {
        match &runs.base {
            _ if runs.inputs.is_none() => {
                "it was not built by `cargo xtask` (it has no label of its inputs)".to_owned()
            }
            Some(base) if *base != self.base => format!("the base is another image now ({base} -> {})", self.base),
            _ => format!("the sources, {DOCKERFILE} with its script, or the runtime image changed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &str, inputs: &str, base: &str) -> Made {
        Made { id: id.to_owned(), inputs: Some(inputs.to_owned()), base: Some(base.to_owned()) }
    }

    fn now(named: Option<Made>) -> Now {
        let wanted = UpToDate { inputs: "new".to_owned(), base: "base".to_owned() };
        Now { name: "colony:latest".to_owned(), named, wanted: Ok(wanted) }
    }

    fn told(now: &Now, runs: &Made) -> (Age, String) {
        let Verdict { age, reasons } = now.judge(runs);
        (age, reasons.join("; "))
    }

    #[test]
    fn what_bears_the_name_and_has_the_inputs_is_current() {
        let image = made("1", "new", "base");
        assert_eq!(told(&now(Some(image.clone())), &image), (Age::Current, String::new()));
    }

    #[test]
    fn an_edit_supersedes_by_the_sources_whether_it_was_built_or_not() {
        let image = made("1", "old", "base");
        let why = "the sources, Docker/Dockerfile with its script, or the runtime image changed".to_owned();
        assert_eq!(told(&now(Some(image.clone())), &image), (Age::BySources, why.clone()));
        assert_eq!(told(&now(None), &image), (Age::BySources, why));
        let built = "colony:latest is 2 now".to_owned();
        assert_eq!(told(&now(Some(made("2", "new", "base"))), &image), (Age::ByBuild, built));
    }

    #[test]
    fn an_edit_undone_makes_current_what_runs_although_the_name_is_elsewhere() {
        let image = made("1", "new", "base");
        assert_eq!(told(&now(Some(made("2", "old", "base"))), &image).0, Age::Current);
        assert_eq!(told(&now(None), &image).0, Age::Current);
    }

    #[test]
    fn another_image_of_the_same_sources_supersedes_as_a_build() {
        let built = "colony:latest is 2 now".to_owned();
        assert_eq!(told(&now(Some(made("2", "new", "base"))), &made("1", "new", "base")), (Age::ByBuild, built));
    }

    #[test]
    fn what_the_labels_tell_is_the_reason() {
        let (_, why) = told(&now(None), &made("1", "old", "other"));
        assert_eq!(why, "the base is another image now (other -> base)");
        let (age, why) = told(&now(None), &Made::new("1", |_| None));
        assert_eq!((age, why.starts_with("it was not built by `cargo xtask`")), (Age::BySources, true));
    }

    #[test]
    fn a_base_that_is_to_be_built_supersedes_everything_with_its_reasons() {
        let image = made("1", "new", "base");
        let now = Now { wanted: Err(vec!["the base image is missing".to_owned()]), ..now(Some(image.clone())) };
        assert_eq!(told(&now, &image), (Age::BySources, "the base image is missing".to_owned()));
    }
}
