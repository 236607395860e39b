//! Images that the release has not signed are refused, wherever they are in a pod, by a key that the test makes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use admission::{Attempt, Caller, Case, Cases, PodCase, Template, crossing, path};
use cluster::Program;
use http::Method;
use serde::Deserialize as _;
use serde_json::{Value, json};
use trials::TestResult;
use trust_map::repository;

use crate::context::Context;
use crate::hostile::report;

const POLICY: &str = "signatures";
const MESSAGE: &str = "an image is not signed by the release";

/// A signing key of this run.
pub(crate) struct Key(PathBuf);

pub(crate) async fn only_what_the_release_signed_gets_in(context: &Context) -> TestResult {
    let (release, other) = (Key::new(context, "release")?, Key::new(context, "other")?);
    let signed = push(context, "1:1").await?;
    let unsigned = push(context, "2:2").await?;
    let foreign = push(context, "3:3").await?;
    release.sign(context, &signed)?;
    other.sign(context, &foreign)?;
    let policy = policy(POLICY, context, &release)?;
    context.apply(&Caller::break_glass(), &policy).await?;

    // All other containers are signed, so that the one that is not stands alone.
    let template = context.template.with_image(&signed);
    context.replace_pod(&template).await?;
    let good = attempts(POLICY, &template, "the release's image", &signed, None)?;
    // The right key, but a statement of another kind.
    let attested = push(context, "5:5").await?;
    release.attest(context, &attested, "cyclonedx", &json!({}))?;
    let bad = [
        ("no signature", &unsigned),
        ("another key's signature", &foreign),
        ("an attestation in place of a signature", &attested),
    ];
    let bad = bad.map(|(name, image)| attempts(POLICY, &template, name, image, Some(MESSAGE)));
    let bad = bad.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let first = bad.first().expect("a hostile object");
    context
        .until("the rule holds", async || Ok(first.send(&context.api).await?.message().contains(MESSAGE)))
        .await;
    println!("signed: {}, not signed: {}", good.len(), bad.len());
    let outcome = context.failures(&good).await;
    let refused = context.failures(&bad).await;

    // The registry away: what was seen to be signed is remembered for a while, what was not is refused.
    let later = push(context, "4:4").await?;
    release.sign(context, &later)?;
    context.cluster().stop(Program::Registry)?;
    let unknown = attempts(POLICY, &template, "an image that cannot be looked at", &later, None)?;
    let away = unknown.first().expect("an object").send(&context.api).await;
    context.cluster().revive()?;
    let away = away?;

    let api = context.api.as_caller(&Caller::break_glass())?;
    let removed = api.send(Method::DELETE, &path(&policy), "application/json", &Value::Null).await?;
    assert!(removed.admitted(), "{}", removed.message());
    report(&outcome, good.len());
    report(&refused, bad.len());
    assert!(away.refused(), "{} {}", away.status, away.message());
    Ok(())
}

/// Every container and kind of object with this image.
pub(crate) fn attempts(
    policy: &str,
    template: &Template,
    name: &str,
    image: &str,
    message: Option<&str>,
) -> Result<Vec<Attempt>, admission::AdmissionError> {
    let case = PodCase {
        name: name.to_owned(),
        message: message.map(str::to_owned),
        kinds: None,
        containers: None,
        pod: None,
        container: Some(json!({ "image": image })),
    };
    crossing(&[Cases { policy: policy.to_owned(), cases: vec![Case::Pod(case)] }], template)
}

pub(crate) async fn push(context: &Context, user: &str) -> Result<String, cluster::ClusterError> {
    let push = context.cluster().push("url-service", user);
    push.await
}

/// The rule with this run's key in place of the release's.
pub(crate) fn policy(
    name: &str,
    context: &Context,
    key: &Key,
) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let text = fs::read_to_string(repository().join(format!("kubernetes/admission/{name}/policy.yaml")))?;
    let image = context.template.image();
    let mut policy =
        Value::deserialize(serde_norway::Deserializer::from_str(&text.replace("URL_SERVICE_IMAGE", image)))?;
    policy["spec"]["attestors"][0]["cosign"]["key"]["data"] = json!(key.public()?);
    Ok(policy)
}

impl Key {
    pub(crate) fn new(
        context: &Context,
        name: &str,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let prefix = context.cluster().directory().join(name);
        let mut command = context.cluster().cosign(&["generate-key-pair"]);
        run(command.arg("--output-key-prefix").arg(&prefix))?;
        Ok(Self(prefix))
    }

    pub(crate) fn public(&self) -> std::io::Result<String> {
        fs::read_to_string(self.0.with_extension("pub"))
    }

    pub(crate) fn sign(&self, context: &Context, image: &str) -> TestResult {
        let offline =
            ["sign", "--yes", "--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry"];
        let mut command = context.cluster().cosign(&[&offline[..], &[image]].concat());
        run(command.arg("--key").arg(self.0.with_extension("key")))
    }

    /// Attests what `predicate` says to an image, as a statement of cosign's type `kind`.
    pub(crate) fn attest(&self, context: &Context, image: &str, kind: &str, predicate: &Value) -> TestResult {
        let file = context.cluster().directory().join("predicate.json");
        fs::write(&file, predicate.to_string())?;
        let offline =
            ["attest", "--yes", "--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry"];
        let mut command = context.cluster().cosign(&[&offline[..], &["--type", kind, image]].concat());
        run(command.arg("--key").arg(self.0.with_extension("key")).arg("--predicate").arg(file))
    }
}

fn run(command: &mut Command) -> TestResult {
    let output = command.env("COSIGN_PASSWORD", "").output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}
