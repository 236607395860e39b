//! The answer, and what decided it.

use std::fmt;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the action may go on.
    pub allowed: bool,
    /// What decided.
    pub because: Reason,
}

impl Decision {
    pub(crate) fn allow(because: Reason) -> Self {
        Self { allowed: true, because }
    }

    pub(crate) fn deny(because: Reason) -> Self {
        Self { allowed: false, because }
    }
}

/// One of the kinds of policies that take part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The policies of the role.
    Identity,
    /// The permissions boundary of the role.
    Boundary,
    /// The policy that was passed when the role was assumed.
    Session,
    /// The policy of the resource: of a queue, a key, a secret; the trust policy of a role.
    Resource,
}

impl Layer {
    /// Its name in AWS's messages of refusal
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
        }
    }
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A statement allows it, and every other layer agrees.
    Allowed {
        /// The layer of the statement.
        layer: Layer,
        /// `DOCUMENT#SID`
        statement: String,
    },
    /// A statement denies it.
    Denied {
        /// The layer of the statement.
        layer: Layer,
        /// `DOCUMENT#SID`
        statement: String,
    },
    /// A statement that would deny cannot be decided, and is taken to deny.
    Undecided {
        /// The layer of the statement.
        layer: Layer,
        /// `DOCUMENT#SID`
        statement: String,
        /// What is missing.
        what: String,
    },
    /// A layer that has to allow it does not.
    NotAllowed {
        /// That layer.
        layer: Layer,
    },
}

impl Reason {
    /// The end of AWS's message of refusal: `because no identity-based policy allows the … action`, or `with an
    /// explicit deny in a resource-based policy`. Empty for a permission.
    #[must_use]
    pub fn refusal(&self, action: &str) -> String {
        match self {
            Self::Allowed { .. } => String::new(),
            Self::Denied { layer, .. } | Self::Undecided { layer, .. } => {
                let article = if *layer == Layer::Identity { "an" } else { "a" };
                format!("with an explicit deny in {article} {}", layer.name())
            }
            Self::NotAllowed { layer } => format!("because no {} allows the {action} action", layer.name()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { statement, .. } | Self::Denied { statement, .. } => {
                formatter.write_str(statement)
            }
            Self::Undecided { statement, what, .. } => write!(formatter, "{statement} (undecided: {what})"),
            Self::NotAllowed { layer } => write!(formatter, "no {} allows it", layer.name()),
        }
    }
}
