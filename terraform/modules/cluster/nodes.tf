resource "aws_eks_node_group" "this" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "${var.name}-nodes"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.network.subnet_ids
  version         = var.kubernetes_version
  ami_type        = "BOTTLEROCKET_x86_64"
  release_version = var.node_release_version
  instance_types  = var.instance_types

  scaling_config {
    min_size     = var.node_count.min
    desired_size = var.node_count.desired
    max_size     = var.node_count.max
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  lifecycle {
    precondition {
      condition     = length(var.network.endpoint_ids) > 0
      error_message = "Nodes reach AWS through endpoints alone: network.endpoint_ids must not be empty."
    }
  }

  # Pods need the CNI in place, in strict mode, before the first of them runs.
  depends_on = [aws_eks_addon.before_nodes, aws_iam_role_policy.node]
}

resource "aws_launch_template" "node" {
  name                   = "${var.name}-node"
  update_default_version = true
  vpc_security_group_ids = [var.network.node_security_group_id]
  user_data              = base64encode(file("${path.module}/bottlerocket.toml"))

  # A hop limit of 1 keeps pods, which are one hop further, away from the node's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    http_protocol_ipv6          = "disabled"
    instance_metadata_tags      = "disabled"
  }

  # Bottlerocket's own, read only, and the one for images and logs.
  dynamic "block_device_mappings" {
    for_each = { "/dev/xvda" = 4, "/dev/xvdb" = 40 }

    content {
      device_name = block_device_mappings.key

      ebs {
        volume_type           = "gp3"
        volume_size           = block_device_mappings.value
        encrypted             = true
        kms_key_id            = var.key_arns.cluster
        delete_on_termination = true
      }
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = "${var.name}-node" }
    }
  }
}
