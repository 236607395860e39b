//! The product, through pods only.

use cluster::until;
use serde_json::Value;

use crate::context::{Context, SOON, TestResult};

/// Makes a link and returns its id and address.
pub(crate) fn link(context: &Context, slug: &str) -> Result<(String, String), Box<dyn std::error::Error>> {
    let authorization = format!("Authorization: Bearer {}", context.api_key());
    let url = format!("{}/api/v1/links", context.address());
    let body = format!(r#"{{"url":"https://www.rust-lang.org/learn","slug":"{slug}"}}"#);
    let arguments =
        ["-X", "POST", &url, "-H", &authorization, "-H", "Content-Type: application/json", "-d", &body];
    let (status, body) = Context::curl(&arguments)?;
    if status != 201 {
        return Err(format!("{status}: {body}").into());
    }
    let link: Value = serde_json::from_str(&body)?;
    Ok((link["id"].as_str().ok_or("no id")?.to_owned(), format!("{}/{slug}", context.address())))
}

/// How many visits a link has had, as its statistics say.
pub(crate) fn visits(context: &Context, id: &str) -> Result<u64, String> {
    let authorization = format!("Authorization: Bearer {}", context.api_key());
    let url = format!("{}/api/v1/links/{id}/stats", context.address());
    let (status, body) = Context::curl(&[&url, "-H", &authorization]).map_err(|error| error.to_string())?;
    let statistics: Value =
        serde_json::from_str(&body).map_err(|error| format!("{status} {error}: {body}"))?;
    statistics["total"].as_u64().ok_or(body)
}

/// Visits a link once.
pub(crate) fn follow(address: &str) -> TestResult {
    let browser = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
    let (status, _) = Context::curl(&["-o", "/dev/null", "-A", browser, address])?;
    if status == 302 { Ok(()) } else { Err(format!("{status} from {address}").into()) }
}

pub(crate) fn a_link_is_made_followed_and_counted_through_pods_only(context: &Context) -> TestResult {
    let (id, address) = link(context, &format!("cluster-{}", std::process::id()))?;
    for _ in 0..5 {
        follow(&address)?;
    }
    until("five counted visits", SOON, || match visits(context, &id)? {
        5 => Ok(()),
        other => Err(format!("{other} visits")),
    })?;
    Ok(())
}
