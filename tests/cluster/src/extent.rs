//! How much of a cluster there is to be.

/// How much of a cluster to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// API server and AWS side: enough for tokens and what they are exchanged for, in seconds and without pods.
    ControlPlane,
    /// Everything, with the system on it; its services as they are shipped, or as a developer builds them.
    System {
        /// Whether they are built as they are shipped.
        release: bool,
    },
}

impl Extent {
    /// The programs that it takes; none named for all.
    pub(crate) fn engines(self) -> &'static [&'static str] {
        match self {
            Self::ControlPlane => {
                &["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "pause"]
            }
            Self::System { .. } => &[],
        }
    }

    pub(crate) fn release(self) -> Option<bool> {
        match self {
            Self::ControlPlane => None,
            Self::System { release } => Some(release),
        }
    }
}
