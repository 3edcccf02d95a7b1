//! Asks the services in a thread of its own, so that a slow answer never holds up the window.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use eframe::egui;
use reqwest::blocking::Client;
use serde::de::DeserializeOwned;
use shared::wire::{Statistics, StripView, Topology};
use shared::world::Row;

/// Time between two rounds of questions.
const INTERVAL: Duration = Duration::from_millis(200);
/// Longest wait for one answer.
const LIMIT: Duration = Duration::from_secs(2);

/// What the last round of questions brought.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Counts the rounds from 1.
    pub number: u64,
    /// The coordinator's answers.
    pub statistics: Option<Statistics>,
    /// The coordinator's answers.
    pub topology: Option<Topology>,
    /// The rows of all backends that answered. While the world ticks, strips may be a tick or two apart.
    pub rows: Vec<Row>,
    /// What went wrong in this round.
    pub problem: Option<String>,
}

/// The thread that asks; it ends with the process.
pub struct Poller(Arc<Mutex<Picture>>);

impl Poller {
    /// Starts the thread, which asks for a repaint after every round.
    pub fn spawn(coordinator: String, context: egui::Context) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().timeout(LIMIT).build().context("cannot set up the HTTP client")?;
        let shared = Arc::new(Mutex::new(Picture::default()));
        let latest = Arc::clone(&shared);
        let poll = move || {
            for number in 1.. {
                let mut picture = Picture { number, ..Picture::default() };
                picture.problem = fill(&mut picture, &client, &coordinator).err().map(|error| format!("{error:#}"));
                *latest.lock().unwrap_or_else(PoisonError::into_inner) = picture;
                context.request_repaint();
                thread::sleep(INTERVAL);
            }
        };
        thread::Builder::new().name("poll".to_owned()).spawn(poll).context("cannot start the polling thread")?;
        Ok(Self(shared))
    }

    /// The newest picture.
    pub fn latest(&self) -> Picture {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn fill(picture: &mut Picture, client: &Client, coordinator: &str) -> anyhow::Result<()> {
    picture.statistics = Some(get(client, coordinator, "/statistics")?);
    let topology: Topology = get(client, coordinator, "/topology")?;
    let strips = topology.strips.clone();
    picture.topology = Some(topology);
    for strip in strips {
        let view: StripView = get(client, &strip.backend, "/strip")?;
        picture.rows.extend(view.strip.rows);
    }
    Ok(())
}

fn get<T: DeserializeOwned>(client: &Client, address: &str, path: &str) -> anyhow::Result<T> {
    let url = format!("http://{address}{path}");
    let response = client.get(&url).send().and_then(reqwest::blocking::Response::error_for_status);
    response.and_then(reqwest::blocking::Response::json).with_context(|| format!("no answer from {url}"))
}
