//! The cases beside each rule: `kubernetes/admission/<rule>/{good,bad}/<policy>.yaml`.

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::overlay::source;
use crate::{AdmissionError, Kind, Place};

/// A pod with a change, or a request.
#[derive(Clone, Debug)]
pub enum Case {
    /// A pod, which is tried in every kind of object that has pods.
    Pod(PodCase),
    /// A single request.
    Request(RequestCase),
}

/// A pod of url-service with a change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodCase {
    /// What it is.
    pub name: String,
    /// Why it is refused; none where it is admitted.
    pub message: Option<String>,
    /// The kinds of objects in which it means something; all where none is named.
    pub kinds: Option<Vec<Kind>>,
    /// The containers in which it means something; all where none is named.
    pub containers: Option<Vec<Place>>,
    /// A change of the pod (RFC 7386).
    pub pod: Option<Value>,
    /// A change of a container (RFC 7386).
    pub container: Option<Value>,
}

/// A request of somebody.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestCase {
    /// What it is.
    pub name: String,
    /// Why it is refused; none where it is admitted.
    pub message: Option<String>,
    /// Who asks: a name of [`crate::Caller::named`].
    #[serde(rename = "as")]
    pub caller: String,
    /// Verb and path; CONNECT stands for a connection through the API server.
    pub request: String,
    /// What is sent.
    pub body: Option<Value>,
}

/// The cases of one policy.
#[derive(Clone, Debug)]
pub struct Cases {
    /// The policy.
    pub policy: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Reads every file of the folders `good` or `bad`.
///
/// # Errors
///
/// When one does not have the form of a case.
pub fn load(folder: &str) -> Result<Vec<Cases>, AdmissionError> {
    let mut found = Vec::new();
    let root = source();
    let failed = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| AdmissionError::File { path, source }
    };
    for rule in fs::read_dir(&root).map_err(failed(&root))?.flatten() {
        let Ok(files) = fs::read_dir(rule.path().join(folder)) else { continue };
        for path in files.flatten().map(|file| file.path()) {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let content = |error: serde_norway::Error| AdmissionError::Content {
                path: path.clone(),
                reason: error.to_string(),
            };
            let mut cases = Vec::new();
            for document in serde_norway::Deserializer::from_str(&text) {
                let value = Value::deserialize(document).map_err(content)?;
                cases.push(case(value).map_err(|error| AdmissionError::Content {
                    path: path.clone(),
                    reason: error.to_string(),
                })?);
            }
            let policy = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            found.push(Cases { policy, cases });
        }
    }
    found.sort_by(|one, other| one.policy.cmp(&other.policy));
    Ok(found)
}

fn case(value: Value) -> Result<Case, serde_json::Error> {
    if value.get("request").is_some() {
        serde_json::from_value(value).map(Case::Request)
    } else {
        serde_json::from_value(value).map(Case::Pod)
    }
}
