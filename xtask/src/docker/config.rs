//! Which credential helper docker asks for a registry: ECR's own one logs in by itself and refuses a login by hand.

use std::path::PathBuf;
use std::{env, fs, io};

use anyhow::Context;
use serde_json::Value;

/// The helper of amazon-ecr-credential-helper.
const ECR_HELPER: &str = "ecr-login";

/// Whether `docker login` has to be left out for that registry.
pub(crate) fn logs_in_by_itself(registry: &str) -> anyhow::Result<bool> {
    let Some(path) = folder().map(|folder| folder.join("config.json")) else { return Ok(false) };
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        text => text.with_context(|| format!("read {}", path.display()))?,
    };
    let config = serde_json::from_str(&text).with_context(|| format!("read {}", path.display()))?;
    Ok(helper(&config, registry) == Some(ECR_HELPER))
}

/// A registry's own helper counts before the common one.
fn helper<'a>(config: &'a Value, registry: &str) -> Option<&'a str> {
    config["credHelpers"][registry].as_str().or_else(|| config["credsStore"].as_str())
}

/// The folder of docker's configuration.
pub(crate) fn folder() -> Option<PathBuf> {
    let set = |key: &str| env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("DOCKER_CONFIG").or_else(|| set("HOME").map(|home| home.join(".docker")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_helper_of_the_registry_counts_before_the_common_one() {
        let config = json!({ "credsStore": "desktop", "credHelpers": { "r1": "ecr-login" } });
        assert_eq!((helper(&config, "r1"), helper(&config, "r2")), (Some("ecr-login"), Some("desktop")));
        assert_eq!(helper(&json!({}), "r1"), None);
    }
}
