//! The world as data: cells, rows and strips, how a seed becomes the first world, and how rows are cut into strips.

use std::ops::Range;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::noise::fold;

/// How many rows beyond its own a strip must see for one tick. Whether a creature leaves its cell depends on who
/// else wants its target (two cells away) and on what those others see (three cells away).
pub const HALO: usize = 3;

/// Smallest width and height of a world, in cells.
pub const MIN_SIDE: usize = 8;

/// Largest width and height of a world, in cells; it bounds the memory and the size of the messages.
pub const MAX_SIDE: usize = 1024;

/// One cell. It travels as one number, `energy * 256 + food`, which keeps the messages short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct Cell {
    /// Units of food that lie here.
    pub food: u8,
    /// Energy of the creature that lives here; 0 means that none does.
    pub energy: u8,
}

impl From<u16> for Cell {
    fn from(packed: u16) -> Self {
        let [food, energy] = packed.to_le_bytes();
        Self { food, energy }
    }
}

impl From<Cell> for u16 {
    fn from(cell: Cell) -> Self {
        Self::from_le_bytes([cell.food, cell.energy])
    }
}

/// One row of the world, from west to east.
pub type Row = Vec<Cell>;

/// Everything a world follows from: two worlds with equal specifications are equal at every tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldSpec {
    /// The source of all chance.
    pub seed: u64,
    /// Cells from west to east; the last one touches the first.
    pub width: usize,
    /// Rows from north to south; the last one touches the first.
    pub height: usize,
}

impl WorldSpec {
    /// Fails when a side is out of bounds, and says which bounds there are.
    pub fn check(&self) -> anyhow::Result<()> {
        for (name, side) in [("width", self.width), ("height", self.height)] {
            ensure!(
                (MIN_SIDE..=MAX_SIDE).contains(&side),
                "{name} is {side}, but must be from {MIN_SIDE} to {MAX_SIDE}"
            );
        }
        Ok(())
    }

    /// All rows of the world at tick 0.
    pub fn generate(&self) -> Vec<Row> {
        let cell = |x: usize, y: usize| {
            let chance = fold(fold(self.seed, x as u64), y as u64);
            Cell { food: (chance % 5) as u8, energy: if (chance >> 32).is_multiple_of(16) { 16 } else { 0 } }
        };
        (0..self.height).map(|y| (0..self.width).map(|x| cell(x, y)).collect()).collect()
    }

    /// How many backends can own a strip at once: every strip must fill the halo of its neighbours.
    pub fn capacity(&self) -> usize {
        self.height / HALO
    }

    /// Cuts the rows into `strips` ranges of nearly equal height, from north to south. The number is brought into
    /// `1..=capacity()` first, so there may be fewer ranges than asked for.
    pub fn partition(&self, strips: usize) -> Vec<Range<usize>> {
        let strips = strips.clamp(1, self.capacity().max(1));
        (0..strips).map(|index| index * self.height / strips..(index + 1) * self.height / strips).collect()
    }
}

/// Adjacent rows of the world and where they lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Global number of the first row.
    pub first_row: usize,
    /// The rows, from north to south; at least [`HALO`] of them.
    pub rows: Vec<Row>,
}

/// A side of a strip on which it touches another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// The northern side.
    Top,
    /// The southern side.
    Bottom,
}

impl Strip {
    /// Fails when the strip cannot be a part of this world.
    pub fn check(&self, world: &WorldSpec) -> anyhow::Result<()> {
        let count = self.rows.len();
        ensure!(
            (HALO..=world.height).contains(&count) && self.first_row < world.height,
            "a strip of {count} rows from row {} does not fit a world of {} rows; it needs at least {HALO}",
            self.first_row,
            world.height
        );
        ensure!(
            self.rows.iter().all(|row| row.len() == world.width),
            "a row of the strip is not {} cells wide as the world is",
            world.width
        );
        Ok(())
    }

    /// The rows a neighbour on that side must see; [`HALO`] of them in a strip that passes [`Strip::check`].
    pub fn border(&self, edge: Edge) -> &[Row] {
        let halo = HALO.min(self.rows.len());
        match edge {
            Edge::Top => &self.rows[..halo],
            Edge::Bottom => &self.rows[self.rows.len() - halo..],
        }
    }
}
