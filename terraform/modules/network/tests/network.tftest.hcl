mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                   = "zero-trust-eks"
  account_id             = "111122223333"
  region                 = "eu-central-1"
  cluster_name           = "zero-trust-eks"
  zones                  = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  logs_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  web_identity_role_arns = ["arn:aws:iam::111122223333:role/zero-trust-eks-worker-irsa"]
  click_queue_arn        = "arn:aws:sqs:eu-central-1:111122223333:zero-trust-eks-clicks"
  secret_arns            = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/url-service/database-AbCdEf"]
  pod_log_group_arn      = "arn:aws:logs:eu-central-1:111122223333:log-group:/zero-trust-eks/pods"
  writer_role_arns = {
    fluent-bit   = "arn:aws:iam::111122223333:role/zero-trust-eks-fluent-bit-irsa"
    spire-server = "arn:aws:iam::111122223333:role/zero-trust-eks-spire-server-irsa"
  }
  signing_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/signing"
  repository_arns = ["arn:aws:ecr:eu-central-1:111122223333:repository/zero-trust-eks/worker"]
}

run "guarded" {
  assert {
    condition     = length(output.subnet_ids) == 4 && alltrue([for ids in values(output.subnet_ids) : length(ids) == 3])
    error_message = "[network-zones] every tier has a subnet in each of three zones"
  }

  assert {
    condition     = output.subnet_cidrs["endpoint"] == ["10.0.48.0/24", "10.0.49.0/24", "10.0.50.0/24"] && output.subnet_cidrs["database"] == ["10.0.52.0/24", "10.0.53.0/24", "10.0.54.0/24"]
    error_message = "[network-tiers] endpoints and database have subnets that hold nothing else"
  }

  assert {
    condition     = alltrue([for subnet in values(aws_subnet.this) : !subnet.map_public_ip_on_launch])
    error_message = "[network-no-public-address] nothing gets a public address by default"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.node_to_internet) == 0
    error_message = "[network-no-nat] nodes have no way to the internet"
  }

  assert {
    condition     = try(length(aws_default_security_group.this.ingress), 0) == 0 && try(length(aws_default_security_group.this.egress), 0) == 0
    error_message = "[network-default-group] the default security group lets nothing through"
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow_logs.kms_key_id == var.logs_key_arn && aws_cloudwatch_log_group.flow_logs.retention_in_days == 365
    error_message = "[network-flow-logs] all traffic is logged, encrypted, for a year"
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ec2", "ecr.api", "ecr.dkr", "eks", "elasticloadbalancing", "kms", "logs", "secretsmanager", "sqs", "sts"])
    error_message = "[endpoint-set] every service that the system calls has an endpoint"
  }

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.private_dns_enabled])
    error_message = "[endpoint-dns] services are reached by their usual names"
  }

  assert {
    condition = alltrue(flatten([
      for service, endpoint in aws_vpc_endpoint.interface : [
        for statement in jsondecode(endpoint.policy).Statement :
        try(statement.Condition.StringEquals["aws:PrincipalAccount"], "") == var.account_id
      ] if service != "sts"
    ]))
    error_message = "[endpoint-account] endpoints serve this account's principals alone"
  }

  assert {
    condition     = [for statement in jsondecode(aws_vpc_endpoint.interface["sts"].policy).Statement : "${statement.Action} ${join(" ", statement.Resource)}" if !can(statement.Condition)] == ["sts:AssumeRoleWithWebIdentity ${join(" ", var.web_identity_role_arns)}"]
    error_message = "[endpoint-sts] tokens are exchanged for the named roles alone"
  }

  assert {
    condition = [
      for statement in concat(jsondecode(aws_vpc_endpoint.interface["sts"].policy).Statement, jsondecode(aws_vpc_endpoint.interface["kms"].policy).Statement, jsondecode(aws_vpc_endpoint.interface["logs"].policy).Statement) :
      try(statement.Condition.StringEquals["aws:PrincipalArn"], "anybody") if !contains(["ExchangeTokensForTheseRolesOnly", "TheSigningPublicKeyOnly"], statement.Sid)
    ] == [var.writer_role_arns.spire-server, var.writer_role_arns.spire-server, var.writer_role_arns.fluent-bit]
    error_message = "[endpoint-writers] SPIRE's server alone makes keys, fluent-bit alone writes logs"
  }

  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3.policy).Statement[0].Resource == "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"
    error_message = "[endpoint-s3] of S3 only ECR's layers can be read"
  }

  assert {
    condition     = toset([for rule in values(local.edge_by_name) : rule.from if rule.to == "database"]) == toset(["url-service", "migrate", "rotation"])
    error_message = "[group-database] url-service, migrate and the rotation function reach the database, nobody else"
  }

  assert {
    condition     = toset([for rule in values(local.edge_by_name) : "${rule.from} ${rule.port}" if rule.to == "spire-database"]) == toset(["spire-server 5432"])
    error_message = "[group-spire-database] SPIRE's server alone reaches its database"
  }

  assert {
    condition     = toset([for rule in values(local.edge_by_name) : "${rule.from} ${rule.port}" if rule.to == "url-service"]) == toset(["load-balancer 8080", "nodes 8443", "nodes 9090"])
    error_message = "[group-url-service] the load balancer reaches the public listener alone"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.clients) == 0
    error_message = "[group-clients] nobody comes in unless named"
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_egress_rule.edge) : rule.cidr_ipv4 == null && rule.ip_protocol != "-1"])
    error_message = "[group-egress] groups open connections to groups, on one port"
  }
}

run "lets_people_in_where_asked" {
  command = plan
  variables { client_cidrs = ["198.51.100.0/24"] }

  assert {
    condition     = [for rule in values(aws_vpc_security_group_ingress_rule.clients) : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port}"] == ["198.51.100.0/24 443-443"]
    error_message = "[group-clients-tls] people come over TLS alone"
  }
}

run "refuses_two_zones" {
  command = plan
  variables { zones = ["eu-central-1a", "eu-central-1b", "eu-central-1b"] }
  expect_failures = [var.zones]
}

run "refuses_another_size" {
  command = plan
  variables { cidr = "10.0.0.0/24" }
  expect_failures = [var.cidr]
}

run "refuses_exchange_for_any_role" {
  command = plan
  variables { web_identity_role_arns = ["*"] }
  expect_failures = [var.web_identity_role_arns]
}

run "refuses_clients_that_are_no_network" {
  command = plan
  variables { client_cidrs = ["everybody"] }
  expect_failures = [var.client_cidrs]
}

run "refuses_keys_for_everybody" {
  command = plan
  variables {
    writer_role_arns = {
      fluent-bit   = "arn:aws:iam::111122223333:role/zero-trust-eks-fluent-bit-irsa"
      spire-server = "arn:aws:iam::111122223333:role/*"
    }
  }
  expect_failures = [var.writer_role_arns]
}
