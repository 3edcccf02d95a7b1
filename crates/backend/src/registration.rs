//! Keeps the backend known to its coordinator: registers, and registers again every second as a sign of life, so that
//! a coordinator that was restarted learns of it too.

use std::time::Duration;

use shared::client::CallError;
use shared::service::unique_number;
use shared::wire::{Registered, Registration};
use tracing::{info, warn};

use crate::cli::Settings;
use crate::http::{App, lock};

/// Time between two signs of life; the coordinator misses a backend after five of them.
const HEARTBEAT: Duration = Duration::from_secs(1);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(4);

/// Registers for as long as it is polled. Failures are logged and tried again, each time after twice the time.
pub async fn keep_registered(app: &App, settings: &Settings, port: u16) {
    let registration = Registration { host: settings.host.clone(), port, instance: unique_number() };
    let coordinator = settings.coordinator.as_str();
    let mut retry = FIRST_RETRY;
    let mut in_contact = false;
    loop {
        let answer: Result<Registered, CallError> =
            app.client.post(coordinator, "/register", &registration, ANSWER_LIMIT).await;
        let pause = match answer {
            Ok(Registered { address, new }) => {
                let contact = format!("registered with coordinator {coordinator} as {address}");
                if new || !in_contact {
                    info!("{contact}");
                }
                *lock(&app.contact) = Ok(contact);
                in_contact = true;
                retry = FIRST_RETRY;
                HEARTBEAT
            }
            Err(error) => {
                warn!("cannot register with coordinator {coordinator}, trying again in {retry:?}: {error}");
                *lock(&app.contact) = Err(format!("cannot register with coordinator {coordinator}: {error}"));
                in_contact = false;
                let pause = retry;
                retry = (retry * 2).min(LAST_RETRY);
                pause
            }
        };
        tokio::time::sleep(pause).await;
    }
}
