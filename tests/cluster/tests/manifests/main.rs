//! The manifests, without a cluster: that they render, what they say of pods, networks and identities, and that the
//! trust map says the same.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

mod identities;
mod network;
mod pods;
mod render;
mod values;
