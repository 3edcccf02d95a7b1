//! Which container of a colony it is, as compose labels it.

use std::cmp::Ordering;
use std::fmt;

pub(crate) const SERVICE_LABEL: &str = "com.docker.compose.service";
pub(crate) const NUMBER_LABEL: &str = "com.docker.compose.container-number";

/// A service and the number of one of its containers. The coordinator comes first, since the others begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) service: String,
    /// Counts the containers of the service from 1.
    pub(crate) number: u16,
}

impl Instance {
    pub(crate) fn new(service: &str, number: u16) -> Self {
        Self { service: service.to_owned(), number }
    }

    /// `None` for a container without compose's labels.
    pub(crate) fn of_labels<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        Some(Self::new(label(SERVICE_LABEL)?, label(NUMBER_LABEL)?.parse().ok()?))
    }

    fn is_coordinator(&self) -> bool {
        self.service == "coordinator"
    }

    fn rank(&self) -> (bool, &str, u16) {
        (!self.is_coordinator(), &self.service, self.number)
    }
}

impl Ord for Instance {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Instance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// For people; there is one coordinator only.
impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_coordinator() { f.write_str(&self.service) } else { write!(f, "{}-{}", self.service, self.number) }
    }
}
