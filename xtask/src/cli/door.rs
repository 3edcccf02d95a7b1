//! What clap itself does not do at the door: empty variables, errors that name the variable, flags that say nothing
//! together. Ends with clap's own kind of error, and so with exit code 2.

use std::env;
use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, Resettable};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, Error, FromArgMatches};

use crate::cli::{self, Cli, Output};
use crate::workspace::names::Names;

/// Flags that are for ECR alone, and so mean nothing where AWS is not asked. Their variables may be set all the same.
const FOR_AWS: [&str; 9] =
    ["region", "account", "registry", "force_policy", "registry_cache", "sign", "sign_key", "version_tag", "move_back"];

pub(super) fn read(
    words: impl IntoIterator<Item = OsString>,
    names: &Names,
    services: &[String],
) -> Result<Cli, Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    let command = with_defaults(without_empty_variables(Cli::command()), names);
    let mut command = with_services(command, services);
    match command.try_get_matches_from_mut(&words) {
        Ok(matches) => {
            let cli = Cli::from_arg_matches(&matches)?;
            refuse_idle_flags(&cli, &matches).map_err(|why| command.error(ErrorKind::ArgumentConflict, why))?;
            Ok(cli.with_table_region(names.region.as_ref()))
        }
        Err(error) if error.kind() == ErrorKind::DisplayVersion => Ok(version()),
        Err(error) => Err(naming_the_variable(error, &command, &words)),
    }
}

fn version() -> Cli {
    let output = Output { verbose: false, quiet: false, color: None, json: false };
    Cli { output, command: cli::Command::Version(cli::Version {}) }
}

/// A variable that is set to nothing counts as not set.
fn without_empty_variables(command: Command) -> Command {
    let is_empty = |arg: &Arg| arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg });
    each_subcommand(command, without_empty_variables)
}

/// Changes every subcommand. Clap's own method for it came with 4.5.22, and a workspace that adopts this program may have
/// its own reasons for an older clap.
fn each_subcommand(command: Command, change: impl Fn(Command) -> Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| command.mut_subcommand(name, &change))
}

/// What the table names, or follows from the workspace, counts where neither a flag nor a variable says more; so it is what
/// the help shows.
fn with_defaults(command: Command, names: &Names) -> Command {
    let Names { workspace, base_repository, account, .. } = names;
    let (repository, base) = (workspace.repository().to_string(), base_repository.to_string());
    let is_base = |command: &Command| command.get_name() == "build-base";
    each_subcommand(command, |command| {
        let own = if is_base(&command) { &base } else { &repository };
        let chosen = [("repository", Some(own)), ("base_repository", Some(&base)), ("account", account.as_ref())];
        command.mut_args(|arg| {
            let value = chosen.iter().find(|(id, _)| arg.get_id() == id).and_then(|(_, value)| *value);
            match value {
                Some(value) => arg.required(false).default_value(value.clone()),
                None => arg,
            }
        })
    })
}

/// The services that `logs` knows; none where it is compose that has to know.
pub(super) fn with_services(command: Command, services: &[String]) -> Command {
    if services.is_empty() {
        return command;
    }
    // Of one alone clap would change the place in the help.
    each_subcommand(command, |command| {
        command.mut_args(|arg| {
            let is_it = arg.get_id() == "services";
            if is_it { arg.value_parser(PossibleValuesParser::new(services.to_vec())) } else { arg }
        })
    })
}

fn refuse_idle_flags(cli: &Cli, matches: &ArgMatches) -> Result<(), String> {
    let Some((name, args)) = matches.subcommand() else { return Ok(()) };
    if cli.output.json && !cli.command.has_json() {
        return Err(format!("the argument '--json' cannot be used with '{name}', which prints no result"));
    }
    #[cfg(feature = "home")]
    refuse_manner_of_bench(cli)?;
    let is_set = |id: &str| args.try_get_one::<bool>(id).is_ok_and(|set| set == Some(&true));
    if cli.output.json && is_set("dry_run") {
        return Err("the argument '--json' cannot be used with '--dry-run', which prints lines for a shell".to_owned());
    }
    if name == "build-colony" && is_given(args, "sign_key") && !is_set("sign") && !is_set("no_push") {
        return Err("the argument '--sign-key' means nothing without '--sign'".to_owned());
    }
    let why = if is_set("no_push") {
        "with '--no-push', which asks AWS for nothing"
    } else if matches!(&cli.command, cli::Command::CheckBase(check) if !check.remote) {
        "without '--remote', for AWS is asked for nothing then"
    } else {
        return Ok(());
    };
    let given = |id: &&&str| args.ids().any(|known| known == **id) && is_given(args, id);
    match FOR_AWS.iter().find(given) {
        Some(id) => Err(format!("the argument '--{}' cannot be used {why}", id.replace('_', "-"))),
        None => Ok(()),
    }
}

#[cfg(feature = "home")]
fn refuse_manner_of_bench(cli: &Cli) -> Result<(), String> {
    let is_about_output = [cli.output.quiet, cli.output.verbose, cli.output.color.is_some()].contains(&true);
    if is_about_output && matches!(cli.command, cli::Command::Bench(_)) {
        return Err(
            "the benchmark is a program of its own, which knows none of --quiet, --verbose and --color".to_owned()
        );
    }
    Ok(())
}

/// Whether it was typed, and does not come from a variable or a default.
fn is_given(args: &ArgMatches, id: &str) -> bool {
    args.value_source(id) == Some(ValueSource::CommandLine)
}

/// Clap's message for a bad value names the flag only, even where nobody typed it.
fn naming_the_variable(mut error: Error, command: &Command, words: &[OsString]) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let Some(flag) = text(ContextKind::InvalidArg) else { return error };
    let subcommands = command.get_subcommands().filter(|known| words.iter().any(|word| *word == *known.get_name()));
    let arg = subcommands.flat_map(Command::get_arguments).find(|arg| arg.to_string() == flag);
    let Some((long, variable)) = arg.and_then(|arg| arg.get_long().zip(arg.get_env())) else { return error };
    let typed = |word: &OsString| {
        let rest =
            word.to_string_lossy().strip_prefix("--").and_then(|rest| rest.strip_prefix(long).map(str::to_owned));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    if env::var_os(variable).is_some() && !words.iter().any(typed) {
        let named = format!("{}, the variable of {flag}", variable.to_string_lossy());
        error.insert(ContextKind::InvalidArg, ContextValue::String(named));
    }
    error
}
