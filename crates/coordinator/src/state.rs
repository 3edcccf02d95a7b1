//! What the HTTP interface and the driver of the world share: the backends, the world that was asked for, and how far
//! it is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use shared::client::Client;
use shared::settings;
use shared::wire::{Census, Health, Phase, StartRequest, Statistics, StripOwner, Topology};
use tokio::sync::Notify;
use tracing::info;

use crate::registry::{Registry, Seat};

/// A request for a world; a later one replaces it.
#[derive(Debug, Clone)]
pub struct Order {
    /// Counts the requests from 1.
    pub number: u64,
    /// What was asked for.
    pub request: StartRequest,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    order: Option<Order>,
    detail: String,
    statistics: Statistics,
    strips: Vec<StripOwner>,
}

/// The shared state; no method blocks for long.
#[derive(Debug)]
pub struct State {
    /// For calls to backends.
    pub client: Client,
    inner: Mutex<Inner>,
    changed: Notify,
}

impl State {
    /// A coordinator that knows no backend and no world.
    pub fn new(client: Client) -> Self {
        let inner = Inner {
            registry: Registry::default(),
            order: None,
            detail: "no world yet; POST /start begins one".to_owned(),
            statistics: Statistics::nothing_yet(Phase::Idle),
            strips: Vec::new(),
        };
        Self { client, inner: Mutex::new(inner), changed: Notify::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Usable even after a panic elsewhere: no change under this lock leaves it half done.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.registry.expire(Instant::now());
        inner
    }

    /// Takes a request for a world, in place of the present one if there is one, and fails when it makes no sense.
    pub fn start(&self, request: StartRequest) -> anyhow::Result<Statistics> {
        request.check()?;
        info!("asked for a world: {request:?}");
        let mut inner = self.inner();
        let number = inner.order.as_ref().map_or(1, |order| order.number + 1);
        inner.order = Some(Order { number, request });
        inner.registry.forget_lost();
        inner.strips.clear();
        inner.detail = "a world was asked for".to_owned();
        inner.statistics = Statistics::nothing_yet(Phase::Waiting);
        self.changed.notify_one();
        Ok(inner.statistics.clone())
    }

    /// Notes a sign of life of a backend and says whether it was unknown.
    pub fn register(&self, seat: Seat) -> bool {
        let new = self.inner().registry.register(seat, Instant::now());
        if new {
            self.changed.notify_one();
        }
        new
    }

    /// Strikes off a backend that failed.
    pub fn lose(&self, address: &str, reason: &str) {
        self.inner().registry.lose(address, reason);
    }

    /// The last request for a world.
    pub fn order(&self) -> Option<Order> {
        self.inner().order.clone()
    }

    /// The backends that are there.
    pub fn seats(&self) -> Vec<Seat> {
        self.inner().registry.seats()
    }

    /// Notes what the driver does for this order; says nothing any more once the order was replaced.
    pub fn report(&self, order: &Order, phase: Phase, detail: String) {
        self.update(order, |inner| {
            if inner.detail != detail {
                info!("{detail}");
            }
            inner.detail = detail;
            inner.statistics.phase = phase;
        });
    }

    /// Notes who owns what.
    pub fn report_strips(&self, order: &Order, strips: Vec<StripOwner>) {
        self.update(order, |inner| {
            inner.statistics.backends = strips.len();
            inner.strips = strips;
        });
    }

    /// Notes a finished tick.
    pub fn report_tick(&self, order: &Order, tick: u64, world_hash: u64, census: Census, took: Duration) {
        self.update(order, |inner| {
            inner.statistics.tick = tick;
            inner.statistics.world_hash = format!("{world_hash:016x}");
            inner.statistics.census = census;
            inner.statistics.tick_ms = took.as_secs_f64() * 1000.0;
        });
    }

    fn update(&self, order: &Order, change: impl FnOnce(&mut Inner)) {
        let mut inner = self.inner();
        if inner.order.as_ref().is_some_and(|present| present.number == order.number) {
            change(&mut inner);
        }
    }

    /// Returns when a request or an unknown backend came in, or after this time. For one waiter, the driver.
    pub async fn change_within(&self, limit: Duration) {
        // Either outcome is what the caller waits for.
        let _ = tokio::time::timeout(limit, self.changed.notified()).await;
    }

    /// The answer to `GET /statistics`.
    pub fn statistics(&self) -> Statistics {
        self.inner().statistics.clone()
    }

    /// The answer to `GET /topology`.
    pub fn topology(&self) -> Topology {
        let inner = self.inner();
        let owns = |address: &String| inner.strips.iter().any(|strip| strip.backend == *address);
        Topology {
            phase: inner.statistics.phase,
            detail: inner.detail.clone(),
            world: inner.order.as_ref().map(|order| order.request.world()),
            strips: inner.strips.clone(),
            spare: inner.registry.seats().into_iter().map(|seat| seat.address).filter(|a| !owns(a)).collect(),
            lost: inner.registry.lost(),
        }
    }

    /// The answer to `GET /health`.
    pub fn health(&self) -> Health {
        let inner = self.inner();
        let lost: Vec<String> = inner.registry.lost().into_iter().map(|lost| lost.backend).collect();
        let degraded = !lost.is_empty() || inner.statistics.phase == Phase::Recovering;
        let missing = if lost.is_empty() { String::new() } else { format!("; lost: {}", lost.join(", ")) };
        Health {
            status: if degraded { "degraded" } else { "ok" }.to_owned(),
            service: "coordinator".to_owned(),
            version: settings::version(env!("CARGO_PKG_VERSION")),
            detail: format!("{}{missing}", inner.detail),
        }
    }
}
