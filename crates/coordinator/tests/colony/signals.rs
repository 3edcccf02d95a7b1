//! Both services end quickly and successfully when they are told to, also in the middle of work.

use std::time::Duration;

use shared::wire::StartRequest;

use crate::processes::{Colony, Service};

fn ends_well(mut service: Service, signal: &str) {
    service.signal(signal);
    let (status, after) = service.wait();
    assert_eq!(status.code(), Some(0), "{status} after {signal}");
    assert!(after < Duration::from_secs(1), "{after:?} after {signal}");
}

#[tokio::test]
async fn a_signal_ends_the_services_while_the_world_runs() {
    for signal in ["TERM", "INT"] {
        let mut colony = Colony::of(2);
        colony.begin(&StartRequest { backends: 2, tick_interval_ms: 1, ..StartRequest::default() }).await;
        colony.until("a running world", |now| now.tick >= 5).await;
        ends_well(colony.backends.remove(0), signal);
        ends_well(colony.coordinator, signal);
        ends_well(colony.backends.remove(0), signal);
    }
}

#[test]
fn a_signal_ends_a_backend_that_has_never_found_its_coordinator() {
    let mut backend = Service::backend("0", "127.0.0.1:1");
    backend.expect_log("trying again");
    ends_well(backend, "TERM");
}
