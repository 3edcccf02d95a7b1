//! The HTTP client of the services: JSON both ways, always with a time limit, and errors that tell a dead peer from
//! one that answers with a refusal.

use std::fmt;
use std::time::Duration;

use anyhow::Context;
use reqwest::RequestBuilder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a call brought no result.
#[derive(Debug)]
pub enum CallError {
    /// No answer: connection refused or broken, unknown host, or time over.
    Unreachable(String),
    /// An answer that is an error or cannot be understood.
    Refused(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) | Self::Refused(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for CallError {}

/// A cheap handle; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    /// Fails only when the process lacks the means for any client.
    pub fn new() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            // The services reach each other directly; a proxy of the environment could not reach them.
            .no_proxy()
            .connect_timeout(Duration::from_secs(1))
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(Self(client))
    }

    /// `GET http://{address}{path}?{query}`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        address: &str,
        path: &str,
        query: &impl Serialize,
        limit: Duration,
    ) -> Result<T, CallError> {
        let url = format!("http://{address}{path}");
        send(self.0.get(&url).query(query), &url, limit).await
    }

    /// `POST http://{address}{path}` with a JSON body.
    pub async fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        path: &str,
        body: &impl Serialize,
        limit: Duration,
    ) -> Result<T, CallError> {
        let url = format!("http://{address}{path}");
        send(self.0.post(&url).json(body), &url, limit).await
    }
}

async fn send<T: DeserializeOwned>(request: RequestBuilder, url: &str, limit: Duration) -> Result<T, CallError> {
    let unreachable = |error: reqwest::Error| {
        // The error itself names the URL but not the cause; the URL is said once and the whole chain of causes after it.
        CallError::Unreachable(format!("{url}: {:#}", anyhow::Error::new(error.without_url())))
    };
    let response = request.timeout(limit).send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        let text = response.text().await.map_err(unreachable)?;
        return Err(CallError::Refused(format!("{url} answers {status}: {text}")));
    }
    response.json().await.map_err(|error| {
        if error.is_decode() {
            CallError::Refused(format!("{url} answers something else than expected: {error}"))
        } else {
            unreachable(error)
        }
    })
}
