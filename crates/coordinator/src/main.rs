//! The coordinator: knows the backends, cuts the world into strips for them, drives its ticks and answers questions
//! about it.

mod cli;
mod driver;
mod fleet;
mod http;
mod registry;
mod state;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use shared::client::Client;
use shared::{health, service};

use crate::cli::Settings;
use crate::state::State;

fn main() -> ExitCode {
    let settings = cli::settings();
    if settings.health {
        return health::ask(&settings.host, settings.port);
    }
    service::run(work(settings))
}

async fn work(settings: Settings) -> anyhow::Result<()> {
    let (listener, _) = service::listen(&settings.host, settings.port).await?;
    let state = Arc::new(State::new(Client::new()?));
    if let Some(request) = settings.start {
        state.start(request)?;
    }
    // The peer address is what a backend without a definite host of its own is known by.
    let app = http::router(Arc::clone(&state)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        result = axum::serve(listener, app) => result.context("the HTTP server failed"),
        () = driver::drive(&state) => Ok(()),
    }
}
