//! A pod of url-service in every kind of object that has pods.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::overlay::text;
use crate::{AdmissionError, Caller, Overlay};

/// The label by which the objects of the tests select their pods.
const LABEL: &str = "example.com/fixture";

/// A kind of object that has pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the names are those of Kubernetes")]
pub enum Kind {
    Pod,
    ReplicationController,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Job,
    CronJob,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pod,
        Self::ReplicationController,
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::Job,
        Self::CronJob,
    ];

    fn version(self) -> &'static str {
        match self {
            Self::Pod | Self::ReplicationController => "v1",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet | Self::ReplicaSet => "apps/v1",
            Self::Job | Self::CronJob => "batch/v1",
        }
    }

    /// Who makes objects of this kind: the deployer what it deploys, a controller what follows from that, break-glass
    /// what nobody makes in the ordinary way.
    #[must_use]
    pub fn author(self) -> Caller {
        match self {
            Self::Pod => Caller::account("kube-system", "replicaset-controller"),
            Self::ReplicaSet => Caller::account("kube-system", "deployment-controller"),
            Self::Deployment | Self::Job => Caller::deployer(),
            _ => Caller::break_glass(),
        }
    }

    /// Whether a pod's description can be changed later in this kind of object.
    #[must_use]
    pub fn mutable(self) -> bool {
        !matches!(self, Self::Pod | Self::Job)
    }

    /// Whether the pod is somewhere else in such an object than in those before it in [`Kind::ALL`], or a job's, which ends.
    pub(crate) fn has_own_path(self) -> bool {
        matches!(self, Self::Pod | Self::Deployment | Self::Job | Self::CronJob)
    }

    /// A change of the pod inside of such an object, as a change of the object.
    #[must_use]
    pub fn nest(self, pod: Value) -> Value {
        match self {
            Self::Pod => pod,
            Self::CronJob => json!({ "spec": { "jobTemplate": { "spec": { "template": pod } } } }),
            _ => json!({ "spec": { "template": pod } }),
        }
    }
}

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The container itself.
    Container,
    /// One that ends before the others begin.
    Init,
    /// One that begins before the others and stays
    /// (<https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>).
    Sidecar,
    /// One that is added to a running pod.
    Ephemeral,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Container, Self::Init, Self::Sidecar, Self::Ephemeral];
}

/// The pod that every case changes.
#[derive(Clone, Debug)]
pub struct Template(Value);

impl Template {
    /// The pod of url-service.
    ///
    /// # Errors
    ///
    /// When the overlay has none.
    pub fn of(overlay: &Overlay) -> Result<Self, AdmissionError> {
        let deployment = overlay.object("Deployment", "url-service");
        let template = deployment.and_then(|object| object.pointer("/spec/template"));
        template.cloned().map(Self).ok_or_else(|| AdmissionError::Content {
            path: "overlays".into(),
            reason: "no Deployment url-service".to_owned(),
        })
    }

    /// The image of url-service.
    #[must_use]
    pub fn image(&self) -> &str {
        text(&self.0, "/spec/containers/0/image")
    }

    /// The same pod with another image.
    #[must_use]
    pub fn with_image(&self, image: &str) -> Self {
        Self(self.changed(None, Some(&json!({ "image": image })), Place::Container))
    }

    /// The pod with a change in it and in a container of it.
    #[must_use]
    pub fn changed(&self, pod: Option<&Value>, container: Option<&Value>, place: Place) -> Value {
        let mut template = self.0.clone();
        if let Some(change) = pod {
            merge(&mut template, change);
        }
        let Some(Value::Array(containers)) = template.pointer_mut("/spec/containers") else {
            return template;
        };
        let Some(main) = containers.first_mut() else { return template };
        match place {
            Place::Container | Place::Ephemeral => {
                if let Some(change) = container {
                    merge(main, change);
                }
            }
            Place::Init | Place::Sidecar => {
                let mut extra = main.clone();
                let bare = json!({ "name": "extra", "ports": null, "startupProbe": null, "readinessProbe": null,
                    "livenessProbe": null });
                merge(&mut extra, &bare);
                if place == Place::Sidecar {
                    merge(&mut extra, &json!({ "restartPolicy": "Always" }));
                }
                if let Some(change) = container {
                    merge(&mut extra, change);
                }
                merge(&mut template, &json!({ "spec": { "initContainers": [extra] } }));
            }
        }
        template
    }

    /// An ephemeral container with a change.
    #[must_use]
    pub fn ephemeral(&self, change: Option<&Value>) -> Value {
        let main = self.0.pointer("/spec/containers/0");
        let field = |name| main.and_then(|main| main.get(name)).cloned().unwrap_or_default();
        let mut container =
            json!({ "name": "debug", "image": field("image"), "securityContext": field("securityContext") });
        if let Some(change) = change {
            merge(&mut container, change);
        }
        container
    }
}

/// An object of this kind and name with these pods.
#[must_use]
pub fn fixture(kind: Kind, name: &str, template: &Value) -> Value {
    let mut template = template.clone();
    let value = format!("{kind:?}-{name}");
    merge(&mut template, &json!({ "metadata": { "labels": { LABEL: value } } }));
    if matches!(kind, Kind::Job | Kind::CronJob) {
        merge(&mut template, &json!({ "spec": { "restartPolicy": "Never" } }));
    }
    let labels = json!({ LABEL: value });
    let selector = json!({ "matchLabels": labels });
    let spec = match kind {
        Kind::Pod => Value::Null,
        Kind::ReplicationController => json!({ "replicas": 1, "selector": labels, "template": template }),
        Kind::Deployment | Kind::ReplicaSet => {
            json!({ "replicas": 1, "selector": selector, "template": template })
        }
        Kind::StatefulSet => {
            json!({ "replicas": 1, "serviceName": "url-service", "selector": selector, "template": template })
        }
        Kind::DaemonSet => json!({ "selector": selector, "template": template }),
        Kind::Job => json!({ "template": template }),
        Kind::CronJob => {
            json!({ "schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": { "spec": { "template": template } } })
        }
    };
    let mut object = json!({ "apiVersion": kind.version(), "kind": format!("{kind:?}"),
        "metadata": { "name": name, "namespace": "services" }, "spec": spec });
    if kind == Kind::Pod {
        merge(&mut object, &json!({ "spec": null }));
        merge(&mut object, &template);
    }
    debug_assert_eq!(text(&object, "/metadata/name"), name, "a change may not rename the object");
    object
}

/// JSON Merge Patch (RFC 7386, section 2).
pub(crate) fn merge(target: &mut Value, change: &Value) {
    let Value::Object(fields) = change else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(object) = target.as_object_mut() else { return };
    for (name, value) in fields {
        if value.is_null() {
            object.remove(name);
        } else {
            merge(object.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_adds_replaces_and_removes() {
        let mut target = json!({ "a": { "b": 1, "c": [1] }, "d": 2 });
        merge(&mut target, &json!({ "a": { "b": null, "c": [2] }, "e": { "f": 3 } }));
        assert_eq!(target, json!({ "a": { "c": [2] }, "d": 2, "e": { "f": 3 } }));
    }
}
