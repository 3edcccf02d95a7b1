//! The strip that this backend owns, and the one before it, which a slower neighbour may still ask for.

use std::sync::Arc;

use anyhow::{bail, ensure};
use shared::wire::{Assignment, BorderQuery, StripReport, StripView, TickOrder};
use shared::world::{Row, Strip, WorldSpec};

/// A strip at a tick, within one cut of the world.
#[derive(Debug, Clone)]
pub struct Holding {
    epoch: u64,
    tick: u64,
    /// The world the strip is part of.
    pub world: WorldSpec,
    /// The rows at the present tick.
    pub strip: Arc<Strip>,
    /// The rows at the tick before; a neighbour that is a tick behind needs their borders.
    previous: Option<Arc<Strip>>,
    /// `host:port` of the neighbour to the north.
    pub above: String,
    /// `host:port` of the neighbour to the south.
    pub below: String,
}

impl Holding {
    /// Takes over a strip. Fails when it does not fit its world.
    pub fn new(assignment: Assignment) -> anyhow::Result<Self> {
        let Assignment { epoch, tick, world, strip, above, below } = assignment;
        world.check()?;
        strip.check(&world)?;
        Ok(Self { epoch, tick, world, strip: Arc::new(strip), previous: None, above, below })
    }

    /// Fails unless the order is for exactly this strip at this tick.
    pub fn check(&self, order: TickOrder) -> anyhow::Result<()> {
        ensure!(
            (order.epoch, order.tick) == (self.epoch, self.tick),
            "the order is for tick {} of epoch {}, but the strip is at tick {} of epoch {}",
            order.tick,
            order.epoch,
            self.tick,
            self.epoch
        );
        Ok(())
    }

    /// Goes on to the next tick, whose rows were computed meanwhile. Fails when the strip was replaced meanwhile.
    pub fn advance(&mut self, order: TickOrder, next: Strip) -> anyhow::Result<StripReport> {
        self.check(order)?;
        let report = StripReport::of(&next.rows);
        self.previous = Some(std::mem::replace(&mut self.strip, Arc::new(next)));
        self.tick += 1;
        Ok(report)
    }

    /// The rows that a neighbour asks for. Fails for another cut or a tick that is not kept.
    pub fn border(&self, query: BorderQuery) -> anyhow::Result<Vec<Row>> {
        let strip = match &self.previous {
            _ if query.epoch != self.epoch => None,
            _ if query.tick == self.tick => Some(&self.strip),
            Some(previous) if query.tick + 1 == self.tick => Some(previous),
            _ => None,
        };
        let Some(strip) = strip else {
            bail!(
                "the border at tick {} of epoch {} is not here; the strip is at tick {} of epoch {}",
                query.tick,
                query.epoch,
                self.tick,
                self.epoch
            );
        };
        Ok(strip.border(query.edge).to_vec())
    }

    /// The whole strip, for the coordinator's checkpoints and for viewers.
    pub fn view(&self) -> StripView {
        StripView { epoch: self.epoch, tick: self.tick, strip: (*self.strip).clone() }
    }

    /// What is owned, as words for people.
    pub fn describe(&self) -> String {
        let first = self.strip.first_row;
        format!("rows {first} to {} at tick {}", first + self.strip.rows.len() - 1, self.tick)
    }
}
