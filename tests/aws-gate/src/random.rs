//! Randomness, as a parameter.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _};

/// The letters and digits of AWS's identifiers (RFC 4648 §6).
const BASE32: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A random source that requests share.
#[derive(Debug)]
pub(crate) struct Random(Mutex<StdRng>);

impl Random {
    pub(crate) fn new(rng: StdRng) -> Self {
        Self(Mutex::new(rng))
    }

    /// A request identifier (UUID version 4).
    pub(crate) fn request_id(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// `N` random bytes in base64.
    pub(crate) fn base64<const N: usize>(&self) -> String {
        STANDARD.encode(self.bytes::<N>())
    }

    /// A unique identifier: `prefix` and 16 letters and digits, 80 bits.
    pub(crate) fn identifier(&self, prefix: &str) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let letters = (0..16).filter_map(|_| BASE32.get(rng.random_range(0..BASE32.len())));
        prefix.chars().chain(letters.map(|letter| char::from(*letter))).collect()
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}
