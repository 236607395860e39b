//! A running stack and what tests do with it again and again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use stack::http_client::Answer;
use stack::{Changes, HttpClient, Progress, Service, Stack, StackOptions, Workload};
pub(crate) use trials::TestResult;
use uuid::Uuid;

/// A browser that is none of ours.
pub(crate) const FIREFOX: &str =
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
/// The longest wait for something that must come: a message that was retried twice is hidden for 40 s.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A stack under test.
pub(crate) struct Context {
    pub(crate) stack: Stack,
}

impl Context {
    /// Two replicas, and a cache that only invalidation can refresh within a test's time.
    pub(crate) async fn peaceful() -> Self {
        let cache = Changes::none()
            .set("LINK_CACHE_TTL_SECONDS", "3600")
            .set("LINK_CACHE_NEGATIVE_TTL_SECONDS", "60")
            .set("CLICK_FLUSH_MILLISECONDS", "100")
            .set("TRUSTED_PROXY_HOPS", "1")
            .set("TRUST_TRACEPARENT", "true")
            .set("CLIENT_COUNTRY_HEADER", "cloudfront-viewer-country");
        let options = StackOptions { url_service_replicas: 2, ..StackOptions::for_tests() };
        Self::start(options.with_environment(Workload::UrlService, cache)).await
    }

    /// One replica, with short lives and deadlines.
    pub(crate) async fn breaking() -> Self {
        let url_service = Changes::none()
            .set("CLICK_FLUSH_MILLISECONDS", "100")
            .set("DATABASE_SECRET_REFRESH_SECONDS", "3600")
            .set("SHUTDOWN_DEADLINE_SECONDS", "4");
        // A message that a killed process had received comes again within a test's time.
        let worker = Changes::none().set("VISIBILITY_TIMEOUT_SECONDS", "10");
        let options = StackOptions {
            svid_life: Duration::from_secs(20),
            session_life: Duration::from_secs(20),
            faults: true,
            ..StackOptions::for_tests()
        };
        let options = options.with_environment(Workload::UrlService, url_service);
        Self::start(options.with_environment(Workload::Worker, worker)).await
    }

    async fn start(options: StackOptions) -> Self {
        let stack = Stack::start(options, &Progress::silent()).await;
        let context =
            Self { stack: stack.unwrap_or_else(|error| panic!("the stack does not start: {error}")) };
        context.listening().await;
        context
    }

    pub(crate) async fn stop(self) {
        self.stack.stop().await.expect("the stack stops");
    }

    /// The first url-service.
    pub(crate) fn url_service(&self) -> &Service {
        &self.stack.url_services()[0]
    }

    /// A client with the first API key.
    pub(crate) fn api(&self) -> HttpClient {
        self.stack.api().unwrap()
    }

    /// A visitor with a browser.
    pub(crate) fn browser(&self) -> HttpClient {
        self.stack.http().with_header(http::header::USER_AGENT, FIREFOX).unwrap()
    }

    /// Asks the API of the first url-service.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.api().send_json(method, &format!("{}{path}", self.stack.public_url()), body).await.unwrap()
    }

    /// Creates a link; `more` overrides members.
    pub(crate) async fn create(&self, more: Value) -> Value {
        let mut body = json!({"url": "https://www.example.com/target"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.call(Method::POST, "/api/v1/links", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json().unwrap()
    }

    /// Opens a short link at the first url-service, as a person would.
    pub(crate) async fn visit(&self, link: &Value) -> Answer {
        self.browser().get(&self.short_url(link)).await.unwrap()
    }

    /// Where `link` is at the first url-service.
    pub(crate) fn short_url(&self, link: &Value) -> String {
        format!("{}/{}", self.stack.public_url(), link["slug"].as_str().unwrap())
    }

    /// The statistics of `link`; `query` begins with `?` or is empty.
    pub(crate) async fn statistics(&self, link: &Value, query: &str) -> Value {
        let path = format!("/api/v1/links/{}/stats{query}", link["id"].as_str().unwrap());
        let answer = self.call(Method::GET, &path, &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json().unwrap()
    }

    /// Waits until `link` has `total` clicks, and makes sure that it never has more.
    pub(crate) async fn counted(&self, link: &Value, total: u64) -> Value {
        eventually(&format!("{total} clicks"), async || {
            let statistics = self.statistics(link, "").await;
            let now = statistics["total"].as_u64().unwrap();
            assert!(now <= total, "{now} clicks were counted, there were {total}");
            (now == total).then_some(statistics)
        })
        .await
    }

    /// Restarts the worker with these differences from its environment, once the polls that it abandoned have ended.
    /// The emulator goes on with each of them for up to 20 s and gives it the next message, which then stays hidden
    /// from everybody and has used up a receive.
    pub(crate) async fn restart_worker(&self, changes: &Changes) {
        let (platform, worker) = (self.stack.platform(), self.stack.worker());
        let queue = &platform.resources().click_queue_url;
        worker.terminate().await;
        eventually("a message that nobody takes", async || {
            let probe = click_contract::Batch::probe(Uuid::from_u128(u128::from(next()) << 64), 0);
            let body = probe.encode().unwrap();
            platform.operator().sqs.send_message().queue_url(queue).message_body(body).send().await.unwrap();
            tokio::time::sleep(PAUSE).await;
            (platform.operator().queue_depth(queue).await.unwrap().0 > 0).then_some(())
        })
        .await;
        worker.restart_with(changes).await.unwrap();
    }

    /// What `/readyz` of `service` says, whatever the status.
    pub(crate) async fn readiness(&self, service: &Service) -> Answer {
        self.stack.http().get(&format!("{}/readyz", service.admin_url())).await.unwrap()
    }

    /// Waits until a check of `service` says something that contains `says`.
    pub(crate) async fn check_says(&self, service: &Service, check: &str, says: &str) {
        eventually(&format!("{check} of {}: {says}", service.name()), async || {
            let report: Value = self.readiness(service).await.json().unwrap();
            report["checks"][check].as_str().is_some_and(|text| text.contains(says)).then_some(())
        })
        .await;
    }

    /// Waits until every url-service hears of changes to links. Right after an outage or a start it may not yet:
    /// then "no such link" can be remembered for a link that was made in the meantime.
    pub(crate) async fn listening(&self) {
        for service in self.stack.url_services() {
            self.check_says(service, "link_changes", "up").await;
        }
    }

    /// A connection to the database as its superuser: what no service could do.
    pub(crate) async fn superuser(&self) -> PgConnection {
        let options = self.stack.platform().postgres().superuser("zero_trust_eks");
        PgConnection::connect_with(&options).await.unwrap()
    }
}

/// Looks again and again until there is something to see.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < LIMIT, "{what}: not within {} s", LIMIT.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
}

/// The sum of all samples of `metric` whose labels contain `label`.
pub(crate) fn sample(metrics: &str, metric: &str, label: &str) -> f64 {
    let lines = metrics.lines().filter(|line| !line.starts_with('#') && line.contains(label));
    let values = lines.filter_map(|line| {
        let rest = line.strip_prefix(metric)?;
        rest.starts_with([' ', '{']).then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
    });
    values.sum()
}

/// A number that nobody else in this run has.
pub(crate) fn next() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// A name that no other test has.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", next())
}

/// A new API key: its text, its identifier, its hash.
pub(crate) fn new_key() -> (String, Uuid, [u8; 32]) {
    use rand::SeedableRng as _;
    use secrecy::ExposeSecret as _;
    let mut rng = rand::rngs::StdRng::seed_from_u64(next());
    let key = api_key::ApiKey::generate(&mut rng);
    (key.to_text().expose_secret().to_owned(), key.id(), key.hash())
}
