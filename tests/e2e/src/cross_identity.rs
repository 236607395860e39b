//! One service with what belongs to another: token, role, SVID, queue, secret, key, database login. Everything is
//! refused, and what refuses says so. Real processes where a process can be given the wrong thing; signed calls with the
//! role's own session where it would have to be taken over first.

use std::time::Duration;

use aws_gate::{Entry, Outcome};
use http::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use stack::{Changes, Workload};

use crate::context::{Context, TestResult, eventually, sample};
use crate::database_role::credentials;
use crate::role_session::RoleSession;

use Workload::{Migrate, UrlService, Worker};

/// The longest that a refused start may take.
const LIMIT: Duration = Duration::from_mins(1);
/// The exit code of a start without something that it needs.
const UNAVAILABLE: Option<i32> = Some(69);

pub(crate) async fn a_process_with_anothers_token_or_role_does_not_start(context: &Context) -> TestResult {
    let mut rows = 0;
    for own in Workload::ALL {
        for other in Workload::ALL.into_iter().filter(|other| *other != own) {
            let token = context.stack.platform().tokens().path(other)?.display().to_string();
            for (what, changes) in [
                ("token", Changes::none().set("AWS_WEB_IDENTITY_TOKEN_FILE", token)),
                ("role", Changes::none().set("AWS_ROLE_ARN", other.role_arn())),
            ] {
                let before = refusals(context).len();
                let finished = context.stack.run(own, &changes, LIMIT).await?;
                let row = format!("{} with the {what} of {}", own.name(), other.name());
                assert_eq!(finished.code, UNAVAILABLE, "{row}: {}", finished.output);
                assert!(
                    finished.output.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
                    "{row}"
                );
                let logged = refusals(context).split_off(before);
                let of_trust = |entry: &Entry| entry.action == "sts:AssumeRoleWithWebIdentity";
                assert!(logged.iter().any(of_trust), "{row}: {logged:?}");
                rows += 1;
            }
        }
    }
    println!("{rows} starts with another's token or role, all refused");
    Ok(())
}

pub(crate) async fn a_role_does_not_reach_what_is_anothers(context: &Context) -> TestResult {
    let resources = context.stack.platform().resources();
    let (clicks, arns) = (&resources.click_queue_url, &resources.arns);
    let send = json!({ "QueueUrl": clicks, "MessageBody": "x" });
    let receive = json!({ "QueueUrl": clicks });
    let read = |arn: &str| json!({ "SecretId": arn });
    let write = |arn: &str| json!({ "SecretId": arn, "SecretString": "x" });
    let decrypt = |arn: &str| json!({ "KeyId": arn, "CiphertextBlob": "eA==" });
    let login = &arns.url_service_database_secret;
    let migrator = &arns.migrate_database_secret;
    let rows = [
        (Worker, "sqs", "SendMessage", send.clone()),
        (Worker, "secretsmanager", "GetSecretValue", read(login)),
        (Worker, "secretsmanager", "GetSecretValue", read(migrator)),
        (Worker, "kms", "Decrypt", decrypt(&arns.secrets_key)),
        (Worker, "kms", "Decrypt", decrypt(&arns.click_key)),
        (UrlService, "sqs", "ReceiveMessage", receive.clone()),
        (UrlService, "sqs", "DeleteMessage", json!({ "QueueUrl": clicks, "ReceiptHandle": "x" })),
        (UrlService, "secretsmanager", "GetSecretValue", read(migrator)),
        (UrlService, "secretsmanager", "PutSecretValue", write(login)),
        (UrlService, "kms", "Decrypt", decrypt(&arns.secrets_key)),
        (Migrate, "secretsmanager", "GetSecretValue", read(login)),
        (Migrate, "secretsmanager", "GetSecretValue", read(&arns.first_api_key_secret)),
        (Migrate, "secretsmanager", "PutSecretValue", write(migrator)),
        (Migrate, "sqs", "SendMessage", send),
        (Migrate, "sqs", "ReceiveMessage", receive),
        (Migrate, "kms", "Decrypt", decrypt(&arns.click_key)),
    ];
    for (workload, service, operation, body) in &rows {
        let row = format!("{} {service}:{operation} {body}", workload.name());
        let session = RoleSession::of(context, *workload).await?;
        let before = refusals(context).len();
        let answer = session.call(service, operation, body).await?;
        assert!(answer.text().contains("AccessDenied"), "{row}: {} {}", answer.status, answer.text());
        let logged = refusals(context).split_off(before);
        let principal = format!("/zero-trust-eks-{}-irsa/", workload.name());
        assert!(logged.iter().any(|entry| entry.principal.contains(&principal)), "{row}: {logged:?}");
    }
    println!("{} calls on what is another's, all refused", rows.len());
    Ok(())
}

pub(crate) async fn a_database_login_opens_one_role(context: &Context) -> TestResult {
    let postgres = context.stack.platform().postgres();
    let (user, password) = credentials(context).await;
    for (user, password) in [
        // url-service with the migrator's name, migrate's password with url-service's name, and names that have no login.
        ("migrator", password.as_str()),
        (user.as_str(), postgres.migrator_password()),
        ("url_service", password.as_str()),
        ("worker", password.as_str()),
    ] {
        let refused = PgConnection::connect_with(&postgres.login(user, password, "zero_trust_eks")).await;
        let error = refused.err().unwrap_or_else(|| panic!("{user}: was let in"));
        let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
        // 28P01: invalid_password; 28000: invalid_authorization_specification.
        assert!(matches!(code.as_deref(), Some("28P01" | "28000")), "{user}: {error}");
    }
    Ok(())
}

/// The Workload API gives whoever asks at a socket the identity of that socket; the other side still wants its own.
pub(crate) async fn a_process_with_anothers_svid_is_refused_by_its_peer(context: &Context) -> TestResult {
    let socket = |workload| -> Result<Changes, stack::StackError> {
        let path = context.stack.platform().workload_api().socket(workload)?.display().to_string();
        Ok(Changes::none().set("SPIFFE_ENDPOINT_SOCKET", format!("unix:{path}")))
    };
    let link = context.create(json!({})).await;
    let refused = async |metrics: String, metric: &str| sample(&metrics, metric, "unauthorized_spiffe_id");
    let metric = "spiffe_handshakes_refused_total";
    let before = refused(context.url_service().metrics().await?, metric).await;
    let worker = context.stack.worker();
    worker.kill().await;
    worker.restart_with(&socket(UrlService)?).await?;
    context.visit(&link).await;
    eventually("the worker with url-service's SVID is refused", async || {
        let now = refused(context.url_service().metrics().await.unwrap(), metric).await;
        (now > before).then_some(())
    })
    .await;
    assert_eq!(context.statistics(&link, "").await["total"], 0);
    worker.kill().await;
    worker.restart_with(&Changes::none()).await?;
    context.counted(&link, 1).await;

    let url_service = context.url_service();
    url_service.terminate().await;
    url_service.restart_with(&socket(Worker)?).await?;
    context.visit(&link).await;
    eventually("the worker refuses a server with its own SVID", async || {
        let log = worker.log().text().unwrap();
        log.contains("unauthorized_spiffe_id").then_some(())
    })
    .await;
    assert_eq!(context.statistics(&link, "").await["total"], 1);
    url_service.terminate().await;
    url_service.restart_with(&Changes::none()).await?;
    context.counted(&link, 2).await;
    Ok(())
}

pub(crate) async fn the_api_key_of_nobody_is_a_credential_of_aws(context: &Context) -> TestResult {
    // What opens the public API opens nothing at AWS: it is no session, and the gate knows no other credentials.
    let gate = context.stack.platform().aws_endpoint();
    let answer = context.api().send_json(Method::POST, &format!("{gate}/"), &json!({})).await?;
    assert!(!answer.status.is_success(), "{}", answer.text());
    Ok(())
}

/// What the gate refused so far.
fn refusals(context: &Context) -> Vec<Entry> {
    let decisions = context.stack.platform().gate().decisions();
    decisions.into_iter().filter(|entry| entry.decision == Outcome::Deny).collect()
}
