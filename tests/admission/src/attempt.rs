//! A request, and what has to come of it.

use std::fmt;

use http::Method;
use serde_json::{Value, json};

use crate::case::{Case, PodCase, RequestCase};
use crate::overlay::{collection, path};
use crate::{AdmissionError, Answer, Api, Caller, Cases, Kind, Place, Template, fixture};

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";
/// Every request is looked at as if it counted, and changes nothing
/// (<https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run>).
const DRY_RUN: &str = "dryRun=All";

/// What has to come of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is taken.
    Admitted,
    /// A policy refuses it with this message.
    Refused {
        /// The policy.
        policy: String,
        /// The message.
        message: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What had to come.
    AsExpected,
    /// Something else, as the API server said it.
    Otherwise(String),
}

/// A request.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What it is: policy, case, container, kind, operation.
    pub name: String,
    /// The kind of object, where it is one that has pods.
    pub kind: Option<Kind>,
    /// What has to come of it.
    pub expected: Expected,
    caller: Caller,
    method: Method,
    path: String,
    content: &'static str,
    body: Value,
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (as {})", self.name, self.caller.user())
    }
}

impl Attempt {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub async fn send(&self, api: &Api) -> Result<Answer, AdmissionError> {
        api.as_caller(&self.caller)?.send(self.method.clone(), &self.path, self.content, &self.body).await
    }

    /// Sends it and compares.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub async fn verdict(&self, api: &Api) -> Result<Verdict, AdmissionError> {
        let answer = self.send(api).await?;
        let fits = match &self.expected {
            Expected::Admitted => answer.admitted(),
            Expected::Refused { policy, message } => answer.refused_by(policy, message),
        };
        Ok(if fits {
            Verdict::AsExpected
        } else {
            Verdict::Otherwise(format!("{} {}", answer.status, answer.message()))
        })
    }

    /// Sends it and says whether any rule of admission refused it.
    ///
    /// # Errors
    ///
    /// When no answer came.
    pub async fn gets_in(&self, api: &Api) -> Result<bool, AdmissionError> {
        Ok(!self.send(api).await?.refused())
    }

    /// The case that it is of: its name without container, kind and operation.
    #[must_use]
    pub fn case(&self) -> &str {
        self.name.split(',').next().unwrap_or(&self.name)
    }

    /// What it asks for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    fn request(policy: &str, case: &RequestCase) -> Result<Self, AdmissionError> {
        let (verb, path) = case.request.split_once(' ').unwrap_or_default();
        let (method, content) = match verb {
            "POST" => (Method::POST, JSON),
            "PUT" => (Method::PUT, JSON),
            "DELETE" => (Method::DELETE, JSON),
            "PATCH" if path.ends_with("/ephemeralcontainers") => (Method::PATCH, STRATEGIC),
            "PATCH" => (Method::PATCH, MERGE),
            "CONNECT" => (Method::GET, JSON),
            _ => {
                return Err(AdmissionError::Case {
                    name: case.name.clone(),
                    reason: format!("the verb {verb}"),
                });
            }
        };
        let path = if verb == "CONNECT" { path.to_owned() } else { format!("{path}?{DRY_RUN}") };
        Ok(Self {
            name: format!("{policy}: {}", case.name),
            kind: None,
            expected: expected(policy, case.message.as_deref()),
            caller: Caller::named(&case.caller)?,
            method,
            path,
            content,
            body: case.body.clone().unwrap_or_default(),
        })
    }
}

fn expected(policy: &str, message: Option<&str>) -> Expected {
    message.map_or(Expected::Admitted, |message| Expected::Refused {
        policy: policy.to_owned(),
        message: message.to_owned(),
    })
}

/// Every case in every container, kind and operation in which it means something.
///
/// # Errors
///
/// When a case says something that means nothing.
pub fn crossing(cases: &[Cases], template: &Template) -> Result<Vec<Attempt>, AdmissionError> {
    let mut attempts = Vec::new();
    for Cases { policy, cases } in cases {
        for case in cases {
            match case {
                Case::Request(case) => attempts.push(Attempt::request(policy, case)?),
                Case::Pod(case) => attempts.extend(pods(policy, case, template)),
            }
        }
    }
    Ok(attempts)
}

/// The unchanged pod in every container, kind and operation: the nearest good neighbour of each hostile one.
#[must_use]
pub fn good_crossing(template: &Template) -> Vec<Attempt> {
    let nothing = json!({});
    let case = PodCase {
        name: "the pod of url-service".to_owned(),
        message: None,
        kinds: None,
        containers: None,
        pod: None,
        container: Some(nothing),
    };
    pods("good", &case, template)
}

fn pods(policy: &str, case: &PodCase, template: &Template) -> Vec<Attempt> {
    let kinds = case.kinds.clone().unwrap_or_else(|| Kind::ALL.to_vec());
    let places = match (&case.containers, &case.container) {
        (Some(places), _) => places.clone(),
        (None, Some(_)) => Place::ALL.to_vec(),
        // A change of the pod is one, whatever containers it has.
        (None, None) => vec![Place::Container],
    };
    let mut attempts = Vec::new();
    for place in places {
        if place == Place::Ephemeral {
            if kinds.contains(&Kind::Pod) {
                attempts.push(ephemeral(policy, case, template));
            }
            continue;
        }
        for kind in kinds.iter().filter(|kind| place == Place::Container || kind.has_own_path()) {
            let pod = template.changed(case.pod.as_ref(), case.container.as_ref(), place);
            let make = Make { policy, case, kind: *kind, place, pod: &pod };
            attempts.push(make.create());
            if place == Place::Container {
                attempts.extend(make.update());
                attempts.extend(make.apply());
            }
        }
    }
    attempts
}

fn ephemeral(policy: &str, case: &PodCase, template: &Template) -> Attempt {
    Attempt {
        name: format!("{policy}: {}, Ephemeral, Pod, UPDATE", case.name),
        kind: Some(Kind::Pod),
        expected: expected(policy, case.message.as_deref()),
        caller: Caller::break_glass(),
        method: Method::PATCH,
        path: format!("/api/v1/namespaces/services/pods/fixture/ephemeralcontainers?{DRY_RUN}"),
        content: STRATEGIC,
        body: json!({ "spec": { "ephemeralContainers": [template.ephemeral(case.container.as_ref())] } }),
    }
}

/// One case in one container of one kind of object.
struct Make<'a> {
    policy: &'a str,
    case: &'a PodCase,
    kind: Kind,
    place: Place,
    pod: &'a Value,
}

impl Make<'_> {
    fn attempt(
        &self,
        operation: &str,
        method: Method,
        path: String,
        content: &'static str,
        body: Value,
    ) -> Attempt {
        let (policy, place, kind) = (self.policy, self.place, self.kind);
        Attempt {
            name: format!("{policy}: {}, {place:?}, {kind:?}, {operation}", self.case.name),
            kind: Some(kind),
            expected: expected(policy, self.case.message.as_deref()),
            caller: kind.author(),
            method,
            path,
            content,
            body,
        }
    }

    fn create(&self) -> Attempt {
        let object = fixture(self.kind, "hostile", self.pod);
        let path = format!("{}?{DRY_RUN}", collection(&object));
        self.attempt("CREATE", Method::POST, path, JSON, object)
    }

    /// A change of the good object that the tests left there.
    fn update(&self) -> Option<Attempt> {
        let object = fixture(self.kind, "fixture", self.pod);
        let path = format!("{}?{DRY_RUN}", path(&object));
        if self.kind.mutable() {
            let mut change = self.case.pod.clone().unwrap_or_else(|| json!({}));
            if self.case.container.is_some() {
                let containers = self.pod.pointer("/spec/containers").cloned().unwrap_or_default();
                crate::pod::merge(&mut change, &json!({ "spec": { "containers": containers } }));
            }
            return Some(self.attempt("UPDATE", Method::PATCH, path, MERGE, self.kind.nest(change)));
        }
        // All that can be changed in a pod that is there is its image.
        let image = self.case.container.as_ref().and_then(|change| change.get("image"));
        let image = image.filter(|_| self.kind == Kind::Pod && self.case.pod.is_none())?;
        let change = json!({ "spec": { "containers": [{ "name": "url-service", "image": image }] } });
        Some(self.attempt("UPDATE", Method::PATCH, path, STRATEGIC, change))
    }

    /// Server-side apply, which makes the object
    /// (<https://kubernetes.io/docs/reference/using-api/server-side-apply/>).
    fn apply(&self) -> Option<Attempt> {
        if !matches!(self.kind, Kind::Pod | Kind::Deployment | Kind::CronJob) {
            return None;
        }
        let object = fixture(self.kind, "applied", self.pod);
        let path = format!("{}?{DRY_RUN}&fieldManager=hostile", path(&object));
        Some(self.attempt("APPLY", Method::PATCH, path, APPLY, object))
    }
}
