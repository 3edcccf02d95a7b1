//! Losses are noticed, and the world goes on as if nothing had happened.

use std::net::TcpListener;

use shared::wire::{Health, Phase, StartRequest, Topology};

use crate::processes::{Colony, Service, command};

/// Long enough to do something to it, and not a multiple of the distance of checkpoints.
fn request(backends: usize) -> StartRequest {
    StartRequest {
        width: 40,
        height: 32,
        backends,
        tick_limit: Some(170),
        tick_interval_ms: 10,
        ..StartRequest::default()
    }
}

#[tokio::test]
async fn the_world_survives_the_death_of_a_backend() {
    let mut colony = Colony::of(3);
    colony.begin(&request(3)).await;
    colony.until("a checkpoint", |now| now.tick >= 70).await;
    let dead = colony.backends.remove(1).address.clone();
    let topology = colony.finish(&request(3)).await;
    assert_eq!(topology.strips.len(), 2);
    assert_eq!(topology.lost.first().map(|lost| lost.backend.clone()), Some(dead.clone()));
    let health: Health = colony.ask("/health").await;
    assert_eq!(health.status, "degraded");
    assert!(health.detail.contains(&dead), "{health:?}");
    colony.coordinator.expect_log(&format!("lost backend {dead}"));
}

#[tokio::test]
async fn a_backend_that_hangs_is_struck_off() {
    let colony = Colony::of(2);
    colony.begin(&request(2)).await;
    colony.until("a running world", |now| now.tick >= 5).await;
    colony.backends[0].signal("STOP");
    let topology = colony.finish(&request(2)).await;
    assert_eq!(topology.lost.len(), 1, "{topology:?}");
    assert_eq!(topology.strips[0].backend, colony.backends[1].address);
}

#[tokio::test]
async fn a_world_without_backends_waits_for_one_to_come_back() {
    let mut colony = Colony::of(1);
    colony.begin(&request(1)).await;
    colony.until("a running world", |now| now.tick >= 60).await;
    let port = colony.backends.remove(0).port().to_owned();
    colony.until("a world that waits", |now| now.phase == Phase::Waiting).await;
    colony.backends.push(Service::backend(&port, &colony.coordinator.address));
    let topology = colony.finish(&request(1)).await;
    assert!(topology.lost.is_empty(), "{topology:?}");
}

#[tokio::test]
async fn a_backend_looks_for_its_coordinator_until_it_finds_it_and_again_after_a_restart() {
    // The port is free at present, and nobody else asks for this very number in the moment until it is used.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port is free").port();
    let mut backend = Service::backend("0", &format!("127.0.0.1:{port}"));
    backend.expect_log("trying again");
    let coordinator = Service::coordinator(&port.to_string());
    backend.expect_log("registered with coordinator");
    drop(coordinator);
    backend.expect_log("trying again");
    let mut coordinator = Service::coordinator(&port.to_string());
    backend.expect_log("registered with coordinator");
    coordinator.expect_log(&format!("backend {} registered", backend.address));
}

#[tokio::test]
async fn an_unspecified_host_is_replaced_by_the_address_of_the_caller() {
    let colony = Colony::of(0);
    let mut backend = Service::start(command("backend").args([
        "0.0.0.0",
        "0",
        "local",
        "--coordinator-port",
        colony.coordinator.port(),
    ]));
    backend.expect_log("registered with coordinator");
    let topology: Topology = colony.ask("/topology").await;
    assert_eq!(topology.spare, [format!("127.0.0.1:{}", backend.port())]);
}
