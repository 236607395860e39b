//! url-service: creates short links, redirects, keeps links and statistics, sends clicks to the queue.
//!
//! Three listeners that never share a port: the public one ([`routes`]), the internal one for the worker
//! ([`internal`]), and the admin one ([`runtime::admin`]).

mod app;
mod authentication;
mod clicks;
mod client_address;
mod internal;
mod links;
mod members;
mod middleware;
mod problem;
mod random;
mod routes;
mod settings;
mod store;

use std::process::ExitCode;

fn main() -> ExitCode {
    identity::tls::install_provider();
    runtime::run::<app::UrlService>()
}
