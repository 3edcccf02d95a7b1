//! The JSON messages of the HTTP interfaces of both services, in one place so that both ends always agree.

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::noise::row_hash;
use crate::world::{Edge, Row, Strip, WorldSpec};

/// Longest tick interval, in milliseconds, so that a wrong number cannot make the world look dead.
const MAX_INTERVAL_MS: u64 = 10_000;

/// Answer to `GET /health` of either service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, or `degraded` when something needs attention; the service itself answers either way.
    pub status: String,
    /// `backend` or `coordinator`.
    pub service: String,
    /// Crate version and build, as `--version` prints them.
    pub version: String,
    /// What the service does at present, as a sentence for people.
    pub detail: String,
}

/// Body of `POST /register` of the coordinator; sent again every second as a sign of life.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registration {
    /// Host under which the backend can be reached. An unspecified one (`0.0.0.0`, `::`) stands for the address from
    /// which the request comes.
    pub host: String,
    /// Port on which the backend listens.
    pub port: u16,
    /// A number that another process on the same address does not have, so that a restart is noticed.
    pub instance: u64,
}

/// Answer to `POST /register`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    /// `host:port` under which the coordinator knows the backend.
    pub address: String,
    /// Whether the coordinator did not know it before.
    pub new: bool,
}

/// Body of `POST /start` of the coordinator. Every field may be missing, and so may the body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartRequest {
    /// The source of all chance.
    pub seed: u64,
    /// Cells from west to east.
    pub width: usize,
    /// Rows from north to south.
    pub height: usize,
    /// Backends to wait for before the first tick.
    pub backends: usize,
    /// Tick at which the world stops; without it the world goes on for ever.
    pub tick_limit: Option<u64>,
    /// Shortest time from one tick to the next, in milliseconds.
    pub tick_interval_ms: u64,
}

impl Default for StartRequest {
    fn default() -> Self {
        Self { seed: 1, width: 96, height: 64, backends: 1, tick_limit: None, tick_interval_ms: 100 }
    }
}

impl StartRequest {
    /// Fails when a number is out of bounds, and says which bounds there are.
    pub fn check(&self) -> anyhow::Result<()> {
        let world = self.world();
        world.check()?;
        ensure!(
            (1..=world.capacity()).contains(&self.backends),
            "backends is {}, but must be from 1 to {} for {} rows",
            self.backends,
            world.capacity(),
            world.height
        );
        ensure!(
            self.tick_interval_ms <= MAX_INTERVAL_MS,
            "tick_interval_ms is {}, but must be at most {MAX_INTERVAL_MS}",
            self.tick_interval_ms
        );
        Ok(())
    }

    /// The world that is asked for.
    pub fn world(&self) -> WorldSpec {
        WorldSpec { seed: self.seed, width: self.width, height: self.height }
    }
}

/// What the coordinator does at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No world was asked for.
    Idle,
    /// A world was asked for, but backends are missing.
    Waiting,
    /// The world ticks.
    Running,
    /// A backend failed; the world goes on from its last checkpoint in a moment.
    Recovering,
    /// The tick limit is reached.
    Finished,
}

/// Answer to `GET /statistics` and to `POST /start` of the coordinator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Statistics {
    /// What the coordinator does.
    pub phase: Phase,
    /// The last tick that every backend has finished. After the loss of a backend it falls back to a checkpoint.
    pub tick: u64,
    /// Fingerprint of the world at that tick, 16 hexadecimal digits; empty while there is no world.
    pub world_hash: String,
    /// Counts over the whole world.
    pub census: Census,
    /// Backends that own a strip.
    pub backends: usize,
    /// Time that the last tick took, in milliseconds.
    pub tick_ms: f64,
}

impl Statistics {
    /// What there is to say before the first tick.
    pub fn nothing_yet(phase: Phase) -> Self {
        Self { phase, tick: 0, world_hash: String::new(), census: Census::default(), backends: 0, tick_ms: 0.0 }
    }
}

/// Counts over some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Creatures.
    pub creatures: u64,
    /// The energy of all creatures.
    pub energy: u64,
    /// Units of food.
    pub food: u64,
}

impl Census {
    /// Counts over these rows.
    pub fn of(rows: &[Row]) -> Self {
        rows.iter().flatten().fold(Self::default(), |sum, cell| Self {
            creatures: sum.creatures + u64::from(cell.energy > 0),
            energy: sum.energy + u64::from(cell.energy),
            food: sum.food + u64::from(cell.food),
        })
    }

    /// Counts over both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            creatures: self.creatures + other.creatures,
            energy: self.energy + other.energy,
            food: self.food + other.food,
        }
    }
}

/// Answer to `GET /topology` of the coordinator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Topology {
    /// What the coordinator does.
    pub phase: Phase,
    /// The same as a sentence, with the last problem.
    pub detail: String,
    /// The world, once one was asked for.
    pub world: Option<WorldSpec>,
    /// Who owns what, from north to south.
    pub strips: Vec<StripOwner>,
    /// `host:port` of registered backends without a strip.
    pub spare: Vec<String>,
    /// Backends that were lost since the last start and have not come back.
    pub lost: Vec<LostBackend>,
}

/// One strip of the topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripOwner {
    /// `host:port` of the backend.
    pub backend: String,
    /// Global number of its first row.
    pub first_row: usize,
    /// Number of its rows.
    pub rows: usize,
}

/// A backend that disappeared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LostBackend {
    /// `host:port` under which it was known.
    pub backend: String,
    /// How its loss was noticed.
    pub reason: String,
}

/// Body of `POST /assign` of a backend: own this strip from now on, in place of any other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assignment {
    /// Number of this cut of the world; everything about an earlier one is refused.
    pub epoch: u64,
    /// The tick whose state the strip shows.
    pub tick: u64,
    /// The world the strip is part of.
    pub world: WorldSpec,
    /// The rows.
    pub strip: Strip,
    /// `host:port` of the owner of the rows to the north.
    pub above: String,
    /// `host:port` of the owner of the rows to the south.
    pub below: String,
}

/// Body of `POST /tick` of a backend: compute the state after this tick. The answer is a [`StripReport`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TickOrder {
    /// The cut of the world.
    pub epoch: u64,
    /// The tick whose state the strip shows before.
    pub tick: u64,
}

/// What a backend says about its strip.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StripReport {
    /// Fingerprints of its rows, from north to south.
    pub row_hashes: Vec<u64>,
    /// Counts over its rows.
    pub census: Census,
}

impl StripReport {
    /// The report on these rows.
    pub fn of(rows: &[Row]) -> Self {
        Self { row_hashes: rows.iter().map(row_hash).collect(), census: Census::of(rows) }
    }
}

/// Query of `GET /border` of a backend; the answer is a list of rows from north to south.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BorderQuery {
    /// The cut of the world.
    pub epoch: u64,
    /// The tick whose state is asked for: the present one or the one before.
    pub tick: u64,
    /// Which end of the strip.
    pub edge: Edge,
}

/// Answer to `GET /strip` of a backend.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StripView {
    /// The cut of the world.
    pub epoch: u64,
    /// The tick whose state the strip shows.
    pub tick: u64,
    /// The rows.
    pub strip: Strip,
}
