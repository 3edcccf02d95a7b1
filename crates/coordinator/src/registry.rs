//! Which backends there are. They are kept in the order of their addresses, so that the same backends always get the
//! same strips.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use shared::wire::LostBackend;
use tracing::{info, warn};

/// Silence after which a backend counts as lost: five heartbeats.
pub const SILENCE: Duration = Duration::from_secs(5);

/// A backend process: two seats differ when a backend was restarted on its old address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// `host:port`.
    pub address: String,
    /// The number that the process gave itself.
    pub instance: u64,
}

#[derive(Debug)]
struct Member {
    instance: u64,
    last_seen: Instant,
}

/// The backends that are there and those that are gone.
#[derive(Debug, Default)]
pub struct Registry {
    members: BTreeMap<String, Member>,
    lost: BTreeMap<String, String>,
}

impl Registry {
    /// Notes a sign of life and says whether this process was unknown.
    pub fn register(&mut self, seat: Seat, now: Instant) -> bool {
        let Seat { address, instance } = seat;
        let member = Member { instance, last_seen: now };
        let new = match self.members.insert(address.clone(), member) {
            Some(before) if before.instance == instance => false,
            Some(_) => {
                warn!("backend {address} was restarted");
                true
            }
            None => {
                info!("backend {address} registered");
                true
            }
        };
        self.lost.remove(&address);
        new
    }

    /// Strikes off a backend that failed. It may come back by registering.
    pub fn lose(&mut self, address: &str, reason: &str) {
        if self.members.remove(address).is_some() {
            warn!("lost backend {address}: {reason}");
            self.lost.insert(address.to_owned(), reason.to_owned());
        }
    }

    /// Strikes off every backend that was silent for too long.
    pub fn expire(&mut self, now: Instant) {
        let silent = |member: &Member| now.duration_since(member.last_seen) > SILENCE;
        let gone: Vec<String> =
            self.members.iter().filter(|(_, member)| silent(member)).map(|(address, _)| address.clone()).collect();
        for address in gone {
            self.lose(&address, &format!("no sign of life for {} s", SILENCE.as_secs()));
        }
    }

    /// The backends that are there, in the order of their addresses.
    pub fn seats(&self) -> Vec<Seat> {
        self.members
            .iter()
            .map(|(address, member)| Seat { address: address.clone(), instance: member.instance })
            .collect()
    }

    /// The backends that are gone.
    pub fn lost(&self) -> Vec<LostBackend> {
        self.lost
            .iter()
            .map(|(backend, reason)| LostBackend { backend: backend.clone(), reason: reason.clone() })
            .collect()
    }

    /// Forgets the backends that are gone; a new world does not miss them.
    pub fn forget_lost(&mut self) {
        self.lost.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(address: &str, instance: u64) -> Seat {
        Seat { address: address.to_owned(), instance }
    }

    #[test]
    fn a_heartbeat_is_not_a_new_backend_but_a_restart_is() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        assert!(registry.register(seat("a:1", 1), now));
        assert!(!registry.register(seat("a:1", 1), now));
        assert!(registry.register(seat("a:1", 2), now));
        assert_eq!(registry.seats(), [seat("a:1", 2)]);
    }

    #[test]
    fn a_silent_backend_is_lost_until_it_comes_back() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        registry.register(seat("a:1", 1), now);
        registry.expire(now + SILENCE);
        assert_eq!(registry.seats().len(), 1);
        let later = now + SILENCE + Duration::from_millis(1);
        registry.expire(later);
        assert!(registry.seats().is_empty());
        assert_eq!(registry.lost().len(), 1);
        assert!(registry.register(seat("a:1", 1), later));
        assert!(registry.lost().is_empty());
    }
}
