//! Randomness and identifiers.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::{StdRng, SysError, SysRng};
use rand::{Rng as _, SeedableRng as _};
use runtime::Clock;
use uuid::Uuid;

/// The process's random source: cryptographic, seeded by the operating system.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<StdRng>>,
}

impl Random {
    /// Seeds the source from the operating system.
    pub(crate) fn from_system(clock: Arc<dyn Clock>) -> Result<Self, SysError> {
        Ok(Self { clock, rng: Arc::new(Mutex::new(StdRng::try_from_rng(&mut SysRng)?)) })
    }

    /// Draws with the source.
    pub(crate) fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A new identifier that sorts by time (UUID version 7, RFC 9562).
    pub(crate) fn id(&self) -> Uuid {
        let milliseconds = u64::try_from(self.clock.since_epoch().as_millis()).unwrap_or(u64::MAX);
        let mut random = [0; 10];
        self.with(|rng| rng.fill_bytes(&mut random));
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }
}
