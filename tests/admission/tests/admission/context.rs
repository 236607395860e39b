//! A cluster with every rule in force and the whole production overlay on it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use admission::{
    AdmissionError, Answer, Api, Attempt, Caller, Kind, Overlay, Place, Template, Verdict, collection,
    fixture, path,
};
use cluster::{AdmissionCluster, Plan};
use futures::{StreamExt as _, stream};
use http::Method;
use serde_json::{Value, json};
use stack::Progress;
use trust_map::repository;

/// How long a change of the rules may take to hold.
pub(crate) const SOON: Duration = Duration::from_mins(1);
/// How many requests are under way at once.
const AT_ONCE: usize = 6;
const APPLY: &str = "application/apply-patch+yaml";

/// What the tests share.
pub(crate) struct Context {
    cluster: Mutex<AdmissionCluster>,
    pub(crate) api: Api,
    pub(crate) overlay: Overlay,
    pub(crate) template: Template,
    /// How each object of the overlay was answered when it was applied.
    pub(crate) applied: Vec<(String, Answer)>,
}

impl Context {
    /// Starts the cluster, puts the rules in force, then applies everything else as whoever does so in production.
    pub(crate) async fn start() -> Self {
        let plan = Plan::new(Plan::MOST - 2).expect("a plan");
        let now = time::OffsetDateTime::now_utc();
        let cluster = AdmissionCluster::start(plan, now, &Progress::stdout()).expect("a control plane");
        let api = Api::new(&cluster).expect("a client");
        prepare(&cluster);
        let overlay =
            Overlay::render(cluster.kubectl(), "production", cluster.directory()).expect("an overlay");
        let template = Template::of(&overlay).expect("a pod");
        let mut context = Self { cluster: Mutex::new(cluster), api, overlay, template, applied: Vec::new() };
        // Whoever makes the cluster gives break-glass its rights, before any rule holds.
        let roles = ["Namespace", "ClusterRoleBinding", "Role", "RoleBinding"];
        for kind in roles {
            for object in context.overlay.others().filter(|object| object["kind"] == kind) {
                context
                    .apply(&Caller::named("administrator").expect("a caller"), object)
                    .await
                    .expect("a role");
            }
        }
        for rule in context.overlay.rules() {
            context.apply(&Caller::break_glass(), rule).await.expect("a rule");
        }
        context.in_force().await;
        context.applied = context.apply_others(&context.overlay).await;
        context.make_fixtures().await;
        context
    }

    pub(crate) fn cluster(&self) -> MutexGuard<'_, AdmissionCluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Server-side apply.
    pub(crate) async fn apply(&self, caller: &Caller, object: &Value) -> Result<Answer, AdmissionError> {
        let path = format!("{}?fieldManager=overlay&force=true", path(object));
        let answer = self.api.as_caller(caller)?.send(Method::PATCH, &path, APPLY, object).await?;
        if answer.admitted() {
            return Ok(answer);
        }
        Err(AdmissionError::Refused {
            request: path,
            status: answer.status,
            message: answer.message().to_owned(),
        })
    }

    /// Applies what is no rule, each object as whoever applies it in production.
    pub(crate) async fn apply_others(&self, overlay: &Overlay) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        for object in overlay.others() {
            let caller = match object["kind"].as_str().expect("a kind") {
                "Deployment" | "Job" | "ConfigMap" | "Service" | "HorizontalPodAutoscaler" => {
                    Caller::deployer()
                }
                _ => Caller::break_glass(),
            };
            let own = path(object);
            let url = format!("{own}?fieldManager=overlay&force=true");
            let api = self.api.as_caller(&caller).expect("a caller");
            answers.push((own, api.send(Method::PATCH, &url, APPLY, object).await.expect("an answer")));
        }
        answers
    }

    /// Waits until the rules hold: those of Kyverno when it says so, those of the API server when one of each refuses.
    async fn in_force(&self) {
        let rules: Vec<_> = self.overlay.rules().filter(|rule| rule["kind"] == "ValidatingPolicy").collect();
        for rule in rules {
            self.until("a policy is ready", async || {
                let answer = self.api.get(&path(rule)).await?;
                Ok(answer.body["status"]["conditionStatus"]["ready"] == true)
            })
            .await;
        }
        let label = json!({ "metadata": { "labels": { "example.com/a": "b" } } });
        let administrator = Caller::named("administrator").expect("a caller");
        self.until("the API server has the rules", async || {
            let url = "/api/v1/namespaces/services?dryRun=All";
            let api = self.api.as_caller(&administrator)?;
            let answer = api.send(Method::PATCH, url, "application/merge-patch+json", &label).await?;
            Ok(answer
                .refused_by("guard-namespaces", "a namespace of the system is changed without break-glass"))
        })
        .await;
    }

    /// Objects that are good, for whoever wants to change them.
    async fn make_fixtures(&self) {
        let template = self.template.changed(None, None, Place::Container);
        for kind in Kind::ALL {
            let object = fixture(kind, "fixture", &template);
            let api = self.api.as_caller(&kind.author()).expect("a caller");
            let answer = api
                .send(Method::POST, &collection(&object), "application/json", &object)
                .await
                .expect("an answer");
            assert!(answer.admitted(), "{kind:?}: {} {}", answer.status, answer.message());
        }
    }

    /// Puts another pod in the place of the one that the tests left there.
    pub(crate) async fn replace_pod(&self, template: &Template) -> Result<(), AdmissionError> {
        let pod = fixture(Kind::Pod, "fixture", &template.changed(None, None, Place::Container));
        let url = format!("{}?gracePeriodSeconds=0", path(&pod));
        let api = self.api.as_caller(&Caller::break_glass())?;
        api.send(Method::DELETE, &url, "application/json", &Value::Null).await?;
        self.until("the pod is gone", async || Ok(self.api.get(&path(&pod)).await?.status == 404)).await;
        let api = self.api.as_caller(&Kind::Pod.author())?;
        let answer = api.send(Method::POST, &collection(&pod), "application/json", &pod).await?;
        assert!(answer.admitted(), "{} {}", answer.status, answer.message());
        Ok(())
    }

    /// Sends all and returns what did not come out as it had to.
    pub(crate) async fn failures(&self, attempts: &[Attempt]) -> Vec<String> {
        let verdicts = stream::iter(attempts).map(async |attempt| match attempt.verdict(&self.api).await {
            Ok(Verdict::AsExpected) => None,
            Ok(Verdict::Otherwise(answer)) => Some(format!("{attempt}: {answer}")),
            Err(error) => Some(format!("{attempt}: {error}")),
        });
        verdicts.buffer_unordered(AT_ONCE).filter_map(async |failure| failure).collect().await
    }

    /// Waits for a condition.
    pub(crate) async fn until(
        &self,
        what: &str,
        mut condition: impl AsyncFnMut() -> Result<bool, AdmissionError>,
    ) {
        let begun = Instant::now();
        loop {
            match condition().await {
                Ok(true) => return,
                other if begun.elapsed() > SOON => panic!("{what}: not within {SOON:?}: {other:?}"),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// What the overlay takes for granted: the definitions of add-ons, a namespace, a runtime class to ask for.
fn prepare(cluster: &AdmissionCluster) {
    let kubectl = cluster.kubectl();
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions.yaml");
    let identities = repository().join("tests/cluster/platform/spiffe-ids.yaml");
    for file in [definitions, identities] {
        kubectl.run(&["apply", "-f", &file.display().to_string()]).expect("definitions");
    }
    kubectl
        .run(&["wait", "--for=condition=established", "crd", "--all", "--timeout=60s"])
        .expect("definitions");
    let objects = json!({ "apiVersion": "v1", "kind": "List", "items": [
        { "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "keda" } },
        { "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "elsewhere" } },
        // What EKS gives to its own controller.
        { "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
          "metadata": { "name": "eks:vpc-resource-controller" },
          "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "patch", "watch"] }] },
        { "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
          "metadata": { "name": "eks:vpc-resource-controller" },
          "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
            "name": "eks:vpc-resource-controller" },
          "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User",
            "name": "eks:vpc-resource-controller" }] },
        { "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": { "name": "other" }, "handler": "other" },
    ] });
    kubectl.apply(&objects.to_string()).expect("namespaces");
}
