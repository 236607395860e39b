//! Images whose SBOM, provenance or scan is missing or says something else are refused, each with its own message.

use admission::Caller;
use http::Method;
use serde_json::{Value, json};
use trials::TestResult;

use crate::context::Context;
use crate::signatures::{Key, attempts, policy, push};

const POLICY: &str = "attestations";
const REPOSITORY: &str = "https://source.example/zero-trust-eks";
const BRANCH: &str = "refs/heads/main";
const WORKFLOW: &str = ".github/workflows/release.yml";
const BUILDER: &str = "https://github.com/actions/runner/github-hosted";

/// What is attested to one image; nothing is attested in place of `None`.
#[derive(Clone)]
struct Statements {
    sbom: Option<Value>,
    provenance: Option<Value>,
    scan: Option<Value>,
}

pub(crate) async fn only_what_the_release_attested_gets_in(context: &Context) -> TestResult {
    context.cluster().revive()?;
    let (release, other) = (Key::new(context, "attesting")?, Key::new(context, "foreign")?);
    let text = policy(POLICY, context, &release)?.to_string().replace("SOURCE_REPOSITORY", REPOSITORY);
    let rule: Value = serde_json::from_str(&text)?;

    // All other containers are attested, so that the one that is not stands alone.
    let good = push(context, "20:20").await?;
    attest(context, &release, &good, &Statements::good())?;
    let template = context.template.with_image(&good);
    context.replace_pod(&template).await?;

    let mut bad = Vec::new();
    for (number, (name, statements, message)) in hostile().into_iter().enumerate() {
        let image = push(context, &format!("{0}:{0}", 30 + number)).await?;
        attest(context, &release, &image, &statements)?;
        bad.push(attempts(POLICY, &template, name, &image, Some(message))?);
    }
    let foreign = push(context, "21:21").await?;
    attest(context, &other, &foreign, &Statements::good())?;
    let message = "an image has no SBOM by the release";
    bad.push(attempts(POLICY, &template, "another key", &foreign, Some(message))?);
    // Containers and kinds are crossed with the first; the others differ in what is attested only.
    let rest = bad.iter().skip(1).filter_map(|attempts| attempts.first()).cloned();
    let bad: Vec<_> = bad.first().into_iter().flatten().cloned().chain(rest).collect();
    let good = attempts(POLICY, &template, "the release's image", &good, None)?;

    context.apply(&Caller::break_glass(), &rule).await?;
    let first = bad.first().expect("a hostile object");
    context
        .until("the rule holds", async || Ok(first.send(&context.api).await?.message().contains(message)))
        .await;
    println!("attested: {}, not attested or wrongly: {}", good.len(), bad.len());
    let outcome = context.failures(&good).await;
    let refused = context.failures(&bad).await;

    let api = context.api.as_caller(&Caller::break_glass())?;
    let removed = api.send(Method::DELETE, &admission::path(&rule), "application/json", &Value::Null).await?;
    assert!(removed.admitted(), "{}", removed.message());
    crate::hostile::report(&outcome, good.len());
    crate::hostile::report(&refused, bad.len());
    Ok(())
}

/// What is attested, what is wrong with it, and with which message it has to be refused.
type Hostile = (&'static str, Statements, &'static str);

fn hostile() -> Vec<Hostile> {
    let good = Statements::good();
    let none = Statements { sbom: None, provenance: None, scan: None };
    let unproven = Statements { provenance: None, ..good.clone() };
    let unscanned = Statements { scan: None, ..good.clone() };
    let advisory = Statements { scan: Some(scan(1)), ..good };
    let mut hostile = vec![
        ("nothing attested", none, "an image has no SBOM by the release"),
        ("no provenance", unproven, "an image has no provenance by the release"),
        ("no scan", unscanned, "an image has no scan by the release"),
        ("an advisory", advisory, "a scan has found advisories"),
    ];
    hostile.extend(bills());
    hostile.extend(builds());
    hostile
}

fn bills() -> [Hostile; 3] {
    [
        ("another image's SBOM", bill("migrate", "tokio", "MIT"), "an SBOM is of another image"),
        (
            "a forbidden package",
            bill("url-service", "openssl", "Apache-2.0"),
            "an SBOM names a forbidden package",
        ),
        (
            "a forbidden licence",
            bill("url-service", "copied", "GPL-3.0-only"),
            "an SBOM names a forbidden licence or none",
        ),
    ]
    .map(|(name, sbom, message)| (name, Statements { sbom: Some(sbom), ..Statements::good() }, message))
}

fn builds() -> [Hostile; 4] {
    [
        (
            "another repository",
            provenance("https://source.example/fork", BRANCH, WORKFLOW, BUILDER),
            "an image was built from another repository",
        ),
        (
            "another branch",
            provenance(REPOSITORY, "refs/heads/feature", WORKFLOW, BUILDER),
            "an image was built from another branch",
        ),
        (
            "another workflow",
            provenance(REPOSITORY, BRANCH, ".github/workflows/ci.yml", BUILDER),
            "an image was built by another workflow",
        ),
        (
            "a build on somebody's machine",
            provenance(REPOSITORY, BRANCH, WORKFLOW, "https://builder.invalid/local"),
            "an image was built by another builder",
        ),
    ]
    .map(|(name, built, message)| {
        (name, Statements { provenance: Some(built), ..Statements::good() }, message)
    })
}

impl Statements {
    fn good() -> Self {
        Self {
            sbom: Some(bill("url-service", "tokio", "MIT")),
            provenance: Some(provenance(REPOSITORY, BRANCH, WORKFLOW, BUILDER)),
            scan: Some(scan(0)),
        }
    }
}

fn attest(context: &Context, key: &Key, image: &str, statements: &Statements) -> TestResult {
    let kinds = [
        ("cyclonedx", &statements.sbom),
        ("slsaprovenance1", &statements.provenance),
        ("vuln", &statements.scan),
    ];
    for (kind, predicate) in kinds {
        if let Some(predicate) = predicate {
            key.attest(context, image, kind, predicate)?;
        }
    }
    Ok(())
}

fn bill(image: &str, package: &str, licence: &str) -> Value {
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": image, "version": "1.0.0" } },
        "components": [{
            "type": "library", "name": package, "version": "1.0.0",
            "purl": format!("pkg:cargo/{package}@1.0.0"), "licenses": [{ "expression": licence }],
        }],
    })
}

fn provenance(repository: &str, branch: &str, path: &str, builder: &str) -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": { "workflow": { "repository": repository, "ref": branch, "path": path } },
            "resolvedDependencies": [{
                "uri": format!("git+{repository}@{branch}"),
                "digest": { "gitCommit": "0123456789abcdef0123456789abcdef01234567" },
            }],
        },
        "runDetails": { "builder": { "id": builder } },
    })
}

fn scan(advisories: u32) -> Value {
    json!({
        "invocation": { "uri": "", "event_id": "", "builder.id": "" },
        "scanner": {
            "uri": "https://crates.io/crates/cargo-audit",
            "version": "0",
            "db": { "uri": "https://github.com/RustSec/advisory-db", "version": "0" },
            "result": { "vulnerabilities": { "found": advisories > 0, "count": advisories } },
        },
        "metadata": { "scanStartedOn": "2026-11-01T00:00:00Z", "scanFinishedOn": "2026-11-01T00:00:01Z" },
    })
}
