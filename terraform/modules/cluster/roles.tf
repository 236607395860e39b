resource "aws_iam_role" "cluster" {
  name                 = "${var.name}-cluster"
  description          = "The control plane"
  max_session_duration = 3600
  assume_role_policy   = templatefile("${path.module}/policies/cluster/trust.json", { account_id = var.account_id })
}

# AWS's own policies: the control plane is AWS's code, and what it calls changes with each version.
resource "aws_iam_role_policy_attachment" "cluster" {
  for_each = toset(["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"])

  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

locals {
  node_policy = templatefile("${path.module}/policies/node/identity.json", {
    account_id      = var.account_id
    region          = var.region
    cluster_name    = var.cluster_name
    repository_arns = var.repository_arns
  })
}

resource "aws_iam_role" "node" {
  name                 = "${var.name}-node"
  description          = "Nodes: join the cluster and pull images, nothing else"
  max_session_duration = 3600
  permissions_boundary = aws_iam_policy.node_boundary.arn
  assume_role_policy   = templatefile("${path.module}/policies/node/trust.json", {})
}

resource "aws_iam_role_policy" "node" {
  name   = "identity"
  role   = aws_iam_role.node.name
  policy = local.node_policy
}

resource "aws_iam_policy" "node_boundary" {
  name        = "${var.name}-node-boundary"
  description = "Ceiling of the nodes' role"
  policy      = local.node_policy
}
