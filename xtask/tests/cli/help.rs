//! Help and wrong usage.

use crate::support::Fixture;
use crate::workspace::Workspace;

#[test]
fn no_arguments_print_the_help() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without("docker").run();
    outcome.exits(2).says("Usage: cargo xtask [OPTIONS] <COMMAND>").says("build-colony").says("check-base");
}

#[test]
fn asked_for_help_goes_to_stdout_and_succeeds() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without("docker").xtask(["--help"]).run();
    outcome.exits(0);
    assert!(outcome.stdout.contains("Usage: cargo xtask [OPTIONS] <COMMAND>"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-pull"]).run();
    outcome.exits(2).prints("").has_no_effect().says("unexpected argument '--no-pull'");
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    let workspace = Workspace::new();
    Fixture::new(&workspace).xtask(["build"]).run().exits(2).prints("").says("unrecognized subcommand 'build'");
}

#[test]
fn a_bad_tag_is_a_usage_error_wherever_it_comes_from() {
    let workspace = Workspace::new();
    let why = "a tag has 1 to 128 letters, digits and _ . - and begins with neither . nor -";
    let flag = Fixture::new(&workspace).xtask(["build-colony", "--no-push", "--tag=-x"]).run();
    flag.exits(2).prints("").has_no_effect().says("'-x' for '--tag <TAG>'").says(why);
    let env = Fixture::new(&workspace).env("IMAGE_TAG", "a b").xtask(["build-colony", "--no-push"]).run();
    env.exits(2).prints("").has_no_effect().says(why);
}

#[test]
fn a_bad_repository_is_a_usage_error_wherever_it_comes_from() {
    let workspace = Workspace::new();
    let why = "a repository name has 2 to 256 lower case letters, digits and one . _ - or / between them";
    let flag = Fixture::new(&workspace).xtask(["build-base", "--no-push", "--repository=Upper"]).run();
    flag.exits(2).prints("").has_no_effect().says("'Upper' for '--repository <REPOSITORY>'").says(why);
    let env = Fixture::new(&workspace).env("ECR_REPOSITORY", "a//b").xtask(["build-colony", "--no-push"]).run();
    env.exits(2).prints("").has_no_effect().says(why);
}
