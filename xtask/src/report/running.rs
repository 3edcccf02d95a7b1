//! A colony that runs on this machine, for `--json` of `up` and `status` and for the table of `status`.
//!
//! README.md documents the fields; a test holds the two together.

use anyhow::Context;
use serde::Serialize;

use crate::report::Report;
use crate::report::record::TimedStep;

/// Changes whenever a field gets another name or another meaning.
const SCHEMA: u32 = 1;

/// How many digits of an image ID people need, as `docker images` shows it.
const SHOWN_DIGITS: usize = 12;

/// What `up` started.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Started {
    /// Its name in the local engine.
    pub(crate) image: String,
    /// `sha256:…`, as the local engine calls it.
    pub(crate) image_id: String,
    /// Of a colony's world, when it was well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tick: Option<u64>,
    /// Where the coordinator of a colony tells of the world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statistics: Option<String>,
    pub(crate) containers: Vec<Address>,
}

/// The same as it is written: with its schema and the times of all steps so far.
#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    #[serde(flatten)]
    started: &'a Started,
    steps: Vec<TimedStep>,
}

/// A container and where it answers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Address {
    pub(crate) name: String,
    /// Of a colony: where it says whether it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) health_url: Option<String>,
    /// Of anything else: the port that it publishes, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
}

/// What the engine has of a colony.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    schema: u32,
    /// The compose project.
    pub(crate) project: String,
    pub(crate) state: State,
    /// The name that a build would give the image.
    pub(crate) image: String,
    pub(crate) containers: Vec<ContainerRecord>,
}

/// All of it in one word; what comes first in this list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// There is no container.
    Missing,
    /// A container does not run, or is not well.
    Broken,
    /// A container runs another image than the sources give.
    Superseded,
    Current,
}

/// A container as it stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ContainerRecord {
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) number: u16,
    /// `running`, `exited` and the like.
    pub(crate) state: String,
    /// Of one that has ended.
    pub(crate) exit_code: Option<i64>,
    pub(crate) health: Option<String>,
    /// Where it answers.
    pub(crate) address: Option<String>,
    pub(crate) image_id: String,
    /// Whether it is what the sources give.
    pub(crate) age: &'static str,
    pub(crate) reasons: Vec<String>,
}

impl Started {
    /// One JSON object.
    pub(crate) fn to_json(&self, report: &Report) -> anyhow::Result<String> {
        let written = Written { schema: SCHEMA, started: self, steps: TimedStep::all(report) };
        serde_json::to_string(&written).context("write the result")
    }
}

impl Status {
    pub(crate) fn new(project: &str, image: String, state: State, containers: Vec<ContainerRecord>) -> Self {
        Self { schema: SCHEMA, project: project.to_owned(), state, image, containers }
    }

    /// One JSON object.
    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        serde_json::to_string(self).context("write the answer")
    }

    /// For people: a head, and a line for each container.
    pub(crate) fn table(&self) -> String {
        let head = ["CONTAINER", "STATE", "ADDRESS", "IMAGE ID", "IMAGE"].map(str::to_owned);
        let rows: Vec<_> = [head].into_iter().chain(self.containers.iter().map(ContainerRecord::cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..5).map(width).collect();
        let line = |row: &[String; 5]| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
            cells.join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl ContainerRecord {
    /// Whether it runs, and nobody found it ill.
    pub(crate) fn is_well(&self) -> bool {
        self.state == "running" && self.health.as_deref() != Some("unhealthy")
    }

    /// Whether it ended by itself, with all done.
    pub(crate) fn is_done(&self) -> bool {
        self.state == "exited" && self.exit_code == Some(0)
    }

    /// Such as `running, healthy` or `exited, code 1`.
    pub(crate) fn words(&self) -> String {
        let code = self.exit_code.map(|code| format!("code {code}"));
        let more = code.or_else(|| self.health.clone()).map(|more| format!(", {more}"));
        format!("{}{}", self.state, more.unwrap_or_default())
    }

    fn cells(&self) -> [String; 5] {
        let digits = self.image_id.strip_prefix("sha256:").unwrap_or(&self.image_id);
        let short = digits.chars().take(SHOWN_DIGITS).collect();
        let address = self.address.clone().unwrap_or_else(|| "-".to_owned());
        [self.name.clone(), self.words(), address, short, self.age.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(name: &str, state: &str, health: Option<&str>) -> ContainerRecord {
        ContainerRecord {
            name: name.to_owned(),
            service: "backend".to_owned(),
            number: 1,
            state: state.to_owned(),
            exit_code: None,
            health: health.map(str::to_owned),
            address: None,
            image_id: "sha256:0123456789abcdef".to_owned(),
            age: "current",
            reasons: Vec::new(),
        }
    }

    #[test]
    fn the_columns_of_the_table_stand_below_their_heads() {
        let well = ContainerRecord {
            address: Some("http://127.0.0.1:8083".to_owned()),
            ..standing("coordinator", "running", Some("healthy"))
        };
        let ended = ContainerRecord { exit_code: Some(137), ..standing("backend-1", "exited", None) };
        let status = Status::new("p", "colony:latest".to_owned(), State::Broken, [well, ended].into());
        let expected = "CONTAINER    STATE             ADDRESS                IMAGE ID      IMAGE\n\
                        coordinator  running, healthy  http://127.0.0.1:8083  0123456789ab  current\n\
                        backend-1    exited, code 137  -                      0123456789ab  current";
        assert_eq!(status.table(), expected);
    }

    #[test]
    fn well_is_what_runs_and_was_not_found_ill() {
        for (state, health, is_well) in [
            ("running", Some("healthy"), true),
            ("running", Some("starting"), true),
            ("running", None, true),
            ("running", Some("unhealthy"), false),
            ("restarting", None, false),
            ("exited", None, false),
        ] {
            assert_eq!(standing("backend-1", state, health).is_well(), is_well, "{state} {health:?}");
        }
    }
}
