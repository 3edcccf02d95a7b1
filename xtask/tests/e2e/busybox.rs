//! Builds where all tools but those of the toolchain are BusyBox, as in the Alpine image that is the default. Many of its
//! tools do less than GNU's, or something else. Debian's BusyBox in any chef image stands in for Alpine.

use std::sync::OnceLock;

use crate::chef;
use crate::engine::docker;
use crate::fixture::Fixture;
use crate::{edits, killed, shapes, table, tools};

/// `ar` of BusyBox makes no archives; on Alpine the toolchain's comes along.
const CHANGES: &str = r#"COPY busybox /busybox/
RUN ["/busybox/busybox", "sh", "-c", "/busybox/busybox --install -s /busybox && rm /busybox/ar && ln -sf /busybox/busybox /bin/sh"]
ENV PATH=/busybox:$PATH
"#;

/// What the scripts call, besides the toolchain.
const TOOLS: &str = "sh find grep sed awk xargs tr touch stat sha256sum cmp sort cut cat cp mv rm rmdir mkdir ls tar dd chmod chroot env wc timeout readlink";

/// One for all tests of this run.
pub(crate) fn chef() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| chef::variant(CHANGES, &[("busybox", &tools::find("busybox-static"))]))
}

fn fixture() -> Fixture {
    Fixture::new().with_chef(chef())
}

/// Were it otherwise, the tests below would prove nothing.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn all_tools_of_the_build_but_the_toolchain_are_busybox() {
    let scripts = ["Docker/compile.sh", "Docker/seed.sh"].map(|path| fixture().copy.read(path)).concat();
    let words: Vec<&str> = scripts.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for tool in TOOLS.split(' ') {
        assert!(words.contains(&tool), "the build does not use {tool}");
        let help = format!("{tool} --help 2>&1");
        let told = docker(["run", "--rm", "--network", "none", chef(), "/bin/sh", "-c", &help]);
        assert!(told.starts_with("BusyBox "), "{tool}: {told}");
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn edits_and_undone_edits_ship_with_busybox() {
    edits::edit_a_leaf(&fixture().with_marks());
    edits::edit_and_undo(&fixture().with_marks());
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn files_that_come_move_and_go_ship_with_busybox() {
    shapes::come_move_and_go(&fixture().with_marks());
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn failed_and_killed_builds_leave_the_next_one_right_with_busybox() {
    shapes::fail_and_mend(&fixture().with_marks());
    killed::kill_at_any_moment(&fixture().with_marks());
    killed::kill_cargo(&fixture().with_marks());
    killed::kill_the_compiler(&fixture().with_marks());
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_base_is_seeded_and_unchanged_sources_compile_nothing_with_busybox() {
    let cold = Fixture::cold().with_chef(chef()).with_marks();
    let told = cold.build_colony(&[]);
    told.has_row("backend", "compiled, since the target directory was seeded anew from the base");
    cold.ships(["none", "none", "none"]);
    cold.copy.touch("crates");
    cold.build_colony(&[]).compiles_nothing();
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn programs_are_looked_at_and_files_copied_with_busybox() {
    let cold = || Fixture::cold().with_chef(chef());
    table::run_as_said(cold());
    table::answer(cold());
    table::lack_a_library(cold());
}
