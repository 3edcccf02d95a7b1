//! Drives the world: waits for a request and for backends, ticks, and goes on from a checkpoint whenever the backends
//! change. Since a world follows from its checkpoint alone, neither a loss nor a newcomer can change it.

use std::time::{Duration, Instant};

use shared::wire::Phase;

use crate::fleet::{Checkpoint, Fleet};
use crate::registry::Seat;
use crate::state::{Order, State};

/// Ticks between two checkpoints: as many may have to be computed again after a loss.
const CHECKPOINT_TICKS: u64 = 50;
/// Pause after a failure, so that one that lasts does not fill the log.
const RECOVERY_PAUSE: Duration = Duration::from_millis(500);
/// How often silence of backends is noticed while nothing else happens.
const IDLE_PAUSE: Duration = Duration::from_secs(1);

/// Why a fleet stopped ticking without a failure.
enum Halt {
    /// Other backends than before are there now.
    Regroup,
    /// The tick limit is reached.
    LimitReached,
    /// Another world was asked for.
    Replaced,
}

/// Serves one request for a world after the other; never returns.
pub async fn drive(state: &State) {
    let mut served = 0;
    loop {
        match state.order() {
            Some(order) if order.number > served => {
                serve(state, &order).await;
                served = order.number;
            }
            _ => state.change_within(IDLE_PAUSE).await,
        }
    }
}

/// Runs one world until its limit, or until another one is asked for.
async fn serve(state: &State, order: &Order) {
    let world = order.request.world();
    let mut checkpoint = Checkpoint { tick: 0, rows: world.generate() };
    let mut needed = order.request.backends;
    while !replaced(state, order) {
        let seats = state.seats();
        if seats.len() < needed {
            let detail = format!("waiting for {needed} backends, of which {} are registered", seats.len());
            state.report(order, Phase::Waiting, detail);
            state.change_within(IDLE_PAUSE).await;
            continue;
        }
        // The number asked for is for the beginning; after that the world goes on with those that are left.
        needed = 1;
        match run_fleet(state, order, seats, &mut checkpoint).await {
            Ok(Halt::Regroup) => {}
            Ok(Halt::LimitReached | Halt::Replaced) => return,
            Err(error) => {
                state.report_strips(order, Vec::new());
                let detail = format!("going on from tick {} because of a failure: {error:#}", checkpoint.tick);
                state.report(order, Phase::Recovering, detail);
                tokio::time::sleep(RECOVERY_PAUSE).await;
            }
        }
    }
}

fn replaced(state: &State, order: &Order) -> bool {
    state.order().is_none_or(|present| present.number != order.number)
}

/// Gives the world at the checkpoint to these backends and ticks. The checkpoint moves on with the world.
async fn run_fleet(
    state: &State,
    order: &Order,
    seats: Vec<Seat>,
    checkpoint: &mut Checkpoint,
) -> anyhow::Result<Halt> {
    let fleet = Fleet::new(state, order.request.world(), seats);
    let report = fleet.assign(checkpoint).await?;
    let mut tick = checkpoint.tick;
    state.report_strips(order, fleet.owners().to_vec());
    state.report_tick(order, tick, report.hash, report.census, Duration::ZERO);
    state.report(order, Phase::Running, format!("running on {} backends since tick {tick}", fleet.owners().len()));
    let interval = Duration::from_millis(order.request.tick_interval_ms);
    let mut due = Instant::now() + interval;
    loop {
        if replaced(state, order) {
            return Ok(Halt::Replaced);
        }
        if order.request.tick_limit.is_some_and(|limit| tick >= limit) {
            state.report(order, Phase::Finished, format!("finished at tick {tick}"));
            return Ok(Halt::LimitReached);
        }
        if fleet.differs_from(state.seats()) {
            *checkpoint = fleet.collect(tick).await?;
            return Ok(Halt::Regroup);
        }
        if tick >= checkpoint.tick + CHECKPOINT_TICKS {
            *checkpoint = fleet.collect(tick).await?;
        }
        let now = Instant::now();
        if now < due {
            state.change_within(due - now).await;
            continue;
        }
        due = now + interval;
        let report = fleet.tick(tick).await?;
        tick += 1;
        state.report_tick(order, tick, report.hash, report.census, now.elapsed());
    }
}
