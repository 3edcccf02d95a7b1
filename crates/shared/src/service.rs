//! The frame in which both services run: logging, the end by a signal, the listening socket, and errors as JSON.

use std::future::Future;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

/// Runs a service until SIGTERM or SIGINT, which is success, or until it fails. Logs go to stderr.
pub fn run(work: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(cause) => {
            error!("cannot start the runtime: {cause}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(until_signal(work));
    // A name lookup that hangs would hold up an ordinary end of the runtime; nothing here needs a farewell.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            error!("{cause:#}");
            ExitCode::FAILURE
        }
    }
}

/// The handlers are set before any work, because process 1 of a container has no default ones.
async fn until_signal(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let name = tokio::select! {
        result = work => return result,
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    info!("ending because of {name}");
    Ok(())
}

/// Opens the listening socket and says in the log, always in the words `listening on <address>`, where it is.
/// Port 0 means any free port.
pub async fn listen(host: &str, port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((host, port)).await.with_context(|| {
        format!("cannot listen on host {host}, port {port}; choose another port or end the process that has it")
    })?;
    let address = listener.local_addr().context("the listening socket has no address")?;
    info!("listening on {address}");
    Ok((listener, address))
}

/// A number that grows from one call to a later one, also over restarts: microseconds since 1970.
pub fn unique_number() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// An error answer; its body is `{"error": "<sentence>"}`.
#[derive(Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// What is wrong and what helps.
    pub message: String,
}

impl Failure {
    /// 400: the request makes no sense.
    pub fn bad_request(error: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: error.to_string() }
    }

    /// 409: the request does not fit the present state.
    pub fn conflict(error: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::CONFLICT, message: error.to_string() }
    }

    /// 502: a peer that is needed for the answer failed.
    pub fn bad_gateway(error: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::BAD_GATEWAY, message: error.to_string() }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = std::collections::BTreeMap::from([("error", self.message)]);
        (self.status, Json(body)).into_response()
    }
}

/// The answer for paths that do not exist.
pub async fn not_found(uri: Uri) -> Failure {
    Failure { status: StatusCode::NOT_FOUND, message: format!("there is nothing at {}", uri.path()) }
}
