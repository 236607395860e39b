//! Links: what a slug and a target may be, what a link is, and how a redirect finds it.

pub(crate) mod cache;
pub(crate) mod destination;
pub(crate) mod invalidation;
pub(crate) mod link;
pub(crate) mod slug;
pub(crate) mod target;
