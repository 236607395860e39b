mock_provider "aws" {
  source = "../../mocks"
}

override_resource {
  target = aws_eks_cluster.this
  values = {
    identity = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF" }] }]
  }
}

variables {
  name                 = "zero-trust-eks"
  cluster_name         = "zero-trust-eks"
  account_id           = "111122223333"
  region               = "eu-central-1"
  node_release_version = "1.2.3-0123abcd"
  addon_versions       = { vpc-cni = "v1.2.3-eksbuild.1", coredns = "v1.2.3-eksbuild.1", kube-proxy = "v1.2.3-eksbuild.1", metrics-server = "v1.2.3-eksbuild.1" }
  vpc_cni_role_arn     = "arn:aws:iam::111122223333:role/zero-trust-eks-vpc-cni-irsa"
  repository_arns      = ["arn:aws:ecr:eu-central-1:111122223333:repository/zero-trust-eks/worker"]
  key_arns             = { cluster = "arn:aws:kms:eu-central-1:111122223333:key/cluster", logs = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
  administrators       = { operator = "arn:aws:iam::111122223333:role/operator" }
  network = {
    vpc_id                         = "vpc-0123"
    subnet_ids                     = ["subnet-a", "subnet-b", "subnet-c"]
    node_security_group_id         = "sg-nodes"
    spire_server_security_group_id = "sg-spire-server"
    endpoint_ids                   = ["vpce-sts"]
  }
}

run "guarded" {
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "[cluster-private] the API server is reached from the VPC alone"
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API"
    error_message = "[cluster-access-entries] access entries alone let people in"
  }

  assert {
    condition     = !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "[cluster-creator] the creator has no rights in the cluster"
  }

  assert {
    condition     = aws_eks_cluster.this.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "[cluster-logs] all five logs of the control plane are kept"
  }

  assert {
    condition     = aws_cloudwatch_log_group.control_plane.kms_key_id == var.key_arns.logs && aws_cloudwatch_log_group.control_plane.retention_in_days == 365
    error_message = "[cluster-log-key] the logs are encrypted and kept a year"
  }

  assert {
    condition     = aws_cloudwatch_log_group.pods.kms_key_id == var.key_arns.logs && aws_cloudwatch_log_group.pods.retention_in_days == 365
    error_message = "[pod-log-key] what the pods say is encrypted and kept a year"
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.to_control_plane) : "${rule.referenced_security_group_id} ${rule.from_port}-${rule.to_port}"]) == toset(["sg-nodes 443-443", "sg-spire-server 443-443"])
    error_message = "[cluster-api-clients] nodes and SPIRE's server call the API server, no other group"
  }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.key_arns.cluster && aws_eks_cluster.this.encryption_config[0].resources == toset(["secrets"])
    error_message = "[cluster-envelope] Kubernetes' secrets are encrypted with the cluster key"
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this.url == "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
    error_message = "[oidc-issuer] the trusted issuer is the cluster's, untransformed"
  }

  assert {
    condition     = aws_iam_openid_connect_provider.this.client_id_list == toset(["sts.amazonaws.com"])
    error_message = "[oidc-audience] one audience is trusted"
  }

  assert {
    condition     = aws_launch_template.node.metadata_options[0].http_tokens == "required" && aws_launch_template.node.metadata_options[0].http_put_response_hop_limit == 1 && aws_launch_template.node.metadata_options[0].http_protocol_ipv6 == "disabled"
    error_message = "[node-metadata] pods do not reach the node's credentials"
  }

  assert {
    condition     = alltrue([for mapping in aws_launch_template.node.block_device_mappings : tobool(mapping.ebs[0].encrypted) && mapping.ebs[0].kms_key_id == var.key_arns.cluster])
    error_message = "[node-volumes] the nodes' volumes are encrypted with the cluster key"
  }

  assert {
    condition     = length(aws_eks_node_group.this.remote_access) == 0 && try(length(aws_launch_template.node.key_name), 0) == 0 && strcontains(base64decode(aws_launch_template.node.user_data), "[settings.host-containers.admin]\nenabled = false\n\n[settings.host-containers.control]\nenabled = false")
    error_message = "[node-login] nobody logs in to a node"
  }

  assert {
    condition     = aws_eks_node_group.this.ami_type == "BOTTLEROCKET_x86_64" && aws_eks_node_group.this.release_version == var.node_release_version
    error_message = "[node-release] nodes run the named release of Bottlerocket"
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true" && jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).env.NETWORK_POLICY_ENFORCING_MODE == "strict"
    error_message = "[cni-strict] pods are closed from their first packet on"
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).env.ENABLE_POD_ENI == "true"
    error_message = "[cni-pod-groups] pods can have security groups"
  }

  assert {
    condition     = aws_eks_addon.before_nodes["vpc-cni"].service_account_role_arn == var.vpc_cni_role_arn
    error_message = "[cni-role] the CNI has a role of its own"
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.node.policy).Statement : !strcontains(jsonencode(statement.Action), "NetworkInterface")]) && aws_iam_role.node.permissions_boundary == aws_iam_policy.node_boundary.arn
    error_message = "[node-role] the node's role holds no rights of the CNI, and has a boundary"
  }

  assert {
    condition     = [for entry in values(aws_eks_access_entry.administrator) : entry.principal_arn] == ["arn:aws:iam::111122223333:role/operator"]
    error_message = "[cluster-administrators] the named administrators get in, nobody else"
  }
}

run "opens_to_the_named_office" {
  command = plan
  variables { public_access_cidrs = ["198.51.100.7/32"] }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["198.51.100.7/32"])
    error_message = "[cluster-public-list] the API server is open to the named addresses alone"
  }
}

run "can_wait_for_network_policies" {
  command = plan
  variables {
    addons_on_nodes = false
  }

  assert {
    condition     = length(aws_eks_addon.on_nodes) == 0 && length(aws_eks_addon.before_nodes) == 2
    error_message = "[addons-later] what the strict mode would keep down waits for its policies"
  }
}

run "refuses_the_whole_internet" {
  command = plan
  variables { public_access_cidrs = ["0.0.0.0/0"] }
  expect_failures = [var.public_access_cidrs]
}

run "refuses_nodes_that_change_by_themselves" {
  command = plan
  variables { node_release_version = "latest" }
  expect_failures = [var.node_release_version]
}

run "refuses_addons_that_change_by_themselves" {
  command = plan
  variables { addon_versions = { vpc-cni = "latest", coredns = "latest", kube-proxy = "latest", metrics-server = "latest" } }
  expect_failures = [var.addon_versions]
}

run "refuses_instances_without_pod_groups" {
  command = plan
  variables { instance_types = ["t3.large"] }
  expect_failures = [var.instance_types]
}

run "refuses_too_few_nodes" {
  command = plan
  variables { node_count = { min = 1, desired = 1, max = 1 } }
  expect_failures = [var.node_count]
}

run "refuses_users_as_administrators" {
  command = plan
  variables { administrators = { somebody = "arn:aws:iam::111122223333:user/somebody" } }
  expect_failures = [var.administrators]
}

run "refuses_nodes_without_endpoints" {
  command = plan
  variables {
    network = { vpc_id = "vpc-0123", subnet_ids = ["subnet-a"], node_security_group_id = "sg-nodes", spire_server_security_group_id = "sg-spire-server", endpoint_ids = [] }
  }
  expect_failures = [aws_eks_node_group.this]
}

run "refuses_a_patch_version" {
  command = plan
  variables {
    kubernetes_version = "1.36.3"
  }
  expect_failures = [var.kubernetes_version]
}
