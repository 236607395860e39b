//! The configuration files of the node's parts.

use std::path::Path;

use serde_json::json;

use crate::plan::Plan;

/// Where the container runtime listens, inside the node's own `/run`.
pub(super) const CONTAINERD_SOCKET: &str = "/run/containerd/containerd.sock";

/// <https://github.com/containerd/containerd/blob/v2.1.4/docs/cri/config.md>
pub(super) fn containerd(directory: &Path, pause_image: &str) -> String {
    let directory = directory.display();
    format!(
        r#"version = 3
root = "{directory}/containerd"
state = "/run/containerd"
[grpc]
address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause_image}"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "{directory}/registries"
[plugins."io.containerd.cri.v1.runtime"]
# A machine that may not raise priorities (no CAP_SYS_RESOURCE) can run pods all the same.
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "{directory}/cni"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"#
    )
}

/// Sends what asks for the registry of production to the one of this run.
pub(super) fn registry_hosts(plan: Plan) -> String {
    let registry = plan.registry();
    format!(
        "server = \"http://{registry}\"\n[host.\"http://{registry}\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
    )
}

/// A wire of its own from each pod to the node, as the VPC CNI makes it: every packet passes the node's rules.
pub(super) fn pod_network(plan: Plan) -> String {
    json!({
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [{
            "type": "ptp",
            "ipMasq": false,
            "ipam": {
                "type": "host-local",
                "ranges": [[{ "subnet": plan.pods() }]],
                "routes": [{ "dst": "0.0.0.0/0" }],
            },
        }],
    })
    .to_string()
}

/// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
pub(super) fn kubelet(plan: Plan, directory: &Path) -> String {
    let file = |name: &str| directory.join(name).display().to_string();
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": { "enabled": false },
            "webhook": { "enabled": true },
            "x509": { "clientCAFile": file("cluster.crt") },
        },
        "authorization": { "mode": "Webhook" },
        "tlsCertFile": file("kubelet.crt"),
        "tlsPrivateKeyFile": file("kubelet.key"),
        "containerRuntimeEndpoint": format!("unix://{CONTAINERD_SOCKET}"),
        "clusterDomain": "cluster.local",
        "clusterDNS": [plan.dns()],
        "resolvConf": "",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": false,
        "cgroupRoot": format!("/{}", plan.name()),
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "podLogsDir": file("pod-logs"),
        "seccompDefault": true,
        // The disk is the developer's own; a full one is theirs to see.
        "evictionHard": { "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    })
    .to_string()
}

/// <https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/>
pub(super) fn kube_proxy(plan: Plan, kubeconfig: &Path) -> String {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "hostnameOverride": plan.node().to_string(),
        "clientConnection": { "kubeconfig": kubeconfig },
        "conntrack": { "maxPerCore": 0 },
        "oomScoreAdj": 0,
    })
    .to_string()
}
