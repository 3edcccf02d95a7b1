//! The AWS region that is asked, and who chose it.

use std::{env, fmt};

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::workspace::settings;

/// Where nobody chose one.
pub(crate) const DEFAULT: &str = "eu-west-1";

/// In this order, as with the aws CLI, which knows the second one only.
const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A region and the place that it was named in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) name: String,
    origin: String,
}

impl Region {
    /// By flag, variable, or `[workspace.metadata.images]`, in this order; `None` where none of them names one. Fails for
    /// a variable that names no region.
    pub(crate) fn chosen(flag: Option<String>, table: Option<String>) -> Result<Option<Self>, Failure> {
        let named = |name: Option<String>, origin: &str| name.map(|name| Self { name, origin: origin.to_owned() });
        if let Some(region) = named(flag, "--region") {
            return Ok(Some(region));
        }
        for variable in VARIABLES {
            let value = env::var(variable).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            let name = settings::region(&value).map_err(|why| {
                Failure::new(ExitCode::Usage, format!("invalid value '{value}' for {variable}: {why}"))
            })?;
            return Ok(named(Some(name), variable));
        }
        Ok(named(table, "[workspace.metadata.images] region"))
    }

    /// The one that was chosen, else the profile's, else the default.
    pub(crate) fn settle(ctx: &Ctx, chosen: Option<Self>) -> anyhow::Result<Self> {
        if let Some(chosen) = chosen {
            return Ok(chosen);
        }
        let answer = ctx.runner.probe(&Invocation::new("aws").args(["configure", "get", "region"]))?;
        // It fails where the profile has none; a profile that does not exist is told by the first true call.
        let of_profile = Some(answer.stdout.trim().to_owned()).filter(|name| answer.success && !name.is_empty());
        Ok(of_profile.map_or_else(Self::default, |name| Self { name, origin: "the profile".to_owned() }))
    }
}

impl Default for Region {
    fn default() -> Self {
        Self { name: DEFAULT.to_owned(), origin: "the default".to_owned() }
    }
}

/// Such as `eu-west-1 (AWS_REGION)`.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.origin)
    }
}
