//! The backend: owns a strip of the world, computes its ticks when the coordinator says so, and shows its border
//! rows to its neighbours.

mod cli;
mod holding;
mod http;
mod registration;

use std::process::ExitCode;

use anyhow::Context;
use shared::client::Client;
use shared::{health, service};

use crate::cli::Settings;
use crate::http::App;

fn main() -> ExitCode {
    let settings = cli::settings();
    if settings.health {
        return health::ask(&settings.host, settings.port);
    }
    service::run(work(settings))
}

async fn work(settings: Settings) -> anyhow::Result<()> {
    let (listener, address) = service::listen(&settings.host, settings.port).await?;
    let app = App::new(Client::new()?);
    // Never ends by itself: a coordinator that is missing today may be there tomorrow.
    let registration = registration::keep_registered(&app, &settings, address.port());
    tokio::select! {
        result = axum::serve(listener, http::router(app.clone())) => result.context("the HTTP server failed"),
        () = registration => Ok(()),
    }
}
