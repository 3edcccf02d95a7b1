//! `cargo xtask build-colony --no-push`.

use crate::answer::{Answer, record_of_failed_export, record_with_stderr};
use crate::archives;
use crate::colony_look::half;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, BUILD, COLONY, Fixture, NO_ENGINE, current_base, working};
use crate::workspace::Workspace;

#[test]
fn the_whole_call_has_what_the_flags_say() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = working(&workspace, &base)
        .xtask([
            "build-colony",
            "--no-push",
            "--repository=team/colony",
            "--tag=v1",
            "--runtime-image=runtime:1",
            "--build-version=v 1",
            "--builder=mine",
        ])
        .run();
    outcome.exits(0).prints("team/colony:v1\n");
    let build = outcome.build();
    assert_eq!(build.cwd, workspace.root());
    let label = format!("io.distributed-colony.inputs={}", build.pairs("--label")["io.distributed-colony.inputs"]);
    let context = format!("source={}", build.pairs("--build-context")["source"]);
    let expected = [
        "buildx",
        "build",
        "--builder",
        "mine",
        "--platform",
        "linux/amd64",
        "--provenance=false",
        "--sbom=false",
        "--file",
        "Docker/Dockerfile",
        "--output",
        "type=docker,oci-mediatypes=true",
        "--tag",
        "team/colony:v1",
        "--build-context",
        &context,
        "--build-arg",
        "BASE_ID=base",
        "--build-arg",
        "BASE_IMAGE=distributed-colony-base:latest",
        "--build-arg",
        "BUILD_VERSION=v 1",
        "--build-arg",
        "RUNTIME_IMAGE=runtime:1",
        "--label",
        "io.distributed-colony.base=sha256:base",
        "--label",
        &label,
        // Of the table, whatever this image is called.
        "--label",
        "io.distributed-colony.workspace=distributed-colony",
        ".",
    ];
    assert_eq!(build.pasted(), expected);
}

#[test]
fn the_context_holds_the_sources_as_they_are() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.write("crates/shared/src/lib.rs", "//! Edited.\n");
    let outcome = working(&workspace, &base).xtask(["build-colony", "--no-push"]).run();
    let context = outcome.exits(0).build().pairs("--build-context").remove("source").expect("a context");
    let context = workspace.root().join(&context);
    let staged = archives::unpack(&context);
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path);
    assert_eq!(read(staged.join("crates/shared/src/lib.rs")).expect("staged"), "//! Edited.\n");
    assert_eq!(read(context.join("flags")).expect("staged"), "--bin\nbackend\n--bin\ncoordinator\n");
    assert!(read(staged.join("crates/gui/Cargo.toml")).is_err(), "the gui is not shipped");
}

#[test]
fn a_missing_base_is_told_in_the_words_of_the_specification_and_nothing_is_done() {
    let workspace = Workspace::new();
    workspace.write("Docker/build-and-push-base.sh", "");
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(5).prints("").has_no_effect().says(
        "[ERROR] Base image 'distributed-colony-base:latest' not found locally!\n\
         [INFO] Please build the base image first:\n\
         [INFO]   cargo xtask build-base --no-push\n\
         [INFO]   ./build-and-push-base.sh --no-push   (the same, in Docker/)\n",
    );
}

#[test]
fn a_stale_base_is_refused_with_the_reasons() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(4).prints("").has_no_effect().says(
        "[ERROR] Base image 'distributed-colony-base:latest' is stale\n\
         [INFO]   because Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n\
         [INFO] Please build it again: cargo xtask build-base --no-push\n",
    );
}

#[test]
fn all_images_are_asked_about_by_one_question() {
    let workspace = Workspace::new();
    let outcome = working(&workspace, &current_base(&workspace)).xtask(["build-colony", "--no-push"]).run();
    let asked = outcome.exits(0).calls_to(&["docker", "image", "inspect"]);
    // And what was built, by its ID.
    assert_eq!(asked.iter().map(|call| call.args.len() - 4).collect::<Vec<_>>(), [6, 1]);
}

#[test]
fn a_stale_base_can_be_allowed_and_is_warned_about() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let fixture = working(&workspace, &base);
    let outcome = fixture.xtask(["build-colony", "--no-push", "--allow-stale-base"]).run();
    outcome
        .exits(0)
        .prints("distributed-colony:latest\n")
        .says("[WARNING] building on a stale base, because Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n")
        .build();
}

#[test]
fn a_base_that_is_missing_cannot_be_allowed() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push", "--allow-stale-base"]).run();
    outcome.exits(5).has_no_effect();
}

const BACKEND: &str = "fresh=false path+file:///app/crates/backend#0.1.0 /app/crates/backend/Cargo.toml";
const LEAF: &str = "fresh=true registry+https://example.invalid/index#leaf@1.0.0 /cargo/leaf-1.0.0/Cargo.toml";

/// A build that compiles: what the step reports is in the answer.
fn compiling<'a>(workspace: &'a Workspace, base: &Image, lines: &[&str]) -> Fixture<'a> {
    let fixture = Fixture::new(workspace).image(BASE, base).answer(BUILD, Answer::compiles("sha256:new", lines));
    fixture.image("sha256:new", &Image::new("sha256:new")).xtask(["build-colony", "--no-push"])
}

#[test]
fn the_summary_says_what_was_compiled_and_why() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let lines = ["state warm", "changed crates/backend/src/main.rs", "artifacts 2", BACKEND, LEAF, "end"];
    let outcome = compiling(&workspace, &base, &lines).run();
    outcome
        .exits(0)
        .says("compiled, crates/backend/src/main.rs changed\n")
        .says("fresh\n")
        .says("0 of 1 recompiled\n")
        .never_says("[WARNING]")
        .never_says("colony-report");
}

#[test]
fn a_recompiled_dependency_is_warned_about_by_name() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let lines = ["state warm", "artifacts 1", &LEAF.replace("true", "false"), "end"];
    let outcome = compiling(&workspace, &base, &lines).run();
    outcome.exits(0).says("[WARNING] ").says("leaf@1.0.0").says("1 of 1 recompiled\n");
}

fn builds(outcome: &Outcome) -> usize {
    outcome.calls.iter().filter(|call| call.begins(&BUILD)).count()
}

#[test]
fn an_export_that_the_engine_itself_spoilt_is_done_again() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let lines = ["state warm", "changed crates/backend/src/main.rs", "artifacts 1", BACKEND, "end"];
    let error = "failed to prepare extraction snapshot \"extract-819411110-Ehdw sha256:fa02\": parent snapshot \
                 sha256:3172 does not exist: not found";
    let spoilt = Answer::fails(1, "").telling(&[record_with_stderr(&lines, ""), record_of_failed_export(error)]);
    let fixture = || Fixture::new(&workspace).image(BASE, &base).xtask(["build-colony", "--no-push"]);
    let outcome = fixture()
        .answer(BUILD, spoilt.clone())
        .answer(BUILD, Answer::builds("sha256:new"))
        .image("sha256:new", &Image::new("sha256:new"))
        .run();
    // What the first attempt compiled is not forgotten because the second one found it in the cache.
    outcome
        .exits(0)
        .says("[WARNING] the engine lost a layer while it unpacked the image")
        .says("compiled, crates/backend/src/main.rs changed\n");
    assert_eq!(builds(&outcome), 2);

    let lasting = fixture().answer(BUILD, spoilt).run();
    lasting.exits(1).says(error);
    assert_eq!(builds(&lasting), 3, "it does not go on for ever");
}

#[test]
fn a_report_that_did_not_arrive_is_not_made_up() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = compiling(&workspace, &base, &["state warm", "artifacts 2", LEAF, "end"]).run();
    outcome.exits(0).says("[WARNING] what was compiled is not known: ").never_says("nothing new");
}

#[test]
fn a_target_directory_that_was_dropped_under_the_same_base_is_explained() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let lines = ["state cold", "artifacts 1", LEAF, "end"];
    let first = compiling(&workspace, &base, &lines).run();
    first.exits(0).never_says("clean-up");
    let standing = Image::new("sha256:old").labels(&first.build().pairs("--label"));
    let again = compiling(&workspace, &base, &lines).image(COLONY, &standing).run();
    again.exits(0).says("[WARNING] the warm target directory was gone").says("cargo xtask doctor");
}

/// With a runtime image that the engine knows: of another one nobody knows whether it is still the same.
fn known_runtime(fixture: Fixture<'_>) -> Fixture<'_> {
    fixture.image("runtime:1", &Image::new("sha256:runtime")).env("RUNTIME_IMAGE", "runtime:1")
}

/// What the build of that outcome made.
fn made(outcome: &Outcome, id: &str) -> Image {
    let build = outcome.build();
    let version = build.pairs("--build-arg")["BUILD_VERSION"].clone();
    Image::new(id).labels(&build.pairs("--label")).variable("BUILD_VERSION", &version)
}

#[test]
fn an_image_of_the_same_inputs_is_not_built_again() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let fixture = || known_runtime(working(&workspace, &base)).xtask(["build-colony", "--no-push"]);
    let first = fixture().run();
    let idle = known_runtime(Fixture::new(&workspace).image(BASE, &base)).xtask(["build-colony", "--no-push"]);
    let again = idle.image(COLONY, &made(first.exits(0), "sha256:new")).run();
    again.exits(0).prints("distributed-colony:latest\n").has_no_effect();
    // Somebody made it from ours, labels and all.
    fixture().image(COLONY, &made(&first, "sha256:other")).run().exits(0).build();
}

#[test]
fn an_image_that_was_refused_is_not_taken_for_built() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let remove = ["docker", "image", "rm", "--no-prune", COLONY];
    let first = known_runtime(half(&workspace, &base)).answer(remove, Answer::default()).run();
    let refused = made(first.exits(1), "sha256:new");
    let tag = ["docker", "tag", "sha256:new", COLONY];
    let fixture = known_runtime(working(&workspace, &base)).image(COLONY, &refused).answer(tag, Answer::default());
    let again = fixture.xtask(["build-colony", "--no-push"]).run();
    again.exits(1).says("does not hold coordinator").build();
}

#[test]
fn the_compilers_warnings_are_counted() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let warning = "warning: unused variable: `x`\n --> crates/backend/src/main.rs:3:9\n\n\
                   warning: `backend` (bin \"backend\") generated 1 warning\n";
    let record = record_with_stderr(&["state warm", "artifacts 0", "end"], warning);
    let answer = Answer::builds("sha256:new").telling(&[record]);
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, answer);
    let outcome = fixture.image("sha256:new", &Image::new("sha256:new")).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).says("1 of the compiler\n").says("warning: unused variable: `x`\n");
}

#[test]
fn a_chart_shows_our_steps_and_those_of_buildkit_where_somebody_wants_it() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let chart = workspace.root().join("target/xtask/timings/colony.html");
    let build = |cargo: &str, flags: &[&'static str]| {
        let record = record_with_stderr(&["state warm", "artifacts 0", "end"], cargo);
        let fixture = Fixture::new(&workspace).image(BASE, &base);
        let answer = Answer::builds("sha256:new").telling(&[record]);
        let fixture = fixture.answer(BUILD, answer).image("sha256:new", &Image::new("sha256:new"));
        fixture.xtask(["build-colony", "--no-push"].iter().chain(flags)).run()
    };
    build("", &[]).exits(0).never_says("where the time went");
    assert!(!chart.exists());
    let outcome = build("   Compiling backend v0.1.0 (/app/crates/backend)\n", &["--timings"]);
    outcome.exits(0).says("[INFO] where the time went: target/xtask/timings/colony.html\n");
    let page = std::fs::read_to_string(&chart).expect("it is drawn");
    for bar in ["class=\"step\"", "class=\"inner\"", "class=\"crate\"", ">backend v0.1.0</text>", ">plan</text>"] {
        assert!(page.contains(bar), "{bar} in {page}");
    }
    // Of a failed build one wants to know it too.
    std::fs::remove_file(&chart).expect("it is there");
    let failing = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, Answer::fails(1, "no"));
    failing.xtask(["build-colony", "--no-push", "--timings"]).run().exits(1).says("where the time went");
    assert!(chart.exists());
}

#[test]
fn an_unchanged_image_is_left_alone() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let first = working(&workspace, &base).xtask(["build-colony", "--no-push"]).run();
    let labels = first.exits(0).build().pairs("--label");
    let standing = Image::new("sha256:new").labels(&labels);
    let outcome = working(&workspace, &base).image(COLONY, &standing).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).prints("distributed-colony:latest\n");
    outcome.says("nothing new: the sources are those of the image that stood\n");
    assert_eq!(outcome.effects().count(), 1, "the build alone");
}

#[test]
fn a_failing_build_ends_with_code_1_and_no_result() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .answer(BUILD, Answer::fails(1, "error[E0425]: cannot find value `x`"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome
        .exits(1)
        .prints("")
        .says("error[E0425]: cannot find value `x`\n")
        .says("[ERROR] build distributed-colony:latest: docker ended with exit code 1\n");
}

#[test]
fn an_engine_that_goes_after_the_build_leaves_no_unmet_precondition() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let inspect = ["docker", "image", "inspect", "--format", "{{json .}}", "sha256:new"];
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, Answer::builds("sha256:new"));
    let outcome = fixture.answer(inspect, Answer::fails(1, NO_ENGINE)).xtask(["build-colony", "--no-push"]).run();
    // Code 3 would say that nothing was changed.
    outcome.exits(1).prints("").says(NO_ENGINE);
}

#[test]
fn an_image_of_another_platform_is_a_failure() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .builds(&Image::new("sha256:new").architecture("arm64"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(1).prints("").says("distributed-colony:latest is for linux/arm64, not for linux/amd64\n");
}

#[test]
fn the_same_workspace_gives_the_same_arguments_twice() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let build = || {
        let outcome = working(&workspace, &base).xtask(["build-colony", "--no-push", "--build-version", "1"]).run();
        outcome.exits(0).build().pasted()
    };
    assert_eq!(build(), build());
}

#[test]
fn a_path_with_a_space_and_a_subfolder_are_good_places() {
    let workspace = Workspace::at("my work space");
    let base = current_base(&workspace);
    let outcome = working(&workspace, &base).in_folder("crates/backend/src").xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).prints("distributed-colony:latest\n");
    let build = outcome.build();
    assert_eq!(build.cwd, workspace.root());
    assert_eq!(build.args.last().map(String::as_str), Some("."));
    let context = &build.pairs("--build-context")["source"];
    assert!(workspace.root().join(context).join("members").is_file(), "{context}");
}
