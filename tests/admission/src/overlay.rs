//! The overlays, as kustomize renders them with the example's values.

use std::fs;
use std::path::{Path, PathBuf};

use cluster::{Kubectl, copy_with_example};
use serde::Deserialize as _;
use serde_json::Value;
use trust_map::repository;

use crate::AdmissionError;

/// The kinds of the rules themselves.
const RULES: [&str; 4] = [
    "ImageValidatingPolicy",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingPolicy",
];

/// The objects of one overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    objects: Vec<Value>,
}

impl Overlay {
    /// Renders the overlay `name` with the rules of admission; the copy that it is rendered from is under `directory`.
    ///
    /// # Errors
    ///
    /// When kustomize refuses.
    pub fn render(kubectl: &Kubectl, name: &str, directory: &Path) -> Result<Self, AdmissionError> {
        let copy = directory.join(format!("overlay-{name}"));
        copy_with_example(&repository().join("kubernetes"), &copy, &[name])?;
        let folder = copy.join("overlays").join(name);
        with_rules(&folder.join("kustomization.yaml"))?;
        let text = kubectl.run(&["kustomize", &folder.display().to_string()])?;
        let documents = serde_norway::Deserializer::from_str(&text).map(Value::deserialize);
        let objects = documents.collect::<Result<Vec<_>, _>>();
        let objects =
            objects.map_err(|error| AdmissionError::Content { path: folder, reason: error.to_string() })?;
        Ok(Self { objects })
    }

    /// The rules of admission.
    pub fn rules(&self) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(|object| is_rule(object))
    }

    /// Everything else.
    pub fn others(&self) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(|object| !is_rule(object))
    }

    /// The object of this kind and name.
    #[must_use]
    pub fn object(&self, kind: &str, name: &str) -> Option<&Value> {
        self.objects
            .iter()
            .find(|object| text(object, "/kind") == kind && text(object, "/metadata/name") == name)
    }
}

fn is_rule(object: &Value) -> bool {
    RULES.contains(&text(object, "/kind"))
}

/// Adds the component to an overlay that leaves it out.
fn with_rules(path: &Path) -> Result<(), AdmissionError> {
    let file = |source| AdmissionError::File { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(file)?;
    if text.contains("../../admission\n") {
        return Ok(());
    }
    let anchor = "components:\n";
    let text = text.replacen(anchor, &format!("{anchor}  - ../../admission\n"), 1);
    fs::write(path, text).map_err(|source| AdmissionError::File { path: path.to_owned(), source })
}

/// The text at a JSON pointer of an object.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The collection of the API that an object belongs to.
#[must_use]
pub fn collection(object: &Value) -> String {
    let version = text(object, "/apiVersion");
    let root = if version.contains('/') { "/apis" } else { "/api" };
    let kind = text(object, "/kind").to_lowercase();
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with("ss") => format!("{kind}es"),
        None if kind.ends_with('s') => kind,
        None => format!("{kind}s"),
    };
    match text(object, "/metadata/namespace") {
        "" => format!("{root}/{version}/{plural}"),
        namespace => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
    }
}

/// The object's own path.
#[must_use]
pub fn path(object: &Value) -> String {
    format!("{}/{}", collection(object), text(object, "/metadata/name"))
}

/// The directory of the rules.
pub(crate) fn source() -> PathBuf {
    repository().join("kubernetes/admission")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_has_the_path_that_the_api_gives_it() {
        let policy = json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": "dns", "namespace": "services" } });
        assert_eq!(path(&policy), "/apis/networking.k8s.io/v1/namespaces/services/networkpolicies/dns");
        let namespace =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "services" } });
        assert_eq!(path(&namespace), "/api/v1/namespaces/services");
        let ingress = json!({ "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": { "name": "a", "namespace": "services" } });
        assert_eq!(collection(&ingress), "/apis/networking.k8s.io/v1/namespaces/services/ingresses");
    }
}
