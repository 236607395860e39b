//! Starting with something wrong: each fault is named, and the process does not run.

use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use stack::{Changes, Finished, Workload};

use crate::context::{Context, TestResult};

/// The longest that a refusal may take: the SDK's own tries at an endpoint that does not answer.
const LIMIT: Duration = Duration::from_mins(1);
/// An address that nobody listens on.
const NOBODY: &str = "http://127.0.0.1:1";
/// Exit codes: the environment is wrong, something that is needed is not there.
const SETTINGS: Option<i32> = Some(78);
const UNAVAILABLE: Option<i32> = Some(69);

use Workload::{Migrate, UrlService, Worker};

/// A change of one variable, who must refuse it, and what the refusal must say.
type Case = (&'static [Workload], &'static str, Option<&'static str>, &'static str);

const ALL: &[Workload] = &[UrlService, Worker, Migrate];
const SERVERS: &[Workload] = &[UrlService, Worker];
const CLIENTS_OF_THE_DATABASE: &[Workload] = &[UrlService, Migrate];

const CASES: &[Case] = &[
    (ALL, "AWS_ACCESS_KEY_ID", Some("AKIAIOSFODNN7EXAMPLE"), "static keys are refused"),
    (ALL, "AWS_SECRET_ACCESS_KEY", Some("x"), "static keys are refused"),
    (ALL, "AWS_SESSION_TOKEN", Some("x"), "static keys are refused"),
    (ALL, "AWS_PROFILE", Some("default"), "a profile could replace the role"),
    (ALL, "AWS_CONFIG_FILE", Some("/tmp/config"), "a profile could replace the role"),
    (
        ALL,
        "AWS_SHARED_CREDENTIALS_FILE",
        Some("/tmp/credentials"),
        "a credentials file could replace the role",
    ),
    (ALL, "AWS_CONTAINER_CREDENTIALS_FULL_URI", Some("http://169.254.170.23/"), "container credentials"),
    (ALL, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Some("/x"), "container credentials"),
    (ALL, "AWS_EC2_METADATA_SERVICE_ENDPOINT", Some("http://127.0.0.1:1"), "the node's role"),
    (ALL, "AWS_REGION", None, "is required but not set"),
    (ALL, "AWS_ROLE_ARN", None, "is required but not set"),
    (ALL, "AWS_ROLE_ARN", Some("arn:aws:iam::000000000000:user/x"), "is not the ARN of an IAM role"),
    (ALL, "AWS_WEB_IDENTITY_TOKEN_FILE", None, "is required but not set"),
    (ALL, "AWS_WEB_IDENTITY_TOKEN_FILE", Some("/nonexistent/token"), "cannot read the projected token"),
    (ALL, "AWS_WEB_IDENTITY_TOKEN_FILE", Some("/dev/null"), "does not hold a JSON Web Token"),
    (ALL, "AWS_WEB_IDENTITY_TOKEN_FILE", Some("/"), "cannot read the projected token"),
    (ALL, "AWS_ENDPOINT_URL", Some("http://sqs.eu-central-1.amazonaws.com"), "must be https"),
    (ALL, "LOG_FILTER", Some("url_service=loud"), "not a list of filter directives"),
    (ALL, "OTEL_TRACES_SAMPLER_ARG", Some("2"), "must be from 0 to 1"),
    (SERVERS, "SPIFFE_ENDPOINT_SOCKET", None, "is required but not set"),
    (SERVERS, "SPIFFE_ENDPOINT_SOCKET", Some("unix:/nonexistent.sock"), "there is no socket"),
    (SERVERS, "SPIFFE_ENDPOINT_SOCKET", Some("tcp:127.0.0.1:1"), "must be unix:"),
    (SERVERS, "SPIFFE_TRUST_DOMAIN", Some("Not A Domain"), "trust domain"),
    (SERVERS, "CLICK_QUEUE_URL", None, "is required but not set"),
    (SERVERS, "CLICK_QUEUE_URL", Some("clicks"), "URL"),
    (SERVERS, "ADMIN_LISTEN", Some("everywhere"), "invalid socket address"),
    (SERVERS, "SHUTDOWN_DEADLINE_SECONDS", Some("0"), "must be from 1 to 600"),
    (CLIENTS_OF_THE_DATABASE, "PGSSLMODE", Some("require"), "must be verify-full"),
    (CLIENTS_OF_THE_DATABASE, "PGSSLMODE", Some("prefer"), "must be verify-full"),
    (CLIENTS_OF_THE_DATABASE, "PGSSLROOTCERT", None, "is required but not set"),
    (
        CLIENTS_OF_THE_DATABASE,
        "PGSSLROOTCERT",
        Some("/nonexistent.pem"),
        "cannot read the certificate authority",
    ),
    (CLIENTS_OF_THE_DATABASE, "PGHOST", None, "is required but not set"),
    (CLIENTS_OF_THE_DATABASE, "PGPORT", Some("many"), "invalid digit"),
    (CLIENTS_OF_THE_DATABASE, "PGPASSWORD", Some("x"), "come from Secrets Manager only"),
    (CLIENTS_OF_THE_DATABASE, "PGUSER", Some("x"), "come from Secrets Manager only"),
    (CLIENTS_OF_THE_DATABASE, "DATABASE_URL", Some("postgres://x"), "come from Secrets Manager only"),
    (CLIENTS_OF_THE_DATABASE, "DATABASE_SECRET_ID", None, "is required but not set"),
    (&[UrlService], "PUBLIC_BASE_URL", Some("https://go.example.com/path"), "nothing more"),
    (&[UrlService], "PUBLIC_LISTEN", Some("8080"), "invalid socket address"),
    (&[UrlService], "PUBLIC_TLS", Some("on"), "must be off or svid"),
    (&[UrlService], "INTERNAL_CLIENT_SPIFFE_ID", None, "is required but not set"),
    (&[UrlService], "INTERNAL_CLIENT_SPIFFE_ID", Some("https://x"), "scheme"),
    (&[UrlService], "CLICK_SPOOL_DIRECTORY", Some("/nonexistent"), "is not a directory"),
    (&[UrlService], "LINK_CACHE_BYTES", Some("1"), "must be from"),
    (&[UrlService], "TARGET_BLOCKLIST_FILE", Some("/nonexistent"), "cannot be read"),
    (&[UrlService], "TRUSTED_PROXY_HOPS", Some("11"), "must be from 0 to 10"),
    (&[Worker], "INTERNAL_SERVER_SPIFFE_ID", None, "is required but not set"),
    (&[Worker], "INTERNAL_BASE_URL", Some("http://127.0.0.1:8443"), "https"),
    (&[Worker], "RECEIVE_CONCURRENCY", Some("0"), "must be from"),
    (&[Migrate], "URL_SERVICE_SECRET_ID", None, "is required but not set"),
    (&[Migrate], "FIRST_API_KEY_SECRET_ID", None, "is required but not set"),
];

fn changes(variable: &str, value: Option<&str>) -> Changes {
    match value {
        Some(value) => Changes::none().set(variable, value),
        None => Changes::none().remove(variable),
    }
}

/// The log lines about wrong settings, as (variable, fault).
fn faults(finished: &Finished) -> Vec<(String, String)> {
    let lines = finished.output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value| value.as_str().map(str::to_owned);
    lines.filter_map(|line| Some((text(&line["variable"])?, text(&line["fault"])?))).collect()
}

pub(crate) async fn every_wrong_environment_is_refused(context: &Context) -> TestResult {
    for (workloads, variable, value, says) in CASES {
        for workload in *workloads {
            let finished = context.stack.run(*workload, &changes(variable, *value), LIMIT).await?;
            let name = format!("{} with {variable}={value:?}", workload.name());
            assert_eq!(finished.code, SETTINGS, "{name}: {}", finished.output);
            let faults = faults(&finished);
            assert!(
                matches!(faults.as_slice(), [(own, fault)] if own == variable && fault.contains(says)),
                "{name}: {faults:?}"
            );
            assert!(finished.output.contains("refusing to start"), "{name}");
        }
    }
    Ok(())
}

pub(crate) async fn all_faults_are_reported_together(context: &Context) -> TestResult {
    let wrong = [
        ("AWS_REGION", None),
        ("AWS_ACCESS_KEY_ID", Some("x")),
        ("PGSSLMODE", Some("allow")),
        ("PGHOST", None),
    ];
    let changes = wrong.iter().fold(Changes::none(), |changes, (variable, value)| match value {
        Some(value) => changes.set(variable, *value),
        None => changes.remove(variable),
    });
    let finished = context.stack.run(UrlService, &changes, LIMIT).await?;
    assert_eq!(finished.code, SETTINGS);
    let mut named: Vec<String> = faults(&finished).into_iter().map(|(variable, _)| variable).collect();
    named.sort();
    assert_eq!(named, ["AWS_ACCESS_KEY_ID", "AWS_REGION", "PGHOST", "PGSSLMODE"]);
    Ok(())
}

pub(crate) async fn a_credentials_file_in_the_home_directory_is_refused(context: &Context) -> TestResult {
    let home = context.stack.platform().directory().join("home");
    std::fs::create_dir_all(home.join(".aws"))?;
    std::fs::write(
        home.join(".aws/credentials"),
        "[default]\naws_access_key_id = x\naws_secret_access_key = x\n",
    )?;
    for workload in ALL {
        let changes = Changes::none().set("HOME", home.to_str().unwrap());
        let finished = context.stack.run(*workload, &changes, LIMIT).await?;
        assert_eq!(finished.code, SETTINGS, "{}", finished.output);
        assert!(finished.output.contains("holds .aws/credentials, which could replace the role"));
    }
    Ok(())
}

pub(crate) async fn what_is_missing_at_start_is_named(context: &Context) -> TestResult {
    let port = context.url_service().addresses().public;
    let taken = format!("127.0.0.1:{port}");
    let queue = format!("{}-unknown", context.stack.platform().resources().click_queue_url);
    let set = |variable: &str, value: &str| Changes::none().set(variable, value);
    let strangers = set("SPIFFE_TRUST_DOMAIN", "other.example")
        .set("INTERNAL_CLIENT_SPIFFE_ID", "spiffe://other.example/ns/services/sa/worker");
    let public_authorities = "/etc/ssl/certs/ca-certificates.crt";
    for (workload, changes, says) in [
        (UrlService, set("CLICK_QUEUE_URL", &queue), "send a probe to the click queue"),
        (Worker, set("CLICK_QUEUE_URL", &queue), "queue"),
        (UrlService, set("DATABASE_SECRET_ID", "unknown"), "Secrets Manager did not give the secret"),
        (Migrate, set("DATABASE_SECRET_ID", "unknown"), "read the database credentials"),
        (UrlService, set("AWS_ENDPOINT_URL_STS", NOBODY), "assume the role"),
        (Worker, set("AWS_ENDPOINT_URL_STS", NOBODY), "assume the worker's role"),
        (Migrate, set("AWS_ENDPOINT_URL_STS", NOBODY), "assume the role"),
        (UrlService, set("AWS_ENDPOINT_URL_SECRETS_MANAGER", NOBODY), "cannot read the database credentials"),
        (Migrate, set("AWS_ENDPOINT_URL_SECRETS_MANAGER", NOBODY), "read the database credentials"),
        (UrlService, set("PGPORT", "1"), "connect to the database"),
        // A name of the same address, which the certificate does not hold.
        (UrlService, set("PGHOST", "localhost"), "certificate not valid for name"),
        (Migrate, set("PGHOST", "localhost"), "certificate not valid for name"),
        (UrlService, set("PGSSLROOTCERT", public_authorities), "certificate"),
        (Migrate, set("PGSSLROOTCERT", public_authorities), "certificate"),
        (UrlService, strangers, "the SVID is of trust domain zero-trust-eks.local, not other.example"),
        (UrlService, set("PUBLIC_LISTEN", &taken), "bind the public listener"),
        (Worker, set("ADMIN_LISTEN", &taken), "bind the admin listener"),
    ] {
        let finished = context.stack.run(workload, &changes, LIMIT).await?;
        let name = format!("{} with {changes:?}", workload.name());
        assert_eq!(finished.code, UNAVAILABLE, "{name}: {}", finished.output);
        let last = finished.output.lines().rfind(|line| line.contains("could not start"));
        assert!(last.is_some_and(|line| line.contains(says)), "{name}: {}", finished.output);
    }
    Ok(())
}

/// What is there and does not answer is given up, so that whoever started the process sees it fail.
pub(crate) async fn what_does_not_answer_at_start_is_given_up(context: &Context) -> TestResult {
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let silence = Changes::none().set("AWS_ENDPOINT_URL_STS", format!("http://{}", silent.local_addr()?));
    // A socket's file outlives its server.
    let socket = context.stack.platform().directory().join("no-agent.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket)?);
    let no_agent = Changes::none().set("SPIFFE_ENDPOINT_SOCKET", format!("unix:{}", socket.display()));
    let cases = [
        (UrlService, &silence, "assume the role"),
        (Worker, &silence, "assume the worker's role"),
        (Migrate, &silence, "assume the role"),
        (UrlService, &no_agent, "obtain an SVID"),
        (Worker, &no_agent, "obtain the worker's SVID"),
    ];
    // Side by side, for each waits as long as it is documented to.
    let runs = cases.map(async |(workload, changes, says)| {
        let finished = context.stack.run(workload, changes, LIMIT).await.unwrap();
        let name = format!("{} with {changes:?}", workload.name());
        assert_eq!(finished.code, UNAVAILABLE, "{name}: {}", finished.output);
        let last = finished.output.lines().rfind(|line| line.contains("could not start"));
        assert!(last.is_some_and(|line| line.contains(says)), "{name}: {}", finished.output);
    });
    join_all(runs).await;
    Ok(())
}

pub(crate) async fn an_unknown_schema_is_refused(context: &Context) -> TestResult {
    let mut superuser = context.superuser().await;
    for (spoil, mend, says) in [
        (
            "INSERT INTO _sqlx_migrations VALUES (9999, 'newer', now(), true, ''::bytea, 0)",
            "DELETE FROM _sqlx_migrations WHERE version = 9999",
            "migration 9999 is not known",
        ),
        (
            "UPDATE _sqlx_migrations SET success = false WHERE version = 3",
            "UPDATE _sqlx_migrations SET success = true WHERE version = 3",
            "migration 3 was not applied",
        ),
        (
            "UPDATE _sqlx_migrations SET checksum = checksum || 'x' WHERE version = 2",
            "UPDATE _sqlx_migrations SET checksum = substring(checksum FOR length(checksum) - 1) WHERE version = 2",
            "migration 2 was applied with another content",
        ),
    ] {
        sqlx::raw_sql(spoil).execute(&mut superuser).await?;
        let finished = context.stack.run(UrlService, &Changes::none(), LIMIT).await?;
        sqlx::raw_sql(mend).execute(&mut superuser).await?;
        assert_eq!(finished.code, UNAVAILABLE, "{}", finished.output);
        assert!(finished.output.contains(says), "{}", finished.output);
    }
    let again = context.stack.run(Migrate, &Changes::none(), LIMIT).await?;
    assert_eq!(again.code, Some(0), "migrate may run again at any time: {}", again.output);
    Ok(())
}
