//! How this program talks: what the user asked for by flags, beside what the terminal is.

use std::env;
use std::io::{self, IsTerminal};

/// How much is said, and how. Results and errors are always told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) verbosity: Verbosity,
    pub(crate) colour: Colour,
    /// Effects are printed in place of being run, so nobody claims that a step was done.
    pub(crate) is_dry: bool,
    /// A build is shown line by line, wherever that goes.
    pub(crate) is_plain: bool,
    /// The result is one line of JSON.
    pub(crate) is_json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Nothing but results and errors.
    Quiet,
    #[default]
    Normal,
    /// Each program that is started as well.
    Verbose,
}

/// When stderr is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set (<https://no-color.org>) or TERM is `dumb`.
    #[default]
    Auto,
    Always,
    Never,
}

impl Manner {
    pub(crate) fn is_quiet(self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    pub(crate) fn is_verbose(self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    pub(crate) fn is_coloured(self) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let is_set = |key| env::var_os(key).is_some_and(|value| !value.is_empty());
                io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb()
            }
        }
    }
}

/// Whether nobody watches: a CI service keeps the log of its job.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|set| !set.is_empty() && set != "false")
}

/// Whether the terminal cannot move its cursor.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}
