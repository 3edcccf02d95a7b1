//! A builder of another driver than the engine's own, on this machine or beyond it. Pure.

/// What buildx calls the driver of the builder that is the engine's own.
pub(crate) const OWN_DRIVER: &str = "docker";

/// A builder of the docker-container, kubernetes or remote driver. It sees no local image and leaves none, so that what it
/// starts from and what it makes is in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FarBuilder {
    pub(crate) name: String,
    pub(crate) driver: String,
}

impl FarBuilder {
    /// `driver` as buildx tells of it; `None` for the builder that is the engine's own.
    pub(crate) fn of(name: &str, driver: String) -> Option<Self> {
        (driver != OWN_DRIVER).then(|| Self { name: name.to_owned(), driver })
    }
}
