//! AWS and a registry on this machine, and the environment that leads everything to them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use serde_json::{Value, json};

use crate::aws::service::Service;
use crate::engine::try_docker;
use crate::process;
use crate::temp_dir::TempDir;
use crate::tools;

/// What moto gives out as the registry password.
pub(crate) const PASSWORD: &str = "123456789012-auth-token";

const LIMIT: Duration = Duration::from_secs(60);

/// Plays ECR's images before moto.
const ECR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/aws/ecr/server.py");

/// The folder in which the registry keeps everything.
const STORAGE: &str = "storage";

pub(crate) struct Lab {
    /// What AWS's endpoint leads to: ECR's images as the registry has them, and before moto for all else.
    pub(crate) aws: Service,
    pub(crate) registry: Service,
    /// Ends with the lab.
    _moto: Service,
    /// Logs, configurations, and what the registry stores.
    folder: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with_registry_password(PASSWORD)
    }

    /// A registry that wants another password than the one that AWS gives out.
    pub(crate) fn with_registry_password(password: &str) -> Self {
        let folder = TempDir::new("lab");
        let place = |name: &str| folder.path().join(name);
        configure_docker(&place("docker"));
        let mut moto = Command::new(tools::find("moto_server"));
        moto.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
        let moto = Service::start(&mut moto, &place("moto.log"));
        let mut registry = Command::new(tools::find("docker-registry"));
        registry.arg("serve").arg(configure_registry(folder.path(), password));
        let registry = Service::start(&mut registry, &place("registry.log"));
        let mut ecr = Command::new(tools::find("python3"));
        // Else Python would write into the sources.
        ecr.env("PYTHONDONTWRITEBYTECODE", "1").arg(ECR);
        ecr.args([moto.port, registry.port].map(|port| port.to_string())).arg(place(STORAGE)).arg(password);
        let aws = Service::start(&mut ecr, &place("ecr.log"));
        Self { aws, registry, _moto: moto, folder }
    }

    /// `127.0.0.1:<port>` of the registry.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.registry.port)
    }

    /// Leads aws, docker and xtask here, past whatever the caller has configured.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        vec![
            ("PATH", tools::path().into_string().expect("PATH is UTF-8")),
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.aws.port)),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_CONFIG_FILE", place("aws-config")),
            ("AWS_SHARED_CREDENTIALS_FILE", place("aws-credentials")),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_MAX_ATTEMPTS", "1".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("ECR_REGISTRY", self.host()),
            ("DOCKER_CONFIG", place("docker")),
        ]
    }

    /// Everything that the registry has was pushed at that time.
    pub(crate) fn age(&self, pushed: SystemTime) {
        let mut open = vec![self.folder.path().join(STORAGE)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder of the registry") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let file = File::options().append(true).open(path).expect("open a file");
                    file.set_modified(pushed).expect("set its time");
                }
            }
        }
    }

    /// Asks AWS by the real CLI. Null where it has nothing to say.
    #[track_caller]
    pub(crate) fn aws(&self, args: &[&str]) -> Value {
        let mut command = Command::new(tools::find("aws"));
        command.args(args).args(["--region", "eu-west-1", "--output", "json"]).envs(self.environment());
        let ended = process::run(&mut command, LIMIT);
        assert!(ended.code == Some(0), "aws {args:?}: {ended:?}");
        let told = if ended.stdout.trim().is_empty() { "null" } else { &ended.stdout };
        serde_json::from_str(told).expect("aws writes JSON")
    }
}

impl Drop for Lab {
    /// Takes our names from the images in the engine. Nothing here may panic.
    fn drop(&mut self) {
        let format = "{{.Repository}} {{.Tag}} {{.Digest}}";
        let listed = try_docker(["images", "--digests", "--format", format]).stdout;
        for line in listed.lines().filter(|line| line.starts_with(&format!("{}/", self.host()))) {
            let words: Vec<&str> = line.split(' ').collect();
            let &[repository, tag, digest] = words.as_slice() else { continue };
            // An image without a tag has only its digest for a name.
            for name in [format!("{repository}:{tag}"), format!("{repository}@{digest}")] {
                if !name.ends_with("<none>") {
                    drop(try_docker(["image", "rm", &name]));
                }
            }
        }
    }
}

/// A configuration without logins and helpers. All else is the user's: contexts, builders, plugins.
fn configure_docker(folder: &Path) {
    fs::create_dir_all(folder).expect("make a folder");
    let home = || PathBuf::from(env::var_os("HOME").expect("a home")).join(".docker");
    let own = env::var_os("DOCKER_CONFIG").map_or_else(home, PathBuf::from);
    for part in ["contexts", "buildx", "cli-plugins"].iter().filter(|part| own.join(part).exists()) {
        std::os::unix::fs::symlink(own.join(part), folder.join(part)).expect("make a link");
    }
    let text = fs::read_to_string(own.join("config.json")).unwrap_or_else(|_| "{}".to_owned());
    let config: Value = serde_json::from_str(&text).expect("docker's configuration is JSON");
    let kept = json!({ "currentContext": config["currentContext"].as_str().unwrap_or_default() });
    fs::write(folder.join("config.json"), kept.to_string()).expect("write a configuration");
}

/// Writes the registry's configuration and returns its path.
fn configure_registry(folder: &Path, password: &str) -> PathBuf {
    let ended =
        process::run(Command::new(tools::find("htpasswd")).args(["-n", "-b", "-B", "-C", "5", "AWS", password]), LIMIT);
    assert!(ended.code == Some(0), "{ended:?}");
    let passwords = folder.join("passwords");
    fs::write(&passwords, ended.stdout).expect("write the password list");
    let config = json!({
        "version": "0.1",
        "log": { "level": "info" },
        "storage": { "filesystem": { "rootdirectory": folder.join(STORAGE) }, "delete": { "enabled": true } },
        "http": { "addr": "127.0.0.1:0" },
        "auth": { "htpasswd": { "realm": "ecr", "path": passwords } },
    });
    let path = folder.join("registry.yml");
    // YAML knows JSON.
    fs::write(&path, config.to_string()).expect("write a configuration");
    path
}
