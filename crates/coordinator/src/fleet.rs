//! The backends that own the strips of one cut of the world, and the calls that go to all of them at once.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::future::join_all;
use shared::client::CallError;
use shared::noise::world_hash;
use shared::service::unique_number;
use shared::wire::{Assignment, Census, StripOwner, StripReport, StripView, TickOrder};
use shared::world::{Row, Strip, WorldSpec};

use crate::registry::Seat;
use crate::state::State;

/// Longer than the backends wait for each other, so that only the one that hangs is struck off.
const TICK_LIMIT: Duration = Duration::from_secs(5);
/// For messages that carry a whole strip.
const STRIP_LIMIT: Duration = Duration::from_secs(5);

/// All rows of the world at a tick: from here the world can go on with any backends.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The tick whose state the rows show.
    pub tick: u64,
    /// All rows, from north to south.
    pub rows: Vec<Row>,
}

/// What all strips say together.
#[derive(Debug)]
pub struct WorldReport {
    /// Fingerprint of the world.
    pub hash: u64,
    /// Counts over the world.
    pub census: Census,
}

/// The owners of one cut of the world.
#[derive(Debug)]
pub struct Fleet<'a> {
    state: &'a State,
    world: WorldSpec,
    epoch: u64,
    seats: Vec<Seat>,
    owners: Vec<StripOwner>,
}

impl<'a> Fleet<'a> {
    /// Cuts the world into strips for as many of the seats as fit, of which there must be at least one.
    pub fn new(state: &'a State, world: WorldSpec, mut seats: Vec<Seat>) -> Self {
        seats.truncate(world.capacity());
        let owners = seats
            .iter()
            .zip(world.partition(seats.len()))
            .map(|(seat, range)| StripOwner {
                backend: seat.address.clone(),
                first_row: range.start,
                rows: range.len(),
            })
            .collect();
        // Unique over restarts of the coordinator too, so that no order for an earlier cut is ever obeyed.
        Self { state, world, epoch: unique_number(), seats, owners }
    }

    /// Who owns what, from north to south.
    pub fn owners(&self) -> &[StripOwner] {
        &self.owners
    }

    /// Whether these seats would give another fleet.
    pub fn differs_from(&self, mut seats: Vec<Seat>) -> bool {
        seats.truncate(self.world.capacity());
        seats != self.seats
    }

    /// Gives every backend its strip.
    pub async fn assign(&self, checkpoint: &Checkpoint) -> anyhow::Result<WorldReport> {
        let count = self.owners.len();
        let assignments = self.owners.iter().enumerate().map(|(index, owner)| Assignment {
            epoch: self.epoch,
            tick: checkpoint.tick,
            world: self.world.clone(),
            strip: Strip {
                first_row: owner.first_row,
                rows: checkpoint.rows[owner.first_row..owner.first_row + owner.rows].to_vec(),
            },
            above: self.owners[(index + count - 1) % count].backend.clone(),
            below: self.owners[(index + 1) % count].backend.clone(),
        });
        let calls = self.owners.iter().zip(assignments).map(|(owner, assignment)| async move {
            self.state.client.post(&owner.backend, "/assign", &assignment, STRIP_LIMIT).await
        });
        self.combine(checkpoint.tick, self.all(calls).await?)
    }

    /// Lets every backend compute the tick after this one.
    pub async fn tick(&self, tick: u64) -> anyhow::Result<WorldReport> {
        let order = TickOrder { epoch: self.epoch, tick };
        let calls = self
            .owners
            .iter()
            .map(|owner| async move { self.state.client.post(&owner.backend, "/tick", &order, TICK_LIMIT).await });
        self.combine(tick + 1, self.all(calls).await?)
    }

    /// Collects all rows, which must be at this tick.
    pub async fn collect(&self, tick: u64) -> anyhow::Result<Checkpoint> {
        let calls = self
            .owners
            .iter()
            .map(|owner| async move { self.state.client.get(&owner.backend, "/strip", &(), STRIP_LIMIT).await });
        let views: Vec<StripView> = self.all(calls).await?;
        let mut rows = Vec::with_capacity(self.world.height);
        for (owner, view) in self.owners.iter().zip(views) {
            view.strip.check(&self.world)?;
            ensure!(
                (view.epoch, view.tick) == (self.epoch, tick)
                    && (view.strip.first_row, view.strip.rows.len()) == (owner.first_row, owner.rows),
                "backend {} shows another strip than it owns",
                owner.backend
            );
            rows.extend(view.strip.rows);
        }
        Ok(Checkpoint { tick, rows })
    }

    fn combine(&self, tick: u64, reports: Vec<StripReport>) -> anyhow::Result<WorldReport> {
        for (owner, report) in self.owners.iter().zip(&reports) {
            ensure!(report.row_hashes.len() == owner.rows, "backend {} counts its rows wrong", owner.backend);
        }
        let census = reports.iter().fold(Census::default(), |sum, report| sum.plus(report.census));
        let hashes = reports.into_iter().flat_map(|report| report.row_hashes);
        Ok(WorldReport { hash: world_hash(tick, hashes), census })
    }

    /// Waits for all calls, which come in the order of the owners. Strikes off every backend that did not answer, and
    /// fails with the first error.
    async fn all<T>(
        &self,
        calls: impl Iterator<Item = impl Future<Output = Result<T, CallError>>>,
    ) -> anyhow::Result<Vec<T>> {
        let answers = join_all(calls).await;
        for (owner, answer) in self.owners.iter().zip(&answers) {
            if let Err(CallError::Unreachable(reason)) = answer {
                self.state.lose(&owner.backend, reason);
            }
        }
        self.owners
            .iter()
            .zip(answers)
            .map(|(owner, answer)| answer.with_context(|| format!("backend {} failed", owner.backend)))
            .collect()
    }
}
