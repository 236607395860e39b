//! Every SQL statement of url-service, checked against the schema when it is compiled.
//!
//! Functions take a connection and return `None` for what is not there. A span is named after the statement.

pub(crate) mod housekeeping;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod redirects;
pub(crate) mod statistics;
pub(crate) mod summaries;
pub(crate) mod visitor_keys;
