//! The HTTP interface of the coordinator.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use shared::service::{Failure, not_found};
use shared::settings;
use shared::wire::{Health, Registered, Registration, StartRequest, Statistics, Topology};

use crate::registry::Seat;
use crate::state::State;

/// All paths of the coordinator.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/topology", get(topology))
        .route("/statistics", get(statistics))
        .route("/start", post(start))
        .route("/register", post(register))
        .fallback(not_found)
        .with_state(state)
}

async fn health(Shared(state): Shared<Arc<State>>) -> Json<Health> {
    Json(state.health())
}

async fn topology(Shared(state): Shared<Arc<State>>) -> Json<Topology> {
    Json(state.topology())
}

async fn statistics(Shared(state): Shared<Arc<State>>) -> Json<Statistics> {
    Json(state.statistics())
}

/// Reads the body itself, so that `curl -X POST` without body and content type is enough.
async fn start(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<(StatusCode, Json<Statistics>), Failure> {
    let request = if body.is_empty() {
        StartRequest::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Failure::bad_request(format!("the body is not a start request: {error}")))?
    };
    let statistics = state.start(request).map_err(Failure::bad_request)?;
    Ok((StatusCode::ACCEPTED, Json(statistics)))
}

async fn register(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(registration): Json<Registration>,
) -> Json<Registered> {
    let unspecified = registration.host.parse().is_ok_and(|ip: IpAddr| ip.is_unspecified());
    let host = if unspecified { peer.ip().to_canonical().to_string() } else { registration.host };
    let address = settings::address(&host, registration.port);
    let new = state.register(Seat { address: address.clone(), instance: registration.instance });
    Json(Registered { address, new })
}
