//! The rule of the world: one tick of one strip. What becomes of a cell follows from the seed, the tick, its global
//! place and the cells at most [`HALO`] away, and from nothing else; so the cut into strips cannot change the world.

use anyhow::ensure;

use crate::noise::fold;
use crate::world::{Cell, HALO, Row, Strip, WorldSpec};

/// Most food that can lie in one cell.
const FOOD_MAX: u8 = 9;
/// Food that a creature eats per tick at most.
const BITE: u8 = 2;
/// Energy that one unit of food gives; one tick of life costs 1.
const FOOD_ENERGY: u8 = 4;
/// Energy that a creature can store.
const ENERGY_MAX: u8 = 60;
/// Energy from which a creature that moves leaves a child behind, with half of its energy.
const FERTILE: u8 = 24;
/// Food that a dead creature leaves.
const CARCASS: u8 = 1;
/// One cell in so many grows a unit of food per tick.
const GROWTH_ODDS: u64 = 32;

/// Computes the strip at `tick + 1` from the strip at `tick` and the borders of its neighbours at `tick`: `above` are
/// the [`HALO`] rows north of it and `below` those south of it, both from north to south.
///
/// Fails when the strip or a border has another shape than the world asks for.
pub fn step(world: &WorldSpec, tick: u64, strip: &Strip, above: &[Row], below: &[Row]) -> anyhow::Result<Strip> {
    strip.check(world)?;
    for (name, border) in [("above", above), ("below", below)] {
        ensure!(
            border.len() == HALO && border.iter().all(|row| row.len() == world.width),
            "the border {name} is not {HALO} rows of {} cells",
            world.width
        );
    }
    let patch = Patch {
        world,
        tick,
        first_row: strip.first_row,
        rows: above.iter().chain(&strip.rows).chain(below).map(Vec::as_slice).collect(),
    };
    let next_row = |y| (0..world.width).map(|x| patch.next_cell(Spot { x, y })).collect();
    Ok(Strip { first_row: strip.first_row, rows: (HALO..HALO + strip.rows.len()).map(next_row).collect() })
}

/// A place in a patch: the global column, and the row counted from the northern end of the patch.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spot {
    x: usize,
    y: usize,
}

/// What a draw of chance is for, so that draws for the same cell and tick do not depend on each other.
#[derive(Clone, Copy)]
enum Purpose {
    Growth,
    Claim,
    /// The choice between equally good targets, which are numbered.
    Target(u64),
}

/// A strip between the borders of its neighbours.
struct Patch<'a> {
    world: &'a WorldSpec,
    tick: u64,
    first_row: usize,
    rows: Vec<&'a [Cell]>,
}

impl Patch<'_> {
    fn cell(&self, spot: Spot) -> Cell {
        self.rows[spot.y][spot.x]
    }

    /// The four spots beside this one, north, east, south and west. Columns wrap here; rows wrap because the borders
    /// come from the neighbours on the torus. Only asked for spots at most `HALO - 1` outside the strip.
    fn beside(&self, Spot { x, y }: Spot) -> [Spot; 4] {
        let width = self.world.width;
        [
            Spot { x, y: y - 1 },
            Spot { x: (x + 1) % width, y },
            Spot { x, y: y + 1 },
            Spot { x: (x + width - 1) % width, y },
        ]
    }

    fn chance(&self, spot: Spot, purpose: Purpose) -> u64 {
        let height = self.world.height;
        let row = (self.first_row + height - HALO + spot.y) % height;
        let purpose = match purpose {
            Purpose::Growth => 0,
            Purpose::Claim => 1,
            Purpose::Target(number) => 2 + number,
        };
        [self.tick, spot.x as u64, row as u64, purpose].into_iter().fold(self.world.seed, fold)
    }

    /// Where the creature at this spot wants to go: the free spot beside it with most food, if that is better than
    /// here, if nothing is left here, or if it is fertile and needs room for a child.
    fn intent(&self, spot: Spot) -> Option<Spot> {
        let here = self.cell(spot);
        if here.energy == 0 {
            return None;
        }
        let targets = (0..).zip(self.beside(spot));
        let (_, target) = targets
            .filter(|(_, target)| self.cell(*target).energy == 0)
            .max_by_key(|(number, target)| (self.cell(*target).food, self.chance(spot, Purpose::Target(*number))))?;
        let moves = here.energy >= FERTILE || here.food == 0 || self.cell(target).food > here.food;
        moves.then_some(target)
    }

    /// Which of the creatures that want to go to this free spot gets it.
    fn winner(&self, target: Spot) -> Option<Spot> {
        if self.cell(target).energy > 0 {
            return None;
        }
        self.beside(target)
            .into_iter()
            .filter(|spot| self.intent(*spot) == Some(target))
            .max_by_key(|spot| self.chance(*spot, Purpose::Claim))
    }

    fn next_cell(&self, spot: Spot) -> Cell {
        let here = self.cell(spot);
        let energy = if here.energy > 0 {
            let target = self.intent(spot);
            if target.and_then(|target| self.winner(target)) == Some(spot) {
                child_energy(here.energy)
            } else {
                here.energy
            }
        } else {
            self.winner(spot).map_or(0, |from| {
                let energy = self.cell(from).energy;
                energy - child_energy(energy)
            })
        };
        let grown = u8::from(self.chance(spot, Purpose::Growth).is_multiple_of(GROWTH_ODDS));
        live(here.food.saturating_add(grown).min(FOOD_MAX), energy)
    }
}

/// The energy that stays behind as a child when a creature with this energy moves; 0 is no child.
fn child_energy(parent: u8) -> u8 {
    if parent >= FERTILE { parent / 2 } else { 0 }
}

/// Eating, ageing and dying, after the moves.
fn live(food: u8, energy: u8) -> Cell {
    if energy == 0 {
        return Cell { food, energy };
    }
    let bite = food.min(BITE);
    let energy = energy.saturating_add(bite * FOOD_ENERGY).min(ENERGY_MAX) - 1;
    let carcass = if energy == 0 { CARCASS } else { 0 };
    Cell { food: food - bite + carcass, energy }
}
