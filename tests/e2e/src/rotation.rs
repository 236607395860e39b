//! Everything that proves who somebody is, replaced while the system works.

use std::time::Instant;

use futures::future::join_all;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use stack::{Changes, Service, Workload};

use crate::context::{Context, TestResult, eventually, sample, unique};
use crate::database_role::credentials;
use crate::secrecy::CANARY;
use crate::traffic::under_load;

/// How often each credential has to change while the load runs.
const ROUNDS: u32 = 2;

/// The two database users that take turns.
const LOGINS: [&str; 2] = ["url_service_a", "url_service_b"];

/// Gives url-service the other database user, as AWS's multi-user rotation does: a clone with a new password, then
/// the secret. Returns the new user and the one that is to be revoked.
async fn next_login(
    context: &Context,
    superuser: &mut PgConnection,
    password: &str,
) -> (&'static str, String) {
    let (old, _) = credentials(context).await;
    let new = if old == LOGINS[0] { LOGINS[1] } else { LOGINS[0] };
    let exists = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
    let exists: bool = sqlx::query_scalar(exists).bind(new).fetch_one(&mut *superuser).await.unwrap();
    let verb = if exists { "ALTER ROLE" } else { "CREATE ROLE" };
    let group = if exists { "" } else { "IN ROLE url_service" };
    let statement = format!("{verb} {new} LOGIN {group} PASSWORD '{password}'");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(superuser).await.unwrap();
    let platform = context.stack.platform();
    let value = json!({"username": new, "password": password}).to_string();
    let id = platform.resources().names.url_service_database_secret();
    let put = platform.operator().secrets.put_secret_value().secret_id(id).secret_string(value);
    put.send().await.unwrap();
    (new, old)
}

/// Ends a database user: no new session, and none that rests. Those at work are let finish, as a rotation has to.
async fn revoke(superuser: &mut PgConnection, user: &str) -> u64 {
    let statement = format!("ALTER ROLE {user} NOLOGIN");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *superuser).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE usename = $1 AND state = 'idle' AND state_change < now() - interval '1 second'";
    sqlx::query(end).bind(user).execute(superuser).await.unwrap().rows_affected()
}

/// Revokes `old` and asks for more than its sessions can do, until the pool has sessions of `new`.
async fn replace_sessions(context: &Context, superuser: &mut PgConnection, old: &str, new: &str) -> u64 {
    let mut ended = 0;
    eventually("sessions of the new user", async || {
        ended += revoke(superuser, old).await;
        drop(join_all((0..4).map(|_| context.create(json!({})))).await);
        (sessions(superuser, new, false).await > 0).then_some(())
    })
    .await;
    ended
}

/// How many sessions a user has that listen, or that do not.
async fn sessions(superuser: &mut PgConnection, user: &str, listening: bool) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND (query LIKE 'LISTEN%') = $2";
    sqlx::query_scalar(count).bind(user).bind(listening).fetch_one(superuser).await.unwrap()
}

pub(crate) async fn an_unannounced_password_change_costs_no_request(context: &Context) -> TestResult {
    context.listening().await;
    let link = context.create(json!({})).await;
    let mut superuser = context.superuser().await;
    let refused = async || {
        let metrics = context.url_service().metrics().await.unwrap();
        sample(&metrics, "database_credentials_refused_total", "")
    };
    let before = refused().await;
    let load = under_load(context, &link, async {
        let (new, old) = next_login(context, &mut superuser, &unique(CANARY)).await;
        replace_sessions(context, &mut superuser, &old, new).await;
    })
    .await;
    assert!(refused().await > before, "the rotation was not noticed by a refusal");
    context.counted(&link, load.visits).await;
    Ok(())
}

/// What a process says of its credentials: how often they changed, and when their lives began by this clock.
struct Lives {
    renewals: f64,
    svids: f64,
    began: Vec<(&'static str, f64)>,
}

impl Lives {
    async fn of(service: &Service, since: Instant) -> Self {
        let metrics = service.metrics().await.unwrap();
        let database = service.workload() == Workload::UrlService;
        let ages = ["projected_token", "aws_credentials", "spiffe_svid", "database_credentials"];
        let ages = ages.into_iter().filter(|name| database || *name != "database_credentials");
        let lives = ages.map(|name| {
            let age = format!("{name}_age_seconds");
            assert!(metrics.contains(&format!("\n{age} ")), "no {age}: {metrics}");
            (name, since.elapsed().as_secs_f64() - sample(&metrics, &age, ""))
        });
        for name in ["projected_token", "aws_credentials", "spiffe_svid"] {
            let left = sample(&metrics, &format!("{name}_remaining_seconds"), "");
            assert!(left > 0.0, "{name} of {} has {left} s left", service.name());
        }
        Self {
            renewals: sample(&metrics, "aws_credentials_renewals_total", ""),
            svids: sample(&metrics, "spiffe_svid_updates_total", ""),
            began: lives.collect(),
        }
    }

    /// Whether everything changed at least [`ROUNDS`] times since `before`, and is younger than it was.
    fn have_all_changed_since(&self, before: &Self) -> bool {
        let rounds = f64::from(ROUNDS);
        let younger = self.began.iter().zip(&before.began).all(|(now, before)| now.1 > before.1 + 1.0);
        self.renewals >= before.renewals + rounds && self.svids >= before.svids + rounds && younger
    }
}

pub(crate) async fn everything_rotates_at_once_under_load(context: &Context) -> TestResult {
    let (begun, service) = (Instant::now(), context.url_service());
    // So often that the planned rotation is noticed before the old user is revoked.
    service.restart_with(&Changes::none().set("DATABASE_SECRET_REFRESH_SECONDS", "1")).await?;
    context.listening().await;
    let (link, platform) = (context.create(json!({})).await, context.stack.platform());
    let mut superuser = context.superuser().await;
    let processes = [service, context.stack.worker()];
    let before = join_all(processes.map(|process| Lives::of(process, begun))).await;
    let flushes = async || sample(&service.metrics().await.unwrap(), "link_cache_flushes_total", "");
    let flushes_before = flushes().await;
    let mut ended = 0;

    let load = under_load(context, &link, async {
        for _ in 0..ROUNDS {
            platform.issuer().rotate_signing_key().unwrap();
            platform.workload_api().rotate_authority().unwrap();
            for workload in [Workload::UrlService, Workload::Worker] {
                platform.tokens().rotate(workload).unwrap();
            }
            let (new, old) = next_login(context, &mut superuser, &unique(CANARY)).await;
            eventually("listening as the new user", async || {
                (sessions(&mut superuser, new, true).await > 0).then_some(())
            })
            .await;
            ended += replace_sessions(context, &mut superuser, &old, new).await;
            platform.workload_api().retire_previous_authorities().unwrap();
        }
        eventually("new credentials everywhere", async || {
            let now = join_all(processes.map(|process| Lives::of(process, begun))).await;
            now.iter().zip(&before).all(|(now, before)| now.have_all_changed_since(before)).then_some(())
        })
        .await;
    })
    .await;

    context.counted(&link, load.visits).await;
    assert!(flushes().await <= flushes_before, "the cache was dropped: a change could have been missed");
    println!(
        "rotation: {ROUNDS} rounds of tokens, signing keys, sessions, SVIDs, authorities and database users \
         ({ended} old sessions ended); {} redirects, all counted, {} links made, 0 requests failed",
        load.visits, load.created
    );
    service.restart().await?;
    Ok(())
}
