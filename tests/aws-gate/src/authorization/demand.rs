//! What a call asks of IAM.

use super::arguments::Arguments;
use super::holdings::Holdings;
use super::{Call, services};
use iam_policy::Catalogue;

/// The actions that a call needs, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demand {
    /// The operation of the API.
    pub(super) operation: String,
    /// One entry for every action on every resource.
    pub(super) needs: Vec<Need>,
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// Such as `sqs:SendMessage`.
    pub(super) action: String,
    /// The ARN; `*` for an action that has none.
    pub(super) resource: String,
    /// Condition keys of the service.
    pub(super) keys: Vec<(String, String)>,
    /// The service that calls KMS in the caller's name, such as `sqs`; none for what the caller asks itself.
    pub(super) via: Option<&'static str>,
}

impl Need {
    /// What the caller itself asks for.
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), keys: Vec::new(), via: None }
    }
}

/// What reading a call takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) holdings: &'a Holdings,
    pub(super) catalogue: &'a Catalogue,
}

impl Scope<'_> {
    /// An ARN in this account and region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// Whether the catalogue has an action.
    pub(super) fn knows(&self, service: &str, action: &str) -> bool {
        self.catalogue.resource_types(service, action).is_some()
    }
}

/// What is not known about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The operation, as far as it was read.
    pub(super) operation: String,
    /// What is not known.
    pub(super) what: String,
}

/// Reads what a call demands.
pub(super) fn read(call: &Call<'_>, scope: &Scope<'_>) -> Result<Demand, Unknown> {
    if call.service == "s3" {
        return services::s3::read(call, scope);
    }
    let unread = |what| Unknown { operation: String::new(), what };
    let (operation, arguments) = Arguments::read(call).map_err(unread)?;
    let needs = match call.service {
        "ecr" => services::ecr::needs(&operation, &arguments, scope),
        "iam" => services::iam::needs(&operation, &arguments, scope),
        "kms" => services::kms::needs(&operation, &arguments, scope),
        "rds" => services::rds::needs(&operation, &arguments, scope),
        "secretsmanager" => services::secretsmanager::needs(&operation, &arguments, scope),
        "sqs" => services::sqs::needs(&operation, &arguments, scope),
        "sts" => services::sts::needs(&operation, &arguments, scope),
        other => Err(format!("the service {other}")),
    };
    match needs {
        Ok(needs) => Ok(Demand { operation, needs }),
        Err(what) => Err(Unknown { operation, what }),
    }
}
