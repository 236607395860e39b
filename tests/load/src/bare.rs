//! `bare`: the least that an axum server can do to redirect. What url-service costs is measured against it.
//!
//! One route, one look into a `HashMap`, two headers. No clicks, no metrics, no traces, no time limits.

mod links;

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;

/// A plain axum server that redirects from a map.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; the address is printed once it is bound.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How many links to know.
    #[arg(long, default_value_t = 10_000)]
    links: usize,
}

type Links = Arc<HashMap<String, HeaderValue>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let links = (0..arguments.links)
        .map(|number| Ok((links::slug(number), HeaderValue::try_from(links::target(number))?)))
        .collect::<Result<HashMap<_, _>, header::InvalidHeaderValue>>()?;
    let router = Router::new().route("/{slug}", get(redirect)).with_state(Links::new(links));
    let listener = TcpListener::bind(arguments.listen).await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn redirect(State(links): State<Links>, Path(slug): Path<String>) -> Response {
    let Some(location) = links.get(&slug) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::LOCATION, location.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (StatusCode::FOUND, headers).into_response()
}
