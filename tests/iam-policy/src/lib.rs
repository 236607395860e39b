//! IAM policies as AWS documents them: strict documents, their evaluation, and their templates.
//!
//! What is not known is refused and named: an element, an operator, a version, a variable. A policy that this
//! crate accepts is one whose every word it evaluates.

mod catalogue;
mod condition;
mod context;
mod decision;
mod document;
mod evaluation;
mod request;
mod template;
mod text;
mod unique_members;
mod wildcard;

pub use catalogue::{Catalogue, ResourceType};
pub use context::Context;
pub use decision::{Decision, Layer, Reason};
pub use document::{Document, Kind, PolicyError};
pub use evaluation::{Policies, evaluate};
pub use request::{Principal, Request};
pub use template::{RenderError, Value, render};
pub use unique_members::UniqueMembers;
