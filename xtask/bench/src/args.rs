//! The command line of the benchmark: which rounds, cases and alternatives.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::process::Stop;
use crate::sizes::size::Size;

/// Measures our rebuild beside the usual ways, in one run; writes report.md, .json and chart.svg to xtask/bench
/// in cargo's target directory.
///
/// It needs the crates registry, some 20 minutes for each round and 20 GB for layers. Your images, cache mounts and
/// files stay as they are. One benchmark at a time: its images, container and cache mounts have fixed names.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", override_usage = "cargo xtask bench [OPTIONS]")]
#[command(after_help = "Examples:\n  cargo xtask bench --rounds 1 --alternative ours --alternative limit\n  \
    cargo xtask bench --size 5x100 --size 50x1000 --size 202x4404")]
pub(crate) struct Bench {
    /// The xtask that builds ours; `cargo xtask bench` names it.
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub(crate) xtask: PathBuf,
    /// How often each case is measured; the tables show the medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=99))]
    pub(crate) rounds: u16,
    /// Measure only this case; may be given again [default: all].
    #[arg(long = "case", value_enum, value_name = "NAME")]
    pub(crate) cases: Vec<Case>,
    /// Measure only this alternative; may be given again [default: all].
    #[arg(long = "alternative", value_enum, value_name = "NAME")]
    pub(crate) alternatives: Vec<Alternative>,
    /// In place of all that, measure cargo alone beside ours in a made-up workspace of so many members and source files,
    /// such as 202x4404; may be given again. Writes sizes.md, .json and .svg.
    #[arg(long = "size", value_name = "MEMBERSxFILES", conflicts_with_all = ["cases", "alternatives"])]
    sizes: Vec<Size>,
    /// One size in other words: so many members.
    #[arg(long, value_name = "NUMBER", requires = "files", conflicts_with_all = ["sizes", "cases", "alternatives"])]
    members: Option<usize>,
    /// And so many source files in all of them.
    #[arg(long, value_name = "NUMBER", requires = "members")]
    files: Option<usize>,
    /// Leave the images, the container, the cache mounts and the copies of the workspace for a closer look.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Builder of buildx; it must see local images [default: the docker driver's own].
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Image with the toolchain and cargo-chef [default: lukemathwalker/cargo-chef:latest-rust-1.87-alpine, or its
    /// local stand-in].
    #[arg(long, env = "CHEF_IMAGE", value_name = "IMAGE")]
    pub(crate) chef_image: Option<String>,
    /// Image that the binaries run in [default: gcr.io/distroless/cc, or its local stand-in].
    #[arg(long, env = "RUNTIME_IMAGE", value_name = "IMAGE")]
    pub(crate) runtime_image: Option<String>,
}

impl Bench {
    /// The chosen cases, each once, in the order in which they are run.
    pub(crate) fn cases(&self) -> Vec<Case> {
        chosen(&self.cases)
    }

    /// The sizes that are measured in place of the cases.
    pub(crate) fn sizes(&self) -> Result<Vec<Size>, Stop> {
        let one = self.members.zip(self.files).map(|(members, files)| Size::new(members, files));
        let one = one.transpose().map_err(Stop::Usage)?;
        Ok(self.sizes.iter().copied().chain(one).collect())
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
    /// Another version of a crate that the binaries need.
    DependencyUpdate,
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
            Self::DependencyUpdate => "dependency update",
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

    /// Cargo alone has no network, so it builds nothing that has to be fetched.
    pub(crate) fn takes_part(self, case: Case) -> bool {
        (self, case) != (Self::Limit, Case::DependencyUpdate)
    }

    /// As on the command line; also the last part of the image's name.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    /// The rows of the table of flags in README.md that belong to us: flag, and variable or nothing.
    fn said() -> BTreeSet<(String, String)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
        let readme = std::fs::read_to_string(path).expect("the workspace has a README");
        let (_, table) = readme.split_once("| flag | variable | default | of |").expect("a table of flags");
        let mut said = BTreeSet::new();
        for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            // Behind a semicolon it says more.
            let owners = cells[3].split(';').next().unwrap_or_default();
            if marked(owners).any(|owner| owner == "bench") {
                let variable = marked(cells[1]).next().unwrap_or_default();
                said.extend(marked(cells[0]).map(|flag| (flag.to_owned(), variable.to_owned())));
            }
        }
        said
    }

    /// The words in backticks.
    fn marked(text: &str) -> impl Iterator<Item = &str> {
        text.split('`').skip(1).step_by(2)
    }

    #[test]
    fn the_command_line_is_free_of_contradictions() {
        Bench::command().debug_assert();
    }

    #[test]
    fn the_table_of_flags_in_the_readme_has_each_of_ours_with_its_variable() {
        let text = |os: Option<&std::ffi::OsStr>| os.map_or_else(String::new, |os| os.display().to_string());
        let command = Bench::command();
        let visible = command.get_arguments().filter(|argument| !argument.is_hide_set());
        let flag =
            |argument: &clap::Arg| (format!("--{}", argument.get_long().unwrap_or_default()), text(argument.get_env()));
        assert_eq!(visible.map(flag).collect::<BTreeSet<_>>(), said());
    }

    #[test]
    fn nothing_chosen_means_everything_and_a_choice_keeps_the_order() {
        assert_eq!(chosen::<Case>(&[]), Case::value_variants());
        assert_eq!(chosen(&[Alternative::Ours, Alternative::Spec]), [Alternative::Spec, Alternative::Ours]);
    }

    #[test]
    fn a_size_has_two_forms_and_comes_in_place_of_cases() {
        let read = |words: &str| Bench::try_parse_from("bench --xtask x".split(' ').chain(words.split(' ')));
        let sizes = |words: &str| read(words).expect(words).sizes().expect(words);
        let (small, large) = (Size { members: 5, files: 100 }, Size { members: 202, files: 4404 });
        assert_eq!(sizes("--size 5x100 --size 202x4404"), [small, large]);
        assert_eq!((sizes("--members 5 --files 100"), sizes("--rounds 1")), (vec![small], vec![]));
        for odd in
            ["--members 5", "--files 5", "--size 5x100 --case leaf", "--size 1x1", "--size 5x5 --members 5 --files 5"]
        {
            assert!(read(odd).is_err(), "{odd}");
        }
        let odd = read("--members 5 --files 4").expect("two numbers").sizes();
        assert!(matches!(odd, Err(Stop::Usage(_))), "{odd:?}");
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Alternative::CacheMounts.name(), "cache-mounts");
    }
}
