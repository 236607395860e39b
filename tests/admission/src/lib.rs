//! What the tests of admission are made of: the API server as a caller sees it, the policies as the overlays have them,
//! and the hostile objects.

mod api;
mod error;

pub use api::{Answer, Api, Caller};
pub use error::AdmissionError;
