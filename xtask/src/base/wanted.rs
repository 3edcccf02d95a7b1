//! What to do where the base is not there or does not fit. Pure, but for the variables that would change its meaning.

use crate::base::TAG;
use crate::base::remote::Remote;
use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::failure::{ExitCode, Failure};
use crate::workspace::names::Names;

/// What the specification builds the base by, relative to the workspace root.
const SCRIPT: &str = "Docker/build-and-push-base.sh";

/// The base that somebody wants to build on, as the command knows it that has to build it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) image: ImageReference,
    /// The image to start from, if it was chosen.
    pub(crate) chef_image: Option<String>,
    /// The builder that is to build it and has to be named for that, if one has.
    pub(crate) builder: Option<String>,
    /// Whether AWS is to be asked for nothing.
    pub(crate) is_local: bool,
}

impl Wanted {
    /// The specification's words for a missing base, with today's command before its script.
    pub(crate) fn missing(&self, ctx: &Ctx, remote: Remote) -> Failure {
        let flags = self.build_flags(&ctx.names);
        let mut failure =
            Failure::new(ExitCode::MissingBase, format!("Base image '{}' not found locally!", self.image))
                .hint("Please build the base image first:")
                .hint(format!("  cargo xtask build-base{flags}"));
        // Other workspaces that use this program have no such script.
        if ctx.root.join(SCRIPT).exists() {
            failure = failure.hint(format!("  ./build-and-push-base.sh{flags}   (the same, in Docker/)"));
        }
        failure.hint(self.or_pull(&ctx.names, remote))
    }

    /// A base that does not fit the workspace, with one line for each reason.
    pub(crate) fn stale(&self, names: &Names, reasons: &[String], remote: Remote) -> Failure {
        let mut failure = Failure::new(ExitCode::Stale, format!("Base image '{}' is stale", self.image));
        for reason in reasons {
            failure = failure.hint(format!("  because {reason}"));
        }
        failure
            .hint(format!("Please build it again: cargo xtask build-base{}", self.build_flags(names)))
            .hint(self.or_pull(names, remote))
    }

    /// A base that is to be pulled from that place, `registry/repository:tag`, and is not there. `chef` is the image that it
    /// would be made from.
    pub(super) fn absent(&self, names: &Names, place: &str, chef: &str) -> Failure {
        Failure::precondition(format!("the registry has no base of this workspace: {place} is not there"))
            .hint(format!("Build it, which pushes it too: cargo xtask build-base{}", self.build_flags(names)))
            .hint(format!("It was looked for as one made from {chef}; another one: --chef-image"))
    }

    fn or_pull(&self, names: &Names, remote: Remote) -> String {
        let call = || format!("cargo xtask pull-base{}", self.flags(names, ["--base-repository", "--base-tag"]));
        match remote {
            Remote::Unknown => format!("Or pull it, if it was pushed before: {}", call()),
            Remote::Available => format!("Or pull it, for the registry has it: {}", call()),
            Remote::Absent => "The registry has none of these inputs, so it cannot be pulled".to_owned(),
        }
    }

    /// What makes `build-base` build this very base, each with a blank before it.
    fn build_flags(&self, names: &Names) -> String {
        let mut flags = self.flags(names, ["--repository", "--tag"]);
        if let Some(builder) = &self.builder {
            flags += &format!(" --builder {builder}");
        }
        if self.is_local { flags + " --no-push" } else { flags }
    }

    /// What makes a command mean this very base, `words` being its flags for repository and tag. What a variable says is
    /// said again: the line may be pasted elsewhere.
    fn flags(&self, names: &Names, words: [&str; 2]) -> String {
        let ImageReference { repository, tag } = &self.image;
        let [repository, tag, own] = [repository.to_string(), tag.to_string(), names.base_repository.to_string()];
        // A variable would make something else of what is left out.
        let is_default = |text: &str, default: &str, variable| {
            text == default && std::env::var_os(variable).is_none_or(|value| value.is_empty())
        };
        let chosen = [
            (words[0], Some(repository).filter(|name| !is_default(name, &own, "ECR_BASE_REPOSITORY"))),
            (words[1], Some(tag).filter(|tag| !is_default(tag, TAG, "BASE_IMAGE_TAG"))),
            ("--chef-image", self.chef_image.clone()),
        ];
        chosen.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", value?))).collect()
    }
}
