//! `--health`: a service asks another process of its own kind whether it is well. The image has neither a shell nor an
//! HTTP client, so a health check inside a container has nothing else to call.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::client::Client;
use crate::settings;
use crate::wire::Health;

/// A service on the same machine that takes longer is not well.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Asks the service that listens there. Success when it answers, and one line on stdout says how it is; else failure, and
/// one line on stderr says why. A service that is degraded answers, and starting it again would mend nothing.
pub fn ask(host: &str, port: u16) -> ExitCode {
    match answer(host, port) {
        Ok(Health { status, detail, .. }) => {
            println!("{status}: {detail}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn answer(host: &str, port: u16) -> anyhow::Result<Health> {
    ensure!(
        port != 0,
        "port 0 is any free port, so nobody knows whom to ask; give the port that the service listens on"
    );
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    let client = Client::new()?;
    Ok(runtime.block_on(client.get(&settings::address(&reachable(host), port), "/health", &(), ANSWER_LIMIT))?)
}

/// Who listens on every interface is asked on the loopback one.
fn reachable(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
        _ => host.to_owned(),
    }
}
