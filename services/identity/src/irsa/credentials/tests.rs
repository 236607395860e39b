//! Time is tokio's paused clock, so that hours pass at once; STS is a script.

use std::sync::Mutex;
use std::time::SystemTime;

use aws_credential_types::provider::future;
use tokio::time::Instant;

use super::*;
use crate::fakes::context;

/// The life of each session.
const LIFE: Duration = Duration::from_mins(15);

/// The paused clock as the time of day.
#[derive(Clone, Copy, Debug)]
struct Paused(Instant);

impl Clock for Paused {
    fn since_epoch(&self) -> Duration {
        self.0.elapsed()
    }
}

/// An STS that answers as told, and numbers its sessions.
#[derive(Clone, Debug)]
struct Sts {
    clock: Paused,
    state: Arc<Mutex<(Answer, u32)>>,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Session,
    Nothing,
    Refusal,
}

impl Sts {
    fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().0 = answer;
    }

    fn session(&self) -> Credentials {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        let expiry: SystemTime = UNIX_EPOCH + self.clock.since_epoch() + LIFE;
        Credentials::new(format!("session-{}", state.1), "secret", None, Some(expiry), "script")
    }
}

impl ProvideCredentials for Sts {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let answer = self.state.lock().unwrap().0;
        future::ProvideCredentials::new(async move {
            match answer {
                Answer::Session => Ok(self.session()),
                Answer::Refusal => Err(CredentialsError::unhandled("refused")),
                Answer::Nothing => std::future::pending().await,
            }
        })
    }
}

struct Process {
    sts: Sts,
    context: ServiceContext,
    credentials: Arc<IrsaCredentials>,
}

impl Process {
    async fn start() -> Self {
        let clock = Paused(Instant::now());
        let sts = Sts { clock, state: Arc::new(Mutex::new((Answer::Session, 0))) };
        let context = context(clock);
        let source = SharedCredentialsProvider::new(sts.clone());
        let credentials = Arc::new(IrsaCredentials::assume(source, &context).await.unwrap());
        tokio::spawn(Arc::clone(&credentials).keep_fresh());
        Self { sts, context, credentials }
    }

    async fn session(&self) -> Result<String, CredentialsError> {
        let provided = self.credentials.provide_credentials().await?;
        Ok(provided.access_key_id().to_owned())
    }

    fn readiness(&self) -> String {
        serde_json::to_string(&self.context.health.ready()).unwrap()
    }

    fn sample(&self, name: &str) -> f64 {
        let text = self.context.metrics.encode();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_at_half_of_its_life() {
    let process = Process::start().await;
    tokio::time::sleep((LIFE / 2).saturating_sub(Duration::from_secs(1))).await;
    assert_eq!(process.session().await.unwrap(), "session-1");
    let before =
        (process.sample("aws_credentials_age_seconds"), process.sample("aws_credentials_remaining_seconds"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(process.session().await.unwrap(), "session-2");
    assert!(process.sample("aws_credentials_age_seconds") < before.0, "younger after the renewal");
    assert!(process.sample("aws_credentials_remaining_seconds") > before.1);
}

#[tokio::test(start_paused = true)]
async fn without_sts_a_session_serves_until_it_truly_expires() {
    let process = Process::start().await;
    process.sts.answer(Answer::Refusal);
    tokio::time::sleep(LIFE.saturating_sub(Duration::from_secs(1))).await;
    assert_eq!(process.session().await.unwrap(), "session-1");
    let readiness = process.readiness();
    assert!(readiness.contains("renewal fails; valid for another"), "{readiness}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    process.session().await.unwrap_err();
    assert!(process.readiness().contains("renewal fails; expired"));
    assert!(process.sample("aws_credentials_remaining_seconds") < 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_return_of_sts_needs_nobodys_help() {
    let process = Process::start().await;
    process.sts.answer(Answer::Refusal);
    tokio::time::sleep(LIFE * 2).await;
    process.sts.answer(Answer::Session);
    tokio::time::sleep(RETRY.1 + Duration::from_secs(1)).await;
    assert!(process.readiness().contains(r#""aws_credentials":"up""#), "{}", process.readiness());
    assert_eq!(process.session().await.unwrap(), "session-2");
}

#[tokio::test(start_paused = true)]
async fn an_sts_that_never_answers_is_given_up_and_tried_again() {
    let process = Process::start().await;
    process.sts.answer(Answer::Nothing);
    tokio::time::sleep(LIFE / 2 + ATTEMPT + Duration::from_secs(1)).await;
    let label = r#"aws_credentials_failures_total{reason="time_limit"}"#;
    assert!(process.sample(label) >= 1.0);
    process.sts.answer(Answer::Session);
    tokio::time::sleep(ATTEMPT + RETRY.1).await;
    assert_eq!(process.session().await.unwrap(), "session-2");
}

#[tokio::test(start_paused = true)]
async fn a_caller_of_an_expired_session_asks_for_itself() {
    let process = Process::start().await;
    process.sts.answer(Answer::Refusal);
    tokio::time::sleep(LIFE + Duration::from_secs(1)).await;
    process.sts.answer(Answer::Session);
    assert_eq!(process.session().await.unwrap(), "session-2", "before the next renewal");
}
