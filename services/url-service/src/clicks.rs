//! The way of a click from the redirect to the queue.
//!
//! [`recorder`] takes it on the request path and never waits. [`publisher`] sends full batches to SQS.
//! [`spool`] keeps on disk what cannot be sent, [`redelivery`] tries it again. [`visitor`] turns a client's address into a number that means
//! nothing elsewhere, before the click leaves the request.

pub(crate) mod publisher;
pub(crate) mod recorder;
pub(crate) mod redelivery;
pub(crate) mod spool;
pub(crate) mod visitor;
