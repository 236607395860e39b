//! What must not be in a log, a span or a metric.

use http::Method;
use http::header::{HeaderName, REFERER};
use serde_json::json;

use crate::context::{Context, TestResult, unique};
use crate::database_role::credentials;

pub(crate) async fn no_secret_target_or_address_is_in_a_log_or_span(context: &Context) -> TestResult {
    let canary = unique("canary");
    let address = "203.0.113.77";
    let link =
        context.create(json!({"url": format!("https://www.example.com/{canary}?token={canary}")})).await;
    let visitor = context.browser().with_header(HeaderName::from_static("x-forwarded-for"), address)?;
    let visitor = visitor.with_header(REFERER, &format!("https://referrer.example.com/{canary}"))?;
    let visitor = visitor.with_header(
        HeaderName::from_static("traceparent"),
        "00-000000000000000000000000000000ff-00000000000000ff-01",
    )?;
    visitor.get(&context.short_url(&link)).await?;
    context.counted(&link, 1).await;
    let forbidden = json!({"url": format!("http://user:{canary}@10.0.0.1/")});
    context.call(Method::POST, "/api/v1/links", &forbidden).await;
    context.stack.http().with_bearer(&format!("zte_{canary}"))?.get(&context.short_url(&link)).await?;

    let platform = context.stack.platform();
    let (_, password) = credentials(context).await;
    let key_secret = context.stack.api_key().splitn(3, '_').nth(2).unwrap();
    let token = std::fs::read_to_string(platform.tokens().path(stack::Workload::UrlService)?)?;
    let signature = token.trim().rsplit('.').next().unwrap();
    let secrets =
        [canary.as_str(), address, &password, key_secret, signature, platform.postgres().migrator_password()];

    let mut texts = vec![("spans", format!("{:?}", platform.collector().spans()))];
    for service in context.stack.url_services().iter().chain([context.stack.worker()]) {
        texts.push(("a log", service.log().text()?));
        texts.push(("metrics", service.metrics().await?));
        let pid = service.process().pid();
        texts.push(("a command line", std::fs::read_to_string(format!("/proc/{pid}/cmdline"))?));
        texts.push(("an environment", std::fs::read_to_string(format!("/proc/{pid}/environ"))?));
    }
    for (place, text) in texts {
        assert!(!text.is_empty());
        for secret in secrets {
            assert!(!text.contains(secret), "{place} holds {secret}");
        }
    }
    Ok(())
}
