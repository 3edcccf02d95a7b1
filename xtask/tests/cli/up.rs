//! `cargo xtask up`: builds what is missing, starts what does not run, leaves alone what does.

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::{Call, Outcome};
use crate::service::Services;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

const NAMES: [&str; 3] =
    ["distributed-colony-coordinator", "distributed-colony-backend-1", "distributed-colony-backend-2"];

/// An engine that stops, removes and starts containers, where the network and these containers stand.
fn standing<'a>(workspace: &'a Workspace, containers: &[&str]) -> Fixture<'a> {
    let names: String = containers.iter().map(|name| format!("{name}\n")).collect();
    Fixture::new(workspace)
        .background(["docker", "network", "ls"], Answer::stdout("distributed-colony\n"))
        .background(["docker", "ps"], Answer::stdout(names))
        .background(["docker", "run"], Answer::stdout("4f5e\n"))
        .background(["docker", "stop"], Answer::default())
        .background(["docker", "rm"], Answer::default())
}

/// Runs it with a current base, so that the colony image alone is built, and gets that ID.
fn up(fixture: Fixture<'_>, base: &Image, id: &str, services: &Services, flags: &[&str]) -> Outcome {
    let words = ["up"].iter().chain(flags).map(|word| (*word).to_owned()).chain(services.flags());
    fixture.image(BASE, base).builds(&Image::new(id)).xtask(words.collect::<Vec<_>>()).run()
}

/// What was done to containers and networks: the verb and the name.
fn deeds(outcome: &Outcome) -> Vec<String> {
    let deed = |call: &Call| match call.args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", "--detach", "--name", name, ..] => Some(format!("run {name}")),
        ["stop", "--time", "5", name] => Some(format!("stop {name}")),
        ["rm", "--force", name] => Some(format!("rm {name}")),
        ["network", "create", "--label", "io.distributed-colony.up", name] => Some(format!("network {name}")),
        ["buildx" | "image" | "version" | "context" | "ps" | "container", ..] | ["network", "ls", ..] => None,
        // A look into the new image.
        ["create", "--network", "none", ..] | ["export", "looked-at"] | ["rm", "looked-at"] => None,
        _ => outcome.fail(&format!("not foreseen: {:?}", call.args)),
    };
    outcome.calls.iter().filter_map(deed).collect()
}

/// Name and mark of each container that was started.
fn marks(outcome: &Outcome) -> Vec<(String, String)> {
    let started = outcome.calls.iter().filter(|call| call.begins(&["docker", "run"]));
    started.map(|call| (call.args[3].clone(), call.pairs("--label")["io.distributed-colony.up"].clone())).collect()
}

/// The containers run and bear these marks.
fn running<'a>(fixture: Fixture<'a>, marks: &[(String, String)]) -> Fixture<'a> {
    let format = r#"{{.State.Running}} {{index .Config.Labels "io.distributed-colony.up"}}"#;
    marks.iter().fold(fixture, |fixture, (name, mark)| {
        let state = Answer::stdout(format!("true {mark}\n"));
        fixture.answer(["docker", "container", "inspect", "--format", format, name], state)
    })
}

#[test]
fn the_first_start_makes_a_network_and_starts_the_coordinator_before_the_backends() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7, 7, 8]);
    let fixture = standing(&workspace, &[])
        .answer(["docker", "network", "ls"], Answer::stdout(""))
        .answer(["docker", "network", "create"], Answer::stdout("9a8b\n"));
    let outcome = up(fixture, &base, "sha256:new", &services, &[]);
    outcome.exits(0).prints(&format!("http://127.0.0.1:{}/statistics\n", services.coordinator));
    let [coordinator, one, two] = NAMES;
    assert_eq!(
        deeds(&outcome),
        [
            "network distributed-colony".to_owned(),
            format!("run {coordinator}"),
            format!("run {one}"),
            format!("run {two}")
        ]
    );
    let ports =
        [(services.coordinator, 8083), (services.backend, 8082), (services.backend + 1, 8082)].map(|(outer, inner)| {
            let published = format!("127.0.0.1:{outer}:{inner}");
            outcome.says(&format!("  http://127.0.0.1:{outer}/health\n"));
            published
        });
    let runs = outcome.calls.iter().filter(|call| call.begins(&["docker", "run"]));
    for (call, port) in runs.zip(ports) {
        assert!(call.args.contains(&port), "{port}: {:?}", call.args);
        assert!(call.args.contains(&"sha256:new".to_owned()), "by ID, which no later build moves: {:?}", call.args);
    }
}

#[test]
fn it_waits_until_every_service_is_well_and_the_world_ticks() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7, 7, 7, 9]);
    let outcome = up(standing(&workspace, &[]), &base, "sha256:new", &services, &[]);
    let told = |line: &str| line.split_whitespace().eq(["[INFO]", "tick", "9"]);
    assert!(outcome.exits(0).stderr.lines().any(told), "{}", outcome.stderr);
    assert_eq!(services.asked("coordinator/statistics"), 4);
    for service in ["coordinator", "backend-1", "backend-2"] {
        assert_eq!(services.asked(&format!("{service}/health")), 4, "{service}");
    }
}

#[test]
fn what_runs_from_this_image_with_these_settings_is_left_alone() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let first = up(standing(&workspace, &[]), &base, "sha256:new", &services, &[]);
    let fixture = running(standing(&workspace, &NAMES), &marks(first.exits(0)));
    let again = up(fixture, &base, "sha256:new", &services, &[]);
    again.exits(0);
    for name in NAMES {
        again.says(&format!("[INFO] {name} runs already\n"));
    }
    assert_eq!(deeds(&again), Vec::<String>::new());
}

#[test]
fn another_image_replaces_every_container() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let first = up(standing(&workspace, &[]), &base, "sha256:new", &services, &[]);
    let fixture = running(standing(&workspace, &NAMES), &marks(first.exits(0)));
    let edited = up(fixture, &base, "sha256:edited", &services, &[]);
    let replaced = NAMES.iter().flat_map(|name| ["stop", "rm", "run"].map(|verb| format!("{verb} {name}")));
    assert_eq!(deeds(edited.exits(0)), replaced.collect::<Vec<_>>());
}

#[test]
fn a_container_that_stands_still_is_replaced_and_the_others_are_left_alone() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let first = up(standing(&workspace, &[]), &base, "sha256:new", &services, &[]);
    let marks = marks(first.exits(0));
    let format = r#"{{.State.Running}} {{index .Config.Labels "io.distributed-colony.up"}}"#;
    let exited = Answer::stdout(format!("false {}\n", marks[1].1));
    let fixture = running(standing(&workspace, &NAMES), &[marks[0].clone(), marks[2].clone()])
        .answer(["docker", "container", "inspect", "--format", format, NAMES[1]], exited);
    let again = up(fixture, &base, "sha256:new", &services, &[]);
    assert_eq!(deeds(again.exits(0)), ["stop", "rm", "run"].map(|verb| format!("{verb} {}", NAMES[1])));
}

#[test]
fn a_backend_too_many_is_removed() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let one_backend = ["--backends=1"];
    let first = up(standing(&workspace, &[]), &base, "sha256:new", &services, &one_backend);
    let fixture = running(standing(&workspace, &NAMES), &marks(first.exits(0)));
    let fewer = up(fixture, &base, "sha256:new", &services, &one_backend);
    assert_eq!(deeds(fewer.exits(0)), ["stop", "rm"].map(|verb| format!("{verb} {}", NAMES[2])));
    assert_eq!(services.asked("backend-2/health"), 0);
}

#[test]
fn a_base_that_is_missing_or_stale_is_built_before_the_colony() {
    let workspace = Workspace::new();
    let stale = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let base = current_base(&workspace);
    let services = Services::start(2, &[1, 2, 3, 4]);
    let up = |fixture: Fixture<'_>| {
        let words = ["up".to_owned()].into_iter().chain(services.flags());
        let outcome = fixture.image(BASE, &base).builds(&base).xtask(words.collect::<Vec<_>>()).run();
        let builds = outcome.exits(0).calls.iter().filter(|call| call.begins(&BUILD));
        let tags = builds.filter_map(|call| call.args.iter().skip_while(|arg| *arg != "--tag").nth(1).cloned());
        assert_eq!(tags.collect::<Vec<_>>(), [BASE, "distributed-colony:latest"]);
        outcome
    };
    up(standing(&workspace, &[]).no_image(BASE));
    let outcome = up(standing(&workspace, &[]).image(BASE, &stale));
    outcome.says("the base image is stale, because Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n");
}

#[test]
fn without_an_engine_nothing_is_begun() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().xtask(["up"]).run();
    outcome.exits(3).prints("").has_no_effect().says("prerequisites not met: docker engine\n");
}
