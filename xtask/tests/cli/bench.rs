//! `bench` becomes the benchmark, a package of its own.

use crate::answer::Answer;
use crate::support::Fixture;
use crate::workspace::Workspace;

const RUN: [&str; 6] = ["cargo", "run", "--package", "xtask-bench", "--", "--xtask"];

/// A machine with a fake cargo.
fn fixture(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace).with("cargo").env("CARGO", "cargo")
}

#[test]
fn the_benchmark_gets_all_arguments_and_its_output_and_exit_code_are_ours() {
    let workspace = Workspace::new();
    let help = Answer::fails(4, "Compiling xtask-bench").printing("its help\n");
    let outcome = fixture(&workspace).answer(RUN, help).xtask(["bench", "--rounds", "2", "--case", "leaf", "--help"]);
    let outcome = outcome.in_folder("crates").run();
    outcome.exits(4).prints("its help\n").says("Compiling xtask-bench");
    let call = &outcome.calls[0];
    assert_eq!(call.args[5], env!("CARGO_BIN_EXE_xtask"));
    assert_eq!(call.args[6..], ["--rounds", "2", "--case", "leaf", "--help"]);
    assert_eq!(call.cwd, workspace.root());
}

#[test]
fn a_signal_to_us_reaches_the_benchmark() {
    for signal in ["INT", "TERM"] {
        let workspace = Workspace::new();
        let outcome = fixture(&workspace).answer(RUN, Answer::hangs()).xtask(["bench"]).signalled(signal, RUN);
        outcome.exits(130).prints("");
    }
}

#[test]
fn without_cargo_nothing_can_be_measured() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).env("CARGO", "cargo").xtask(["bench"]).run();
    outcome.exits(3).prints("").says("`cargo` is not on PATH");
}
