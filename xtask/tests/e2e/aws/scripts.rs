//! Both scripts in `Docker/`, started from there.

use crate::aws::deploy::Deploy;
use crate::aws::setup;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn both_scripts_push_from_the_folder_that_they_lie_in() {
    let deploy = Deploy::new();
    let scripts = [
        ("base", "./build-and-push-base.sh", deploy.fixture.base()),
        ("colony", "./build-and-push-colony.sh", deploy.fixture.colony()),
    ];
    for (name, script, image) in scripts {
        let outcome = deploy.shell(&format!("cd Docker && {script}"));
        outcome.exits(0);
        let (remote, _) = deploy.remote(&image);
        let digest = deploy.digest(&image);
        outcome.prints(&format!("{remote}@{digest}")).has_row("digest", &digest);
        assert_eq!(deploy.script_record(name)["pinned"], format!("{remote}@{digest}"));
        setup::is_as_specified(&deploy.lab, image.split_once(':').expect("a tag").0);
    }
}
