//! The same world comes out whoever computes it.

use shared::wire::{Phase, StartRequest, Statistics};

use crate::processes::{Colony, Service, command};

#[tokio::test]
async fn one_two_and_three_backends_compute_the_same_world() {
    for backends in 1..=3 {
        let colony = Colony::of(backends);
        let request =
            StartRequest { seed: 5, width: 40, height: 31, backends, tick_limit: Some(80), tick_interval_ms: 0 };
        colony.begin(&request).await;
        let topology = colony.finish(&request).await;
        assert_eq!(topology.strips.len(), backends, "{topology:?}");
        assert_eq!(topology.strips.iter().map(|strip| strip.rows).sum::<usize>(), 31);
    }
}

#[tokio::test]
async fn a_backend_that_comes_while_the_world_runs_gets_a_part_of_it() {
    let mut colony = Colony::of(1);
    let request = StartRequest { width: 40, tick_limit: Some(200), tick_interval_ms: 10, ..StartRequest::default() };
    colony.begin(&request).await;
    colony.until("a running world", |now| now.tick >= 20).await;
    colony.backends.push(Service::backend("0", &colony.coordinator.address));
    let topology = colony.finish(&request).await;
    assert_eq!(topology.strips.len(), 2, "{topology:?}");
}

#[tokio::test]
async fn a_second_start_begins_another_world() {
    let colony = Colony::of(1);
    colony.begin(&StartRequest { seed: 2, tick_interval_ms: 10, ..StartRequest::default() }).await;
    colony.until("a running world", |now| now.tick >= 5).await;
    let request = StartRequest { seed: 3, tick_limit: Some(10), tick_interval_ms: 0, ..StartRequest::default() };
    colony.begin(&request).await;
    colony.finish(&request).await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_a_reason() {
    let colony = Colony::of(0);
    for (body, named) in
        [(r#"{"speed": 3}"#, "speed"), (r#"{"width": 2}"#, "width is 2"), (r#"{"backends": 0}"#, "backends")]
    {
        let body: serde_json::Value = serde_json::from_str(body).expect("the test writes JSON");
        let error = colony.try_begin(&body).await.expect_err(named).to_string();
        assert!(error.contains("400") && error.contains(named), "{error}");
    }
    let statistics: Statistics = colony.ask("/statistics").await;
    assert_eq!(statistics.phase, Phase::Idle);
}

#[tokio::test]
async fn backends_beyond_the_rows_of_the_world_are_spare() {
    let mut colony = Colony::of(3);
    for backend in &mut colony.backends {
        backend.expect_log("registered with coordinator");
    }
    let request =
        StartRequest { seed: 4, width: 8, height: 8, backends: 2, tick_limit: Some(30), tick_interval_ms: 10 };
    colony.begin(&request).await;
    let topology = colony.finish(&request).await;
    assert_eq!((topology.strips.len(), topology.spare.len()), (2, 1), "{topology:?}");
}

#[tokio::test]
async fn the_world_starts_by_itself_when_told_to_on_the_command_line() {
    let mut colony = Colony::of(0);
    colony.coordinator = Service::start(command("coordinator").args(["local", "--port", "0", "--start-with", "2"]));
    colony.backends.push(Service::backend("0", &colony.coordinator.address));
    colony.coordinator.expect_log("waiting for 2 backends, of which 1 are registered");
    colony.backends.push(Service::backend("0", &colony.coordinator.address));
    colony.until("a running world", |now| now.tick >= 3 && now.backends == 2).await;
}
