//! What must not be anywhere that others can read, looked for after everything else has run.

use std::fs;
use std::path::Path;

use http::Method;
use http::header::{HeaderName, REFERER};
use serde_json::{Value, json};
use stack::collector::Span;
use stack::{Service, Workload};

use crate::context::{Context, LIMIT, TestResult, unique};
use crate::database_role::credentials;

/// What every password, target, referrer and key that a test makes up begins with.
pub(crate) const CANARY: &str = "CANARY";
/// A client's address, behind the one proxy that the peaceful stack trusts.
const CLIENT: &str = "203.0.113.77";
/// How the base64 of every JSON object begins, and with it every token.
const TOKEN: &str = "eyJ";

/// Somewhere that a secret could have ended up.
struct Place {
    name: String,
    text: String,
}

/// Uses everything that takes something secret, so that there is something to find.
async fn leave_canaries(context: &Context, canary: &str) -> Vec<Place> {
    let target = format!("https://www.example.com/{canary}?token={canary}");
    let link = context.create(json!({"url": target})).await;
    let trace = "00-000000000000000000000000000000ff-00000000000000ff-01";
    let visitor = context.browser();
    let visitor = [("x-forwarded-for", CLIENT), ("traceparent", trace), ("cookie", canary)]
        .iter()
        .fold(visitor, |visitor, (name, value)| {
            visitor.with_header(HeaderName::from_static(name), value).unwrap()
        });
    let referrer = format!("https://referrer.example.com/{canary}");
    visitor.with_header(REFERER, &referrer).unwrap().get(&context.short_url(&link)).await.unwrap();
    context.counted(&link, 1).await;

    let mut errors = Vec::new();
    for body in [
        json!({"url": format!("http://user:{canary}@10.0.0.1/")}),
        json!({"url": format!("https://{canary}.internal/")}),
        json!({"url": "https://www.example.com/", "slug": format!("-{canary}-")}),
        json!({"url": "https://www.example.com/", "unknown": canary}),
        json!([canary]),
    ] {
        errors.push(context.call(Method::POST, "/api/v1/links", &body).await);
    }
    let public = context.stack.public_url();
    let stranger = context.stack.http().with_bearer(&format!("zte_{canary}")).unwrap();
    for path in [format!("/api/v1/links?cursor={canary}"), format!("/api/v1/{canary}"), format!("/{canary}-")]
    {
        errors.push(stranger.get(&format!("{public}{path}")).await.unwrap());
        errors.push(context.call(Method::GET, &path, &json!({})).await);
    }
    let place = |answer: stack::http_client::Answer| {
        assert!(answer.status.is_client_error(), "{}: {}", answer.url, answer.status);
        Place { name: format!("the error body of {}", answer.url), text: answer.text() }
    };
    errors.into_iter().map(place).collect()
}

/// Every secret of the stack that can be known from outside.
async fn secrets(context: &Context) -> Vec<(&'static str, String)> {
    let platform = context.stack.platform();
    let mut secrets = vec![
        ("what a test made up", CANARY.to_owned()),
        ("a client's address", CLIENT.to_owned()),
        ("a database password", credentials(context).await.1),
        ("the migrator's password", platform.postgres().migrator_password().to_owned()),
        ("an API key", context.stack.api_key().splitn(3, '_').nth(2).unwrap().to_owned()),
        ("a private key", "PRIVATE KEY".to_owned()),
    ];
    for workload in Workload::ALL {
        let token = fs::read_to_string(platform.tokens().path(workload).unwrap()).unwrap();
        secrets.push(("a token's signature", token.trim().rsplit('.').next().unwrap().to_owned()));
    }
    secrets
}

fn files(directory: &Path, found: &mut Vec<Place>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.push(Place { name: path.display().to_string(), text });
        }
    }
}

/// The command lines and environments of all processes of this machine that may be looked at.
fn processes(found: &mut Vec<Place>) {
    for entry in fs::read_dir("/proc").unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_none_or(|name| name.to_string_lossy().parse::<u32>().is_err()) {
            continue;
        }
        for file in ["cmdline", "environ"] {
            // A process may be somebody else's, or end at this moment.
            if let Ok(bytes) = fs::read(path.join(file)) {
                let name = format!("{}", path.join(file).display());
                found.push(Place { name, text: String::from_utf8_lossy(&bytes).into_owned() });
            }
        }
    }
}

/// The memory of a process holds its secrets, so none of it may be written to a file when it fails.
fn leaves_no_core(service: &Service) {
    let limits = fs::read_to_string(format!("/proc/{}/limits", service.process().pid())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let values: Vec<_> = line.split_whitespace().rev().skip(1).take(2).collect();
    assert_eq!(values, ["0", "0"], "{}: {line}", service.name());
}

pub(crate) async fn no_secret_is_left_anywhere(context: &Context) -> TestResult {
    let canary = unique(CANARY);
    let mut places = leave_canaries(context, &canary).await;
    let platform = context.stack.platform();
    let of_the_redirect = |span: &Span| span.name == "GET /{slug}";
    platform.collector().wait_for("of a redirect", LIMIT, of_the_redirect).await?;
    let spans = platform.collector().spans();
    places.push(Place { name: "the spans".to_owned(), text: format!("{spans:?}") });
    for service in context.stack.url_services().iter().chain([context.stack.worker()]) {
        leaves_no_core(service);
        places.push(Place {
            name: format!("the metrics of {}", service.name()),
            text: service.metrics().await?,
        });
        let ready: Value = context.readiness(service).await.json()?;
        places.push(Place { name: format!("the readiness of {}", service.name()), text: ready.to_string() });
    }
    let logs = places.len();
    files(&platform.directory().join("logs"), &mut places);
    for log in ["url-service", "worker", "migrate", "emulator", "postgres"] {
        let name = format!("logs/{log}.log");
        assert!(places[logs..].iter().any(|place| place.name.ends_with(&name)), "no {name}");
    }
    let tokens = places.iter().filter(|place| place.text.contains(TOKEN));
    assert_eq!(tokens.map(|place| &place.name).collect::<Vec<_>>(), [""; 0], "a token");

    processes(&mut places);
    let secrets = secrets(context).await;
    for (what, secret) in &secrets {
        // A short one would be found by chance.
        assert!(secret.len() >= 6, "{what}");
        let found = places.iter().filter(|place| place.text.contains(secret.as_str()));
        assert_eq!(found.map(|place| &place.name).collect::<Vec<_>>(), [""; 0], "{what}");
    }
    println!("secrecy: {} secrets looked for in {} places", secrets.len(), places.len());
    Ok(())
}
