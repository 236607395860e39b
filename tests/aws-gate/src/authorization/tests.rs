//! What calls demand.

mod needs;
mod requests;
