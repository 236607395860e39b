//! What the tests of admission are made of: the API server as a caller sees it, the policies as an overlay has them, and
//! the hostile objects.

mod api;
mod attempt;
mod case;
#[cfg(test)]
mod documents;
mod error;
mod mutant;
mod overlay;
mod pod;

pub use api::{Answer, Api, Caller};
pub use attempt::{Attempt, Expected, Verdict, crossing, good_crossing};
pub use case::{Case, Cases, PodCase, RequestCase, load};
pub use error::AdmissionError;
pub use mutant::{Change, Mutant, mutants, validations};
pub use overlay::{Overlay, collection, path};
pub use pod::{Kind, Place, Template, fixture};
