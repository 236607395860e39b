//! PostgreSQL: how to reach it, and which schema this code was written for.
//!
//! - [`settings`]: where the database is, and that the connection is verified.
//! - [`pool`]: connections whose credentials follow the secret's rotation.
//! - [`schema`]: the migrations, and the check that the database has exactly those.

pub mod pool;
pub mod schema;
pub mod settings;

pub use pool::Database;
pub use settings::Settings;
