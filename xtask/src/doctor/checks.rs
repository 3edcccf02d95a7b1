//! From answers to verdicts, with the exact cure for each. Pure.

use crate::docker::far_builder::OWN_DRIVER;
use crate::doctor::docker_facts::{Builder, Buildx, Client, Daemon, Engine, Trouble};
use crate::doctor::docker_info::Store;
use crate::doctor::facts::{Availability, Disk, NoAccount};
use crate::doctor::version::Version;
use crate::doctor::{Check, Subject};
use crate::signing::cosign::Found;
use crate::start_images::StartImage;

/// The first buildx that can name build contexts.
const BUILDX_WANTED: Version = Version(0, 8);

/// The base image takes 1 to 2 GB, its build cache as much again, and a new one is built before the old one goes.
const FREE_GIB_WANTED: u64 = 10;

/// What mends nearly everything on the systems that we know to install on.
const INSTALL: &str = "on Debian or Ubuntu, as root: cargo xtask doctor --install";

const ENGINE_PAGE: &str = "https://docs.docker.com/engine/install/";
const BUILDX_PAGE: &str = "https://docs.docker.com/build/install-buildx/";
const COMPOSE_PAGE: &str = "https://docs.docker.com/compose/install/";
const COSIGN_PAGE: &str = "https://docs.sigstore.dev/cosign/system_config/installation/";
const AWS_PAGE: &str = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";

fn elsewhere(page: &str) -> String {
    format!("{INSTALL}; elsewhere: {page}")
}

pub(crate) fn client(client: Option<&Client>) -> Check {
    match client {
        Some(client) => Check::met(Subject::Client, client.version.as_deref().unwrap_or("of unknown version")),
        None => Check::missing(Subject::Client, "`docker` is not on PATH", elsewhere(ENGINE_PAGE)),
    }
}

/// `store` is unknown where the engine was not asked for it, or did not answer.
pub(crate) fn engine(client: Option<&Client>, store: Option<Store>) -> Check {
    let Some(client) = client else {
        return Check::missing(Subject::Engine, "without a client it can't be asked", elsewhere(ENGINE_PAGE));
    };
    match &client.engine {
        Ok(Engine { version }) => {
            let context = client.context.as_deref().unwrap_or("default");
            let store = store.map(|store| format!(", {store}")).unwrap_or_default();
            Check::met(Subject::Engine, format!("{version}{store}, context {context}"))
        }
        Err(trouble) => Check::missing(Subject::Engine, trouble.why(), cure(trouble)),
    }
}

fn cure(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Down(..) if !cfg!(target_os = "linux") => {
            "start Docker Desktop, or whichever engine you use".to_owned()
        }
        Trouble::Down(_, Daemon::Absent) => elsewhere(ENGINE_PAGE),
        Trouble::Down(_, Daemon::Service) => "sudo systemctl start docker".to_owned(),
        Trouble::Down(_, Daemon::Loose) => format!("{INSTALL}; or as root: setsid --fork dockerd"),
        Trouble::Denied(_) => "sudo usermod -aG docker \"$USER\", then log in again".to_owned(),
        Trouble::NoContext(_) => "unset DOCKER_CONTEXT; docker context use default".to_owned(),
        Trouble::Elsewhere(_) => {
            "make that host answer, or use the engine of this machine: unset DOCKER_HOST".to_owned()
        }
        Trouble::TooOld(_) => elsewhere(ENGINE_PAGE),
        Trouble::WrongSystem(_) => "switch to Linux containers in Docker Desktop".to_owned(),
    }
}

pub(crate) fn buildx(buildx: &Buildx) -> Check {
    let subject = Subject::Buildx;
    match buildx {
        Buildx::NoClient => Check::missing(subject, "without a client it can't be asked", elsewhere(BUILDX_PAGE)),
        Buildx::Missing => Check::missing(subject, "the docker client has no buildx plugin", elsewhere(BUILDX_PAGE)),
        Buildx::Version(text) => match Version::find(text) {
            Some(version) if version < BUILDX_WANTED => Check::missing(
                subject,
                format!("{version} is too old: named build contexts came with {BUILDX_WANTED}"),
                format!("install a newer one: {BUILDX_PAGE}"),
            ),
            Some(version) => Check::met(subject, format!("{version}, with named contexts")),
            None => Check::met(subject, text),
        },
    }
}

pub(crate) fn compose(version: Option<&String>) -> Check {
    match version {
        Some(version) => Check::met(Subject::Compose, version),
        None => Check::missing(Subject::Compose, "no docker client with the compose plugin", elsewhere(COMPOSE_PAGE)),
    }
}

pub(crate) fn builder(builder: &Builder) -> Check {
    let subject = Subject::Builder;
    match builder {
        Builder::Unknown => Check::missing(
            subject,
            "without engine and buildx it can't be asked",
            "none of its own: it is there as soon as these two are",
        ),
        Builder::Absent(name) => Check::missing(
            subject,
            format!("there is no builder `{name}`"),
            "see which there are: docker buildx ls; or leave --builder out".to_owned(),
        ),
        Builder::Driver { name, driver, clean_up } if driver == OWN_DRIVER => {
            Check::met(subject, format!("{name}, of the docker driver")).with_note(*clean_up)
        }
        Builder::Driver { name, driver, .. } => Check::missing(
            subject,
            format!(
                "{name} is of the {driver} driver, which does not see local images: it builds and pushes for whoever names \
                 it (--builder {name}), and hides the engine's own builder from everybody else"
            ),
            format!("remove it, or make it again under another name: docker buildx rm {name}"),
        ),
    }
}

pub(crate) fn disk(disk: &Disk) -> Check {
    let free = disk.free_kib / (1024 * 1024);
    let place = disk.path.display();
    if free >= FREE_GIB_WANTED {
        return Check::met(Subject::Disk, format!("{free} GiB free at {place}"));
    }
    Check::missing(
        Subject::Disk,
        format!("{free} GiB free at {place}, {FREE_GIB_WANTED} wanted"),
        "free some: cargo xtask clean, with --all for the base too; cargo clean",
    )
}

pub(crate) fn start_image(subject: Subject, image: &StartImage, source: &Availability) -> Check {
    let variable = image.variable;
    match source {
        Availability::Local(reference) => Check::met(subject, format!("{reference}, on this machine")),
        Availability::StandIn => {
            Check::met(subject, format!("{}, made on this machine, stands in for {}", image.stand_in, image.public))
        }
        Availability::Registry(reference) => Check::met(subject, format!("{reference}, in its registry")),
        Availability::Unknown => Check::missing(
            subject,
            "without a client it can't be looked up",
            format!("{INSTALL}; or a client: {ENGINE_PAGE}"),
        ),
        Availability::Nowhere { reference, chosen, engine_lacks_it, why } => {
            let here =
                if *engine_lacks_it { "it is not on this machine" } else { "no engine tells whether it is here" };
            let cure = if *chosen {
                format!("name another image with {variable}, or none, to get the default")
            } else {
                format!("make {} here, {INSTALL}; or name an image within reach: {variable}=…", image.stand_in)
            };
            Check::missing(subject, format!("{reference}: {here}, and its registry is out of reach ({why})"), cure)
        }
    }
}

pub(crate) fn aws(version: Option<&String>) -> Check {
    match version {
        Some(version) => {
            let name = version.split_whitespace().next().unwrap_or("of unknown version");
            Check::met(Subject::Aws, name)
        }
        None => Check::missing(Subject::Aws, "no working `aws` on PATH", AWS_PAGE),
    }
}

pub(crate) fn credentials(has_aws: bool, account: &Result<String, NoAccount>) -> Check {
    let subject = Subject::Credentials;
    match account {
        Ok(account) => Check::met(subject, format!("account {account}")),
        Err(_) if !has_aws => {
            Check::missing(subject, "without aws they can't be asked for", "aws configure, once there is an aws")
        }
        Err(NoAccount { why, cure }) => Check::missing(subject, why, cure.as_deref().unwrap_or("aws configure")),
    }
}

pub(crate) fn cosign(found: Option<&Found>) -> Check {
    match found {
        Some(Found { version, generation: Some(generation) }) => {
            Check::met(Subject::Cosign, format!("{version}, with the flags of {generation}"))
        }
        Some(Found { version, .. }) => {
            Check::missing(Subject::Cosign, format!("{version} is older than 2.0"), elsewhere(COSIGN_PAGE))
        }
        None => Check::missing(Subject::Cosign, "no working `cosign` on PATH", elsewhere(COSIGN_PAGE)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::doctor::State;
    use crate::signing::flags::Generation;
    use crate::start_images::CHEF;

    fn why_and_cure(check: Check) -> (String, String) {
        match check.state {
            State::Missing { why, cure } => (why, cure),
            State::Met(detail) => panic!("met: {detail}"),
        }
    }

    fn with_engine(engine: Result<Engine, Trouble>) -> Client {
        Client { version: Some("28.2.2".to_owned()), context: Some("default".to_owned()), engine }
    }

    #[test]
    fn an_old_engine_is_named_with_what_it_lacks() {
        let old = with_engine(Err(Trouble::TooOld("20.10.24".to_owned())));
        let (why, cure) = why_and_cure(engine(Some(&old), None));
        assert_eq!(why, "20.10.24 is too old: named build contexts came with 23.0");
        assert!(cure.contains("doctor --install"));
    }

    #[test]
    fn the_store_is_named_where_it_is_known() {
        let well = with_engine(Ok(Engine { version: "29.0.1".to_owned() }));
        let detail = |store| engine(Some(&well), store).state;
        let named = State::Met("29.0.1, containerd image store, context default".to_owned());
        assert_eq!(detail(Some(Store::Containerd)), named);
        assert_eq!(detail(None), State::Met("29.0.1, context default".to_owned()));
    }

    #[test]
    fn a_refused_socket_is_not_cured_by_installing() {
        let denied = with_engine(Err(Trouble::Denied("permission denied".to_owned())));
        assert!(why_and_cure(engine(Some(&denied), None)).1.contains("usermod -aG docker"));
    }

    #[test]
    fn named_contexts_decide_about_buildx() {
        assert!(buildx(&Buildx::Version("github.com/docker/buildx v0.30.1 9e66234".to_owned())).is_met());
        assert!(!buildx(&Buildx::Version("github.com/docker/buildx v0.7.1 1234567".to_owned())).is_met());
        assert!(!buildx(&Buildx::Missing).is_met());
    }

    #[test]
    fn a_builder_that_does_not_see_local_images_is_to_be_removed() {
        let (why, cure) = why_and_cure(builder(&Builder::Driver {
            name: "default".to_owned(),
            driver: "docker-container".to_owned(),
            clean_up: None,
        }));
        assert!(why.contains("docker-container"));
        assert!(cure.ends_with("docker buildx rm default"));
    }

    #[test]
    fn the_disk_needs_ten_gibibytes() {
        let with = |gib: u64| disk(&Disk { path: PathBuf::from("/var/lib/docker"), free_kib: gib * 1024 * 1024 });
        assert!(with(10).is_met());
        assert_eq!(why_and_cure(with(9)).0, "9 GiB free at /var/lib/docker, 10 wanted");
    }

    #[test]
    fn a_stand_in_is_named_together_with_what_it_stands_in_for() {
        let State::Met(detail) = start_image(Subject::ChefImage, &CHEF, &Availability::StandIn).state else {
            panic!("a stand-in will do");
        };
        assert!(detail.contains(CHEF.stand_in) && detail.contains(CHEF.public));
    }

    #[test]
    fn an_image_that_the_user_chose_is_not_replaced_by_a_stand_in() {
        let nowhere = |chosen| Availability::Nowhere {
            reference: "a:b".to_owned(),
            chosen,
            engine_lacks_it: true,
            why: "no such host".to_owned(),
        };
        let cure = |chosen| why_and_cure(start_image(Subject::ChefImage, &CHEF, &nowhere(chosen))).1;
        assert!(cure(false).contains("doctor --install"));
        assert!(!cure(true).contains("doctor --install") && cure(true).contains("CHEF_IMAGE"));
    }

    #[test]
    fn the_version_decides_about_cosign() {
        let found = |version: &str, generation| Found { version: version.to_owned(), generation };
        assert!(cosign(Some(&found("devel", Some(Generation::Second)))).is_met());
        assert_eq!(why_and_cure(cosign(Some(&found("v1.13.1", None)))).0, "v1.13.1 is older than 2.0");
        assert!(!cosign(None).is_met());
    }

    #[test]
    fn a_broken_aws_is_as_good_as_none() {
        assert!(!aws(None).is_met());
        assert!(aws(Some(&"aws-cli/2.15.0 Python/3.11.6".to_owned())).is_met());
    }
}
