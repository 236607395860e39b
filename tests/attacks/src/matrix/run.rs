//! Sends the calls, many at once over connections that stay open.

use axum::body::{Body, Bytes};
use futures::{StreamExt as _, stream};
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use runtime::{Clock as _, SystemClock};
use stack::names::REGION;

use super::target::{Relation, Target};
use super::{Cell, call};
use crate::scene::Scene;
use crate::sigv4::Draft;
use crate::wire::{self, Answer};

/// How many calls are under way.
const AT_ONCE: usize = 32;

/// The answers that come through a door of the gate, in the order of the cells.
pub(super) async fn all(scene: &Scene, door: &str, cells: &[Cell]) -> Vec<Answer> {
    let door = scene.platform.door(door).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let sent = cells.iter().map(|cell| send(&client, request(scene, &door, cell)));
    stream::iter(sent).buffered(AT_ONCE).collect().await
}

/// Asks once, through a door: the named resource of the trust map, or the account as a whole.
pub(crate) async fn ask(
    scene: &Scene,
    workload: &str,
    (service, action): (&'static str, &'static str),
    on: Option<(&'static str, &str)>,
    door: &str,
) -> Answer {
    let (kind, name) = on.unzip();
    let arn = name.map_or("*".to_owned(), |name| scene.arns[name].clone());
    let target = Target {
        relation: Relation::Own,
        kind: kind.unwrap_or_default(),
        arn,
        name: name.map(str::to_owned),
    };
    let asking = scene.map.workload(workload).expect("a workload of the map");
    let call = call::build(scene, asking, service, action, &target).expect("a call asks for it");
    let door = scene.platform.door(door).expect("a door of the platform");
    let asked = Cell { workload: workload.to_owned(), service, action, target, call, allowed: false };
    wire::send(request(scene, &door, &asked)).await
}

fn request(scene: &Scene, door: &str, cell: &Cell) -> Request<Bytes> {
    let draft = Draft {
        method: cell.call.method.clone(),
        url: format!("{door}{}", cell.call.path),
        headers: cell.call.headers.clone(),
        body: Bytes::from(cell.call.body.clone()),
        // AWS: IAM has one region.
        region: if cell.service == "iam" { "us-east-1" } else { REGION },
        service: cell.service,
        credentials: scene.sessions[&cell.workload].clone(),
        with_token: true,
        at: SystemClock.since_epoch().as_secs(),
        unsigned: Vec::new(),
        checksum: cell.service == "s3",
        presigned: None,
    };
    if cell.call.unsigned { draft.request() } else { draft.sign() }
}

async fn send(client: &Client<HttpConnector, Body>, request: Request<Bytes>) -> Answer {
    let answer = client.request(request.map(Body::from)).await.expect("the gate answers");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("the answer is whole").to_bytes();
    let body = String::from_utf8(body.to_vec()).expect("the answer is text");
    Answer { status: parts.status, headers: parts.headers, body }
}
