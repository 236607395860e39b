//! IAM roles for service accounts, with a real issuer: tokens that this API server signs, exchanged at aws-gate.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::context::{Context, NAMESPACE, TestResult, answer, manifest};

pub(crate) const AUDIENCE: &str = "sts.amazonaws.com";

/// The claims of a token, unverified.
pub(crate) fn claims(token: &str) -> Result<Value, Box<dyn Error>> {
    use base64::Engine as _;
    let body = token.split('.').nth(1).ok_or("not a token")?;
    Ok(serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body)?)?)
}

/// A token that the API server makes for an account.
fn token(
    context: &Context,
    namespace: &str,
    account: &str,
    audience: &str,
) -> Result<String, Box<dyn Error>> {
    let audience = format!("--audience={audience}");
    let token =
        context.kubectl().run(&["create", "token", account, "-n", namespace, &audience, "--duration=10m"])?;
    Ok(token.trim().to_owned())
}

pub(crate) fn role(name: &str) -> String {
    format!("arn:aws:iam::{}:role/zero-trust-eks-{name}-irsa", stack::names::ACCOUNT)
}

/// Asks STS for a role's session, from the node and through the endpoint, as a pod would.
pub(crate) fn exchange(context: &Context, token: &str, role: &str) -> Result<(u16, String), Box<dyn Error>> {
    let (host, address) = context.cluster().plan().endpoints()[0];
    let authority = context.cluster().directory().join("aws.crt");
    let mut command = context.cluster().on_node("curl");
    command.arg("--cacert").arg(authority).arg("--resolve").arg(format!("{host}:443:{address}"));
    command.args(["-X", "POST", &format!("https://{host}/")]);
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleSessionName", "cluster-test"),
        ("RoleArn", role),
        ("WebIdentityToken", token),
    ];
    for (name, value) in fields {
        command.arg("--data-urlencode").arg(format!("{name}={value}"));
    }
    answer(&mut command)
}

pub(crate) fn the_right_token_is_exchanged_for_its_own_role_only(context: &Context) -> TestResult {
    for account in ["url-service", "worker", "migrate"] {
        let token = token(context, NAMESPACE, account, AUDIENCE)?;
        for name in ["url-service", "worker", "migrate", "keda"] {
            let (status, body) = exchange(context, &token, &role(name))?;
            if name == account {
                assert_eq!(status, 200, "{account}: {body}");
                assert!(body.contains("<SecretAccessKey>"), "{account}");
            } else {
                assert_eq!(status, 403, "{account} became {name}: {body}");
                assert!(body.contains("<Code>AccessDenied</Code>"), "{account} → {name}: {body}");
            }
        }
    }
    Ok(())
}

pub(crate) fn tokens_of_others_are_refused_with_the_reason(context: &Context) -> TestResult {
    let kubectl = context.kubectl();
    kubectl
        .apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker, namespace: elsewhere}}")?;
    let right = token(context, NAMESPACE, "worker", AUDIENCE)?;
    let mut parts: Vec<_> = right.split('.').collect();
    let signature = parts[2].chars().rev().collect::<String>();
    parts[2] = &signature;
    let forged = parts.join(".");
    let cases = [
        ("another namespace", token(context, "elsewhere", "worker", AUDIENCE)?, "AccessDenied"),
        ("another account", token(context, NAMESPACE, "default", AUDIENCE)?, "AccessDenied"),
        (
            "another audience",
            token(context, NAMESPACE, "worker", "https://example.com")?,
            "InvalidIdentityToken",
        ),
        (
            "the API server's audience",
            token(context, NAMESPACE, "worker", &context.cluster().plan().issuer())?,
            "InvalidIdentityToken",
        ),
        ("another signature", forged, "InvalidIdentityToken"),
    ];
    for (name, token, code) in cases {
        let (status, body) = exchange(context, &token, &role("worker"))?;
        assert!(status >= 400 && body.contains(&format!("<Code>{code}</Code>")), "{name}: {status} {body}");
    }
    let decisions = fs::read_to_string(&context.cluster().facts().decisions)?;
    assert!(
        decisions.contains("system:serviceaccount:elsewhere:worker"),
        "the refusal is not in the log of decisions"
    );
    assert!(!decisions.contains(&right), "a token is in the log of decisions");
    kubectl.run(&["delete", "serviceaccount", "worker", "-n", "elsewhere"])?;
    Ok(())
}

/// Another cluster signs with another key, whatever it calls itself.
pub(crate) fn a_token_of_another_cluster_is_refused(context: &Context) -> TestResult {
    let right = token(context, NAMESPACE, "worker", AUDIENCE)?;
    let key = context.cluster().directory().join("another-cluster.key");
    Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048").output()?;
    let mut claims = claims(&right)?;
    for issuer in
        [context.cluster().plan().issuer(), context.cluster().plan().issuer().replace("/id/", "/id/F")]
    {
        claims["iss"] = issuer.clone().into();
        let signed = sign(&key, right.split('.').next().unwrap_or_default(), &claims)?;
        let (status, body) = exchange(context, &signed, &role("worker"))?;
        assert!(
            status == 400 && body.contains("<Code>InvalidIdentityToken</Code>"),
            "{issuer}: {status} {body}"
        );
    }
    Ok(())
}

/// Signs claims as RS256 (RFC 7518 §3.3), under the header of another token.
fn sign(key: &Path, header: &str, claims: &Value) -> Result<String, Box<dyn Error>> {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let input = key.with_extension("message");
    fs::write(&input, &message)?;
    let output = Command::new("openssl").args(["dgst", "-sha256", "-sign"]).arg(key).arg(&input).output()?;
    Ok(format!("{message}.{}", encode(&output.stdout)))
}

pub(crate) fn the_webhook_gives_nothing_to_an_account_without_a_role(context: &Context) -> TestResult {
    let image = context.cluster().image("listener").ok_or("no image")?;
    let manifest = manifest(NAMESPACE, "without-role", "rogue", "default", image, &["8080"]);
    let pod = context.start_pod(&manifest)?;
    let text = pod.object.to_string();
    context.delete_pod(&manifest);
    assert!(!text.contains("AWS_ROLE_ARN") && !text.contains("serviceAccountToken"), "{text}");
    Ok(())
}
