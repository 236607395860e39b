resource "aws_eks_cluster" "this" {
  # checkov:skip=CKV_AWS_38: public_access_cidrs is empty unless set, and its validation refuses more than 256 addresses.
  # checkov:skip=CKV_AWS_39: endpoint_public_access is false unless public_access_cidrs names somebody.
  # checkov:skip=CKV_AWS_339: the version is the newest of EKS; the check's list ends earlier.
  name                          = var.cluster_name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.cluster.arn
  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = var.network.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_access_cidrs) > 0
    public_access_cidrs     = length(var.public_access_cidrs) > 0 ? var.public_access_cidrs : null
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.key_arns.cluster
    }
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [aws_cloudwatch_log_group.control_plane, aws_iam_role_policy_attachment.cluster]
}

resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.cluster_name}/cluster"
  retention_in_days = 365
  kms_key_id        = var.key_arns.logs
}

# fluent-bit writes here what the pods say, and may make streams in it but no group.
resource "aws_cloudwatch_log_group" "pods" {
  name              = "/${var.name}/pods"
  retention_in_days = 365
  kms_key_id        = var.key_arns.logs
}

# The issuer exactly as the cluster's tokens carry it, and one audience.
resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_eks_access_entry" "administrator" {
  for_each = var.administrators

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each = var.administrators

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.administrator[each.key].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

locals {
  cluster_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id

  # The API server calls nodes (kubelet) and the webhooks and aggregated APIs that run on them.
  control_plane_to_nodes = {
    "kubelet"        = 10250
    "metrics server" = 10251
    "KEDA's metrics" = 6443
    "webhooks"       = 9443
  }

  # Pods with a group of their own call the API server with it.
  api_clients = {
    nodes        = var.network.node_security_group_id
    spire-server = var.network.spire_server_security_group_id
  }
}

resource "aws_vpc_security_group_ingress_rule" "to_control_plane" {
  for_each = local.api_clients

  security_group_id            = local.cluster_security_group_id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "Kubernetes API"
}

resource "aws_vpc_security_group_egress_rule" "to_control_plane" {
  for_each = local.api_clients

  security_group_id            = each.value
  referenced_security_group_id = local.cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "Kubernetes API"
}

resource "aws_vpc_security_group_ingress_rule" "control_plane_to_nodes" {
  for_each = local.control_plane_to_nodes

  security_group_id            = var.network.node_security_group_id
  referenced_security_group_id = local.cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  description                  = each.key
}

resource "aws_vpc_security_group_ingress_rule" "control_plane_to_spire_server" {
  security_group_id            = var.network.spire_server_security_group_id
  referenced_security_group_id = local.cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9443
  to_port                      = 9443
  description                  = "Webhook of SPIRE's controller"
}
