//! What identity rests on goes away and comes back: served on until it truly ends, said so, recovered alone.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use stack::faults::{Faults, Passage};
use stack::{Changes, HttpClient, Service, Workload, mutual_tls, svid::Leaf};
use time::OffsetDateTime;

use crate::context::{Context, LIMIT, TestResult, eventually, sample};

fn faults(context: &Context) -> &Faults {
    context.stack.platform().faults().expect("this stack can take parts of AWS away")
}

async fn gauge(service: &Service, name: &str) -> f64 {
    sample(&service.metrics().await.unwrap(), name, "")
}

pub(crate) async fn without_sts_credentials_serve_until_they_expire(context: &Context) -> TestResult {
    let (service, worker, sts) = (context.url_service(), context.stack.worker(), faults(context).sts());
    let link = context.create(json!({})).await;
    sts.set(Passage::Refused);
    for process in [service, worker] {
        context.check_says(process, "aws_credentials", "renewal fails; valid for another").await;
        assert!(context.readiness(process).await.status.is_success(), "the credentials are still good");
        let unreachable = sample(&process.metrics().await?, "aws_credentials_failures_total", "unreachable");
        assert!(unreachable >= 1.0, "the failure is not counted by its reason");
    }
    for _ in 0..5 {
        assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    }

    for process in [service, worker] {
        context.check_says(process, "aws_credentials", "renewal fails; expired").await;
        assert!(gauge(process, "aws_credentials_remaining_seconds").await <= 0.0);
    }
    worker.wait_for_readiness(false, LIMIT).await?;
    for _ in 0..5 {
        assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    }
    context.check_says(service, "click_queue", "kept on disk").await;
    assert!(context.readiness(service).await.status.is_success(), "redirects need no role");

    sts.set(Passage::Open);
    for process in [service, worker] {
        context.check_says(process, "aws_credentials", "up").await;
        process.wait_ready().await?;
    }
    context.counted(&link, 10).await;
    Ok(())
}

pub(crate) async fn without_secrets_manager_the_known_login_goes_on(context: &Context) -> TestResult {
    let (service, secrets_manager) = (context.url_service(), faults(context).secrets_manager());
    service.restart_with(&Changes::none().set("DATABASE_SECRET_REFRESH_SECONDS", "1")).await?;
    context.listening().await;
    secrets_manager.set(Passage::Refused);
    context.check_says(service, "database_secret", "cannot be read; the known credentials go on").await;
    assert!(gauge(service, "database_credentials_read_failures_total").await >= 1.0);
    let read_at = gauge(service, "database_credentials_read_timestamp_seconds").await;
    for _ in 0..5 {
        let link = context.create(json!({})).await;
        assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    }
    assert!(context.readiness(service).await.status.is_success());

    secrets_manager.set(Passage::Open);
    context.check_says(service, "database_secret", "up").await;
    assert!(gauge(service, "database_credentials_read_timestamp_seconds").await > read_at);
    service.restart().await?;
    context.listening().await;
    Ok(())
}

/// url-service's agent is gone, the worker's is there and renews nothing: both end in the same way.
pub(crate) async fn without_the_workload_api_identity_ends_with_the_svid(context: &Context) -> TestResult {
    let (service, worker) = (context.url_service(), context.stack.worker());
    let (link, api) = (context.create(json!({})).await, context.stack.platform().workload_api());
    api.go_away(Workload::UrlService)?;
    api.stop_renewing(Workload::Worker)?;
    context.visit(&link).await;
    context.counted(&link, 1).await;
    for process in [service, worker] {
        context.check_says(process, "svid", "the SVID has expired").await;
        process.wait_for_readiness(false, Duration::from_secs(1)).await?;
        assert!(gauge(process, "spiffe_svid_remaining_seconds").await <= 0.0);
    }

    // Fail closed, on both sides, for their own sake and whatever the other side would think of it.
    let leaf = Leaf::svid(Workload::Worker.spiffe_id(), time::Duration::minutes(10));
    let config = mutual_tls::client_config(&api.bundle(), Some(&api.issue(&leaf)?))?;
    let refused = HttpClient::with_tls(config).get(&format!("{}/x", service.internal_url())).await;
    refused.expect_err("url-service speaks without an identity");
    assert_eq!(context.visit(&link).await.status, StatusCode::FOUND, "redirects need no identity");
    for process in [service, worker] {
        eventually(&format!("a refusal for want of an SVID at {}", process.name()), async || {
            let metrics = process.metrics().await.unwrap();
            let label = "reason=\"no_svid_of_our_own\"";
            (sample(&metrics, "spiffe_handshakes_refused_total", label) >= 1.0).then_some(())
        })
        .await;
        assert!(process.log().text()?.contains("no_svid_of_our_own"), "{} does not say why", process.name());
    }

    for workload in [Workload::UrlService, Workload::Worker] {
        api.rotate_svid(workload)?;
    }
    for process in [service, worker] {
        process.wait_ready().await?;
        assert!(gauge(process, "spiffe_svid_remaining_seconds").await > 0.0);
    }
    context.counted(&link, 2).await;
    Ok(())
}

/// As when the cluster's issuer is away: the kubelet has nothing to put into the file.
pub(crate) async fn a_token_that_nobody_renews_is_named(context: &Context) -> TestResult {
    let tokens = context.stack.platform().tokens();
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for process in [context.url_service(), context.stack.worker()] {
        context.check_says(process, "projected_token", "up").await;
        tokens.replace(process.workload(), &json!({"iat": now - 3_600, "exp": now - 5}))?;
        context.check_says(process, "projected_token", "expired").await;
        assert!(gauge(process, "projected_token_remaining_seconds").await <= -5.0);
        assert!(gauge(process, "projected_token_age_seconds").await >= 3_600.0);
        assert!(context.readiness(process).await.status.is_success(), "the session is still good");
        tokens.rotate(process.workload())?;
        context.check_says(process, "projected_token", "up").await;
        assert!(gauge(process, "projected_token_remaining_seconds").await > 0.0);
    }
    Ok(())
}

/// As when an operator ends a role's sessions because one of them was stolen.
pub(crate) async fn a_revoked_session_is_replaced_at_the_next_renewal(context: &Context) -> TestResult {
    let (service, platform) = (context.url_service(), context.stack.platform());
    let link = context.create(json!({})).await;
    let spilled = gauge(service, "clicks_spilled_total").await;
    eventually("a young session", async || {
        (gauge(service, "aws_credentials_age_seconds").await < 2.0).then_some(())
    })
    .await;
    platform.gate().revoke_sessions(&Workload::UrlService.role_arn());
    assert_eq!(context.visit(&link).await.status, StatusCode::FOUND);
    eventually("a click that AWS refused", async || {
        (gauge(service, "clicks_spilled_total").await > spilled).then_some(())
    })
    .await;
    context.counted(&link, 1).await;
    context.check_says(service, "click_queue", "up").await;
    Ok(())
}
