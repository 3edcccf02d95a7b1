//! The command line of the benchmark: which rounds, cases and alternatives.

use clap::{Args, ValueEnum};

use crate::cli::ChefImage;

/// Measures our rebuild beside the usual ways, in one run; writes target/xtask/bench/report.md, .json and chart.svg.
///
/// It needs the crates registry, some 20 minutes for each round and 20 GB for layers. Your images, cache mounts and
/// files stay as they are. One benchmark at a time: its images, container and cache mounts have fixed names.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// How often each case is measured; the tables show the medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    pub(crate) rounds: u16,
    /// Measure only this case; may be given again [default: all].
    #[arg(long = "case", value_enum, value_name = "NAME")]
    pub(crate) cases: Vec<Case>,
    /// Measure only this alternative; may be given again [default: all].
    #[arg(long = "alternative", value_enum, value_name = "NAME")]
    pub(crate) alternatives: Vec<Alternative>,
    /// Leave the images, the container, the cache mounts and the copies of the workspace for a closer look.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Builder of buildx; it must see local images [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    #[command(flatten)]
    pub(crate) chef: ChefImage,
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE")]
    pub(crate) runtime_image: Option<String>,
}

impl Bench {
    /// The chosen cases, each once, in the order in which they are run.
    pub(crate) fn cases(&self) -> Vec<Case> {
        chosen(&self.cases)
    }

    /// The chosen alternatives, each once, in the order of the tables.
    pub(crate) fn alternatives(&self) -> Vec<Alternative> {
        chosen(&self.alternatives)
    }
}

fn chosen<T: ValueEnum + PartialEq + Copy>(named: &[T]) -> Vec<T> {
    T::value_variants().iter().copied().filter(|value| named.is_empty() || named.contains(value)).collect()
}

/// What happens to the sources before a build, in the order of a round: the undo follows the edit that it undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Case {
    /// A line of the backend changes.
    Leaf,
    /// That line is as it was before.
    Undone,
    /// A line of the library that both services use changes.
    Shared,
    /// Nothing changes.
    Unchanged,
    /// Another version of a crate that only the gui needs.
    GuiDependency,
    /// Another version of all workspace members.
    VersionBump,
}

impl Case {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Leaf => "edit in a leaf binary",
            Self::Undone => "edit undone",
            Self::Shared => "edit in `shared`",
            Self::Unchanged => "no change",
            Self::GuiDependency => "GUI-only dependency update",
            Self::VersionBump => "member version bump",
        }
    }
}

/// A way to build the image, with the letter that it has in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Alternative {
    /// (a) The specification's two Dockerfiles taken literally.
    Spec,
    /// (b) The usual single Dockerfile with cargo-chef.
    CargoChef,
    /// (c) The usual Dockerfile with plain cache mounts.
    CacheMounts,
    /// (d) COPY . . and cargo build.
    CopyAll,
    /// (e) Cargo alone inside the builder image: the limit.
    Limit,
    /// (f) cargo xtask build-colony.
    Ours,
}

impl Alternative {
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Spec => 'a',
            Self::CargoChef => 'b',
            Self::CacheMounts => 'c',
            Self::CopyAll => 'd',
            Self::Limit => 'e',
            Self::Ours => 'f',
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Spec => "the spec's two Dockerfiles",
            Self::CargoChef => "one cargo-chef Dockerfile",
            Self::CacheMounts => "plain cache mounts",
            Self::CopyAll => "COPY . . && cargo build",
            Self::Limit => "cargo alone (the limit)",
            Self::Ours => "ours",
        }
    }

    /// As on the command line; also the last part of the image's name.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_chosen_means_everything_and_a_choice_keeps_the_order() {
        assert_eq!(chosen::<Case>(&[]), Case::value_variants());
        assert_eq!(chosen(&[Alternative::Ours, Alternative::Spec]), [Alternative::Spec, Alternative::Ours]);
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Alternative::CacheMounts.name(), "cache-mounts");
    }
}
