//! The system itself is admitted: every object of every overlay, and the pods that controllers make of them.

use admission::{Overlay, path};
use trials::TestResult;

use crate::context::Context;
use crate::hostile::report;

pub(crate) async fn every_manifest_is_admitted(context: &Context) -> TestResult {
    refusals("production", &context.applied);
    let local = {
        let cluster = context.cluster();
        Overlay::render(cluster.kubectl(), "local", cluster.directory())?
    };
    // A Job cannot be changed: the one of the other overlay goes first.
    let job = local.object("Job", "migrate").expect("a job");
    let deleted = context
        .api
        .send(http::Method::DELETE, &path(job), "application/json", &serde_json::Value::Null)
        .await?;
    assert!(deleted.admitted(), "{}", deleted.message());
    context.until("the job is gone", async || Ok(context.api.get(&path(job)).await?.status == 404)).await;
    refusals("local", &context.apply_others(&local).await);
    Ok(())
}

fn refusals(overlay: &str, answers: &[(String, admission::Answer)]) {
    println!("{overlay}: {} objects", answers.len());
    assert!(answers.len() > 20, "{overlay} has {} objects only", answers.len());
    let refused = answers.iter().filter(|(_, answer)| !answer.admitted());
    let refused = refused.map(|(path, answer)| format!("{path}: {}", answer.message()));
    report(&refused.collect::<Vec<_>>(), answers.len());
}

/// Each controller makes its pods, with the token that the webhook gives them.
pub(crate) async fn the_pods_of_controllers_are_admitted(context: &Context) -> TestResult {
    let makers = [
        ("Job/migrate", "batch.kubernetes.io/job-name=migrate"),
        ("Deployment/url-service", "app.kubernetes.io/name=url-service,pod-template-hash"),
        ("Deployment/worker", "app.kubernetes.io/name=worker,pod-template-hash"),
        ("StatefulSet/fixture", "example.com/fixture=StatefulSet-fixture"),
        ("ReplicaSet/fixture", "example.com/fixture=ReplicaSet-fixture"),
        ("ReplicationController/fixture", "example.com/fixture=ReplicationController-fixture"),
        ("Job/fixture", "example.com/fixture=Job-fixture"),
    ];
    for (maker, selector) in makers {
        let query = selector.replace('=', "%3D").replace('/', "%2F").replace(',', "%2C");
        let url = format!("/api/v1/namespaces/services/pods?labelSelector={query}");
        context
            .until(&format!("{maker} has a pod"), async || {
                let list = context.api.get(&url).await?;
                let pods = list.body["items"].as_array().cloned().unwrap_or_default();
                Ok(pods.iter().any(|pod| pod.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE")))
            })
            .await;
    }
    Ok(())
}
