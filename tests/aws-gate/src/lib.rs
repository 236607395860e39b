//! The verifying front door of the local run: who calls, and may they.

pub mod authorization;
