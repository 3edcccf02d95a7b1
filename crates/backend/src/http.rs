//! The HTTP interface of the backend.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use shared::client::{CallError, Client};
use shared::service::{Failure, not_found};
use shared::settings;
use shared::step::step;
use shared::wire::{Assignment, BorderQuery, Health, StripReport, StripView, TickOrder};
use shared::world::{Edge, Row};
use tracing::info;

use crate::holding::Holding;

/// A border is a few kilobytes from a neighbour that has it at hand. Shorter than the coordinator's limit for a whole
/// tick, so that a backend can still say which neighbour failed.
const BORDER_LIMIT: Duration = Duration::from_secs(2);

/// The largest world has a million cells of at most six characters each.
const BODY_LIMIT: usize = 16 << 20;

/// What all requests share.
#[derive(Clone)]
pub struct App {
    /// For calls to neighbours and to the coordinator.
    pub client: Client,
    /// How the last registration went: as whom, or why not, in words for people.
    pub contact: Arc<Mutex<Result<String, String>>>,
    holding: Arc<Mutex<Option<Holding>>>,
}

impl App {
    /// A backend that owns nothing yet.
    pub fn new(client: Client) -> Self {
        let contact = Arc::new(Mutex::new(Err("not registered yet".to_owned())));
        Self { client, contact, holding: Arc::default() }
    }

    fn holding(&self) -> MutexGuard<'_, Option<Holding>> {
        lock(&self.holding)
    }
}

/// Locks even after a panic elsewhere: every change under these locks is a single assignment.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All paths of the backend.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/assign", post(assign))
        .route("/tick", post(tick))
        .route("/border", get(border))
        .route("/strip", get(strip))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(app)
}

async fn health(State(app): State<App>) -> Json<Health> {
    let owned = app.holding().as_ref().map_or_else(|| "no rows".to_owned(), Holding::describe);
    let (status, contact) = match lock(&app.contact).clone() {
        Ok(contact) => ("ok", contact),
        Err(problem) => ("degraded", problem),
    };
    Json(Health {
        status: status.to_owned(),
        service: "backend".to_owned(),
        version: settings::version(env!("CARGO_PKG_VERSION")),
        detail: format!("owns {owned}; {contact}"),
    })
}

async fn assign(State(app): State<App>, Json(assignment): Json<Assignment>) -> Result<Json<StripReport>, Failure> {
    let holding = Holding::new(assignment).map_err(Failure::bad_request)?;
    let report = StripReport::of(&holding.strip.rows);
    info!("owning {}", holding.describe());
    *app.holding() = Some(holding);
    Ok(Json(report))
}

async fn tick(State(app): State<App>, Json(order): Json<TickOrder>) -> Result<Json<StripReport>, Failure> {
    // A copy, which is cheap, since the lock must not be held while the neighbours answer.
    let holding = app.holding().clone().ok_or_else(owns_nothing)?;
    holding.check(order).map_err(Failure::conflict)?;
    let (above, below) = tokio::try_join!(
        fetch_border(&app.client, &holding.above, order, Edge::Bottom),
        fetch_border(&app.client, &holding.below, order, Edge::Top),
    )
    .map_err(Failure::bad_gateway)?;
    let next = step(&holding.world, order.tick, &holding.strip, &above, &below).map_err(Failure::bad_gateway)?;
    let mut present = app.holding();
    let report = present.as_mut().ok_or_else(owns_nothing)?.advance(order, next);
    Ok(Json(report.map_err(Failure::conflict)?))
}

async fn fetch_border(client: &Client, neighbour: &str, order: TickOrder, edge: Edge) -> Result<Vec<Row>, CallError> {
    let query = BorderQuery { epoch: order.epoch, tick: order.tick, edge };
    client.get(neighbour, "/border", &query, BORDER_LIMIT).await
}

async fn border(State(app): State<App>, Query(query): Query<BorderQuery>) -> Result<Json<Vec<Row>>, Failure> {
    let holding = app.holding();
    let border = holding.as_ref().ok_or_else(owns_nothing)?.border(query);
    Ok(Json(border.map_err(Failure::conflict)?))
}

async fn strip(State(app): State<App>) -> Result<Json<StripView>, Failure> {
    let holding = app.holding();
    Ok(Json(holding.as_ref().ok_or_else(owns_nothing)?.view()))
}

fn owns_nothing() -> Failure {
    Failure::conflict("this backend owns no rows; the coordinator gives it some when a world starts")
}
