//! `cargo xtask doctor --install`: which calls it makes in which order, and what it writes. The system's files are those
//! of a folder, and all its programs are fakes.

use std::fs;

use crate::answer::Answer;
use crate::outcome::Outcome;
use crate::signing_world::{SECOND, VERSION};
use crate::support::{Fixture, NO_ENGINE};
use crate::workspace::Workspace;

const DF: &str = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 99 9 52428800 1% /\n";

pub(crate) const DEBIAN_12: &str =
    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
const DEBIAN_13: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\n";
const UBUNTU_24: &str = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n";

const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";
const NEW_SOURCE: &str = "/etc/apt/sources.list.d/distributed-colony-trixie.sources";
const PIN: &str = "/etc/apt/preferences.d/distributed-colony-trixie";

pub(crate) const UPDATE: &str = "apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 update -qq";
pub(crate) const INSTALL: &str =
    "apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --yes -qq --no-install-recommends";

/// How every call of apt-get begins, and those that install.
pub(crate) const APT_GET: [&str; 5] = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"];

const APT_INSTALL: [&str; 6] = [APT_GET[0], APT_GET[1], APT_GET[2], APT_GET[3], APT_GET[4], "install"];

/// Lays a file of the system.
pub(crate) fn lay(workspace: &Workspace, path: &str, text: &str) {
    let place = workspace.beside("system").join(path.trim_start_matches('/'));
    fs::create_dir_all(place.parent().expect("below the root")).expect("make a folder");
    fs::write(place, text).expect("write a file");
}

/// A file of the system, `None` when there is none.
fn found(workspace: &Workspace, path: &str) -> Option<String> {
    fs::read_to_string(workspace.beside("system").join(path.trim_start_matches('/'))).ok()
}

/// A machine of that release, used by root, with apt, and with both images in their registries.
pub(crate) fn machine<'a>(workspace: &'a Workspace, release: &str) -> Fixture<'a> {
    lay(workspace, "/etc/os-release", release);
    lay(workspace, "/var/log/README", "There is such a folder.\n");
    let tools = ["apt-cache", "apt-get", "df", "dpkg", "dpkg-query", "id", "setsid", "systemctl"];
    tools
        .iter()
        .fold(Fixture::new(workspace), |fixture, tool| fixture.with(tool))
        .background(["df"], Answer::stdout(DF))
        .background(["id", "-u"], Answer::stdout("0\n"))
        .background(["docker", "info"], Answer::stdout("/nowhere\n"))
        .background(["docker", "manifest", "inspect"], Answer::stdout("{}\n"))
        .with_cosign(SECOND)
        .xtask(["doctor", "--install"])
}

/// What docker says of its version with an engine, and without.
fn up() -> Answer {
    Answer::stdout(r#"{"Client":{"Version":"26.1.5","Context":"default"},"Server":{"Version":"26.1.5","Os":"linux"}}"#)
}

fn down() -> Answer {
    Answer::fails(1, NO_ENGINE).printing(r#"{"Client":{"Version":"26.1.5","Context":"default"},"Server":null}"#)
}

/// A package that apt would install in this version.
fn candidate(version: &str) -> Answer {
    Answer::stdout(format!("it:\n  Installed: (none)\n  Candidate: {version}\n  Version table:\n"))
}

/// The calls that are neither of docker nor of what every look at the machine asks, in their order.
pub(crate) fn calls(outcome: &Outcome) -> Vec<String> {
    let others = outcome.calls.iter().filter(|call| !["docker", "df", "cosign"].contains(&call.program.as_str()));
    others.map(|call| format!("{} {}", call.program, call.args.join(" "))).collect()
}

#[test]
fn a_bare_debian_12_gets_engine_client_buildx_and_compose_of_the_next_release() {
    let workspace = Workspace::new();
    let signed = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";
    let own = format!(
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n{signed}"
    );
    lay(&workspace, SOURCES, &own);
    lay(&workspace, "/etc/apt/preferences.d/README", "There is such a folder.\n");
    let installs = Answer::default().installing("docker").installing("dockerd");
    let outcome = machine(&workspace, DEBIAN_12)
        .without("docker")
        .answer(APT_GET, Answer::default())
        .answer(APT_INSTALL, installs)
        .answer(["apt-cache", "policy", "docker.io"], candidate("20.10.24+dfsg1-1+deb12u1"))
        .answer(["apt-cache", "policy", "docker-cli"], candidate("26.1.5+dfsg1-9"))
        .answer(["docker", "version"], down())
        .answer(["docker", "version"], up())
        .answer(["setsid"], Answer::default())
        .run();
    outcome.exits(0).lists("docker engine    ok       26.1.5, context default\n");
    let packages = "docker.io/trixie docker-cli/trixie docker-buildx/trixie docker-compose/trixie";
    let expected = [
        "id -u",
        UPDATE,
        "apt-cache policy docker.io",
        UPDATE,
        "apt-cache policy docker-cli",
        &format!("{INSTALL} {packages}"),
        "id -u",
        "setsid --fork dockerd",
    ];
    assert_eq!(calls(&outcome), expected);
    let pin = "Package: *\nPin: release n=trixie\nPin-Priority: 100\n";
    assert_eq!(found(&workspace, PIN).as_deref(), Some(pin));
    let source = format!("{signed}Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n");
    assert_eq!(found(&workspace, NEW_SOURCE), Some(source));
    // Without the pin the new source would move the whole system at the next upgrade.
    outcome.says(&format!("[INFO] write {PIN}\n[INFO] write {NEW_SOURCE}\n"));
    assert_eq!(found(&workspace, SOURCES), Some(own), "the system's own sources stay as they are");
    let apt = outcome.calls.iter().filter(|call| call.program == "apt-get");
    apt.for_each(|call| assert_eq!(call.env["DEBIAN_FRONTEND"], "noninteractive", "{:?}", call.args));
}

#[test]
fn where_the_release_has_a_new_enough_engine_no_source_is_added() {
    let workspace = Workspace::new();
    let installs = Answer::default().installing("docker").installing("dockerd");
    let outcome = machine(&workspace, DEBIAN_13)
        .without("docker")
        .answer(APT_GET, Answer::default())
        .answer(APT_INSTALL, installs)
        .answer(["apt-cache", "policy"], candidate("26.1.5+dfsg1-9"))
        .answer(["apt-cache", "policy", "docker-compose-v2"], candidate("(none)"))
        .answer(["apt-cache", "policy", "docker-compose"], candidate("2.26.1-4"))
        .answer(["docker", "version"], up())
        .run();
    let expected = [
        "id -u",
        UPDATE,
        "apt-cache policy docker.io",
        "apt-cache policy docker-buildx",
        "apt-cache policy docker-compose-v2",
        "apt-cache policy docker-compose",
        "apt-cache policy docker-cli",
        &format!("{INSTALL} docker.io docker-cli docker-buildx docker-compose"),
    ];
    assert_eq!(calls(outcome.exits(0)), expected);
    assert_eq!((found(&workspace, PIN), found(&workspace, NEW_SOURCE)), (None, None));
}

#[test]
fn on_ubuntu_the_client_comes_with_the_engine_and_compose_has_another_name() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, UBUNTU_24)
        .without("docker")
        .answer(APT_GET, Answer::default())
        .answer(APT_INSTALL, Answer::default().installing("docker").installing("dockerd"))
        .answer(["apt-cache", "policy"], candidate("27.5.1-0ubuntu3~24.04.2"))
        .answer(["apt-cache", "policy", "docker-cli"], candidate("(none)"))
        .answer(["apt-cache", "policy", "docker-compose-v2"], candidate("2.37.1+ds1-0ubuntu2~24.04.1"))
        .answer(["docker", "version"], up())
        .run();
    outcome.exits(0);
    let install = calls(&outcome).pop().expect("it was called last");
    assert_eq!(install, format!("{INSTALL} docker.io docker-buildx docker-compose-v2"));
}

#[test]
fn a_release_without_a_new_enough_engine_is_sent_elsewhere() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, "ID=ubuntu\nVERSION_CODENAME=jammy\n")
        .without("docker")
        .answer(APT_GET, Answer::default())
        .answer(["apt-cache", "policy"], candidate("20.10.12-0ubuntu4"))
        .run();
    outcome
        // The lists of packages are new.
        .exits(1)
        .says("[ERROR] ubuntu jammy has no package of Docker 23.0 or later with buildx\n")
        .says("https://docs.docker.com/engine/install/\n");
    assert_eq!(calls(&outcome), ["id -u", UPDATE, "apt-cache policy docker.io"]);
}

/// A machine that has everything but compose.
fn without_compose<'a>(workspace: &'a Workspace, release: &str) -> Fixture<'a> {
    let none = || Answer::fails(1, "docker: 'compose' is not a docker command.");
    let fixture = machine(workspace, release).answer(APT_GET, Answer::default());
    // To see what is missing, and before packages.
    (0..2).fold(fixture, |fixture, _| fixture.answer(["docker", "compose", "version"], none()))
}

#[test]
fn on_debian_12_compose_alone_comes_from_the_next_release() {
    let workspace = Workspace::new();
    lay(&workspace, "/etc/apt/sources.list", "deb http://mirror.example/debian bookworm main\n");
    lay(&workspace, "/etc/apt/preferences.d/README", "There is such a folder.\n");
    lay(&workspace, "/etc/apt/sources.list.d/README", "There is such a folder.\n");
    let outcome = without_compose(&workspace, DEBIAN_12)
        .answer(["docker", "compose", "version"], Answer::stdout("2.26.1-4\n"))
        .answer(["apt-cache", "policy", "docker-compose-v2"], candidate("(none)"))
        .answer(["apt-cache", "policy", "docker-compose"], candidate("1.29.2-3"))
        .run();
    outcome.exits(0).lists("docker compose   ok       2.26.1-4\n");
    let expected = [
        "id -u",
        UPDATE,
        "apt-cache policy docker-compose-v2",
        "apt-cache policy docker-compose",
        UPDATE,
        &format!("{INSTALL} docker-compose/trixie"),
    ];
    assert_eq!(calls(&outcome), expected);
}

#[test]
fn a_release_without_compose_can_build_all_the_same() {
    let workspace = Workspace::new();
    let outcome = without_compose(&workspace, UBUNTU_24).answer(["apt-cache", "policy"], candidate("(none)")).run();
    outcome
        .exits(0)
        .says("[INFO] ubuntu noble has no package of Docker Compose 2.0 or later\n")
        .lists("docker compose   missing");
    let looked_up = ["docker-compose-v2", "docker-compose"].map(|name| format!("apt-cache policy {name}"));
    assert_eq!(calls(&outcome)[2..], looked_up);
}

#[test]
fn cosign_comes_from_this_release_from_the_next_one_or_not_at_all() {
    let own = "deb http://mirror.example/debian bookworm main\n";
    let install = |release: &str, known: &str| {
        let workspace = Workspace::new();
        lay(&workspace, "/etc/apt/sources.list", own);
        lay(&workspace, "/etc/apt/preferences.d/README", "There is such a folder.\n");
        lay(&workspace, "/etc/apt/sources.list.d/README", "There is such a folder.\n");
        let outcome = machine(&workspace, release)
            .without("cosign")
            .background(VERSION, Answer::stdout("{\"gitVersion\":\"v2.5.0\"}"))
            .answer(APT_GET, Answer::default())
            .background(APT_INSTALL, Answer::default().installing("cosign"))
            .answer(["apt-cache", "policy", "cosign"], candidate(known))
            .run();
        outcome.exits(0);
        let has_pin = found(&workspace, PIN).is_some();
        (calls(&outcome), has_pin, outcome)
    };
    let looked_up = ["id -u", UPDATE, "apt-cache policy cosign"];
    let (made, has_pin, outcome) = install(DEBIAN_13, "2.5.0-2+b5");
    assert_eq!(made, [&looked_up[..], &[&format!("{INSTALL} cosign")]].concat());
    assert!(!has_pin);
    outcome.lists("cosign           ok       v2.5.0, with the flags of cosign 2\n");
    let (made, has_pin, _) = install(DEBIAN_12, "(none)");
    assert_eq!(made, [&looked_up[..], &[UPDATE, &format!("{INSTALL} cosign/trixie")]].concat());
    assert!(has_pin);
    let (made, _, outcome) = install(UBUNTU_24, "(none)");
    assert_eq!(made, looked_up);
    outcome.says("[INFO] ubuntu noble has no package of cosign\n").lists("cosign           missing");
}

#[test]
fn an_ordinary_user_is_told_how_to_become_root_and_nothing_is_done() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, DEBIAN_12).without("docker").answer(["id", "-u"], Answer::stdout("1000\n")).run();
    outcome.exits(3).says("[ERROR] cures can be applied by root only\n").says("  sudo env \"HOME=$HOME\"");
    assert_eq!(calls(&outcome), ["id -u"]);
}

#[test]
fn on_another_system_nothing_is_done() {
    for release in ["ID=fedora\nVERSION_ID=42\n", "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_CODENAME=wilma\n"] {
        let workspace = Workspace::new();
        let outcome = machine(&workspace, release).without("docker").run();
        outcome.exits(3).says("[ERROR] cures can be applied on Debian and Ubuntu only, and this is neither\n");
        assert_eq!(calls(&outcome), Vec::<String>::new());
    }
}

#[test]
fn an_engine_that_only_sleeps_is_started_by_systemd_where_there_is_one() {
    let workspace = Workspace::new();
    lay(&workspace, "/run/systemd/system/README", "");
    lay(&workspace, "/usr/sbin/dockerd", "");
    let looks = ["to see what is missing", "before packages", "after them", "in the end"];
    let asleep = looks[..3]
        .iter()
        .fold(machine(&workspace, DEBIAN_12), |fixture, _| fixture.answer(["docker", "version"], down()));
    let outcome = asleep.answer(["docker", "version"], up()).answer(["systemctl"], Answer::default()).run();
    outcome.exits(0).lists("docker engine    ok");
    assert_eq!(calls(&outcome), ["id -u", "systemctl start docker"]);
}

#[test]
fn an_engine_that_gives_up_is_told_with_the_end_of_its_log() {
    let workspace = Workspace::new();
    let why = "failed to start daemon: Error initializing network controller: iptables not found";
    let outcome = machine(&workspace, DEBIAN_12)
        .with("dockerd")
        .answer(["docker", "version"], down())
        .answer(["setsid"], Answer::stdout(format!("time=\"…\" level=info\n{why}\n")))
        .run();
    // Code 3 would say that nothing was changed.
    outcome.exits(1).says("[ERROR] start the docker engine");
    outcome.says("the docker engine gave up\n").says(&format!("  {why}\n"));
    assert_eq!(calls(&outcome), ["id -u", "setsid --fork dockerd"]);
    assert!(found(&workspace, "/var/log/dockerd.log").is_some_and(|log| log.ends_with(&format!("{why}\n"))));
}
