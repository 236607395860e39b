# Who may open a connection to whom, as a table. The network policies of the cluster say the same once more,
# and both have to agree before a packet passes.
locals {
  groups = {
    endpoints      = "Interface endpoints of AWS services"
    nodes          = "Nodes, and pods without a group of their own"
    url-service    = "Pods of url-service"
    migrate        = "Pods of migrate"
    database       = "The database"
    rotation       = "The function that rotates a database login"
    spire-server   = "Pods of SPIRE's server"
    spire-database = "The database of SPIRE's server"
    load-balancer  = "The load balancer in front of url-service"
  }

  edges = [
    { from = "nodes", to = "endpoints", port = 443, for = "AWS services" },
    { from = "url-service", to = "endpoints", port = 443, for = "STS, SQS, Secrets Manager" },
    { from = "migrate", to = "endpoints", port = 443, for = "STS, Secrets Manager" },
    { from = "rotation", to = "endpoints", port = 443, for = "Secrets Manager" },
    { from = "url-service", to = "database", port = 5432, for = "SQL" },
    { from = "migrate", to = "database", port = 5432, for = "migrations" },
    { from = "rotation", to = "database", port = 5432, for = "new passwords" },
    { from = "load-balancer", to = "url-service", port = 8080, for = "the public listener" },
    { from = "nodes", to = "url-service", port = 8443, for = "the worker's click batches" },
    { from = "nodes", to = "url-service", port = 9090, for = "probes and metrics" },
    { from = "url-service", to = "nodes", port = 4318, for = "traces" },
    { from = "migrate", to = "nodes", port = 4318, for = "traces" },
    { from = "url-service", to = "nodes", port = 53, for = "names" },
    { from = "migrate", to = "nodes", port = 53, for = "names" },
    { from = "url-service", to = "nodes", port = 53, protocol = "udp", for = "names" },
    { from = "migrate", to = "nodes", port = 53, protocol = "udp", for = "names" },
    { from = "spire-server", to = "endpoints", port = 443, for = "STS, KMS" },
    { from = "spire-server", to = "spire-database", port = 5432, for = "registrations" },
    { from = "nodes", to = "spire-server", port = 8081, for = "SPIRE's agents" },
    { from = "nodes", to = "spire-server", port = 8080, for = "probes" },
    { from = "spire-server", to = "nodes", port = 53, for = "names" },
    { from = "spire-server", to = "nodes", port = 53, protocol = "udp", for = "names" },
  ]

  edge_by_name = {
    for edge in local.edges :
    "${edge.from} to ${edge.to} ${lookup(edge, "protocol", "tcp")} ${edge.port}" => merge({ protocol = "tcp" }, edge)
  }
}

resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5: attached where the cluster, the database, the function and Kubernetes' SecurityGroupPolicy objects name it.
  for_each = local.groups

  name                   = "${var.name}-${each.key}"
  description            = each.value
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true
  tags                   = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "edge" {
  for_each = local.edge_by_name

  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = each.value.for
}

resource "aws_vpc_security_group_ingress_rule" "edge" {
  for_each = local.edge_by_name

  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = each.value.for
}

# Between nodes everything may pass: what pods say to each other is for the network policies.
resource "aws_vpc_security_group_ingress_rule" "between_nodes" {
  security_group_id            = aws_security_group.this["nodes"].id
  referenced_security_group_id = aws_security_group.this["nodes"].id
  ip_protocol                  = "-1"
  description                  = "Nodes and pods among each other"
}

resource "aws_vpc_security_group_egress_rule" "between_nodes" {
  security_group_id            = aws_security_group.this["nodes"].id
  referenced_security_group_id = aws_security_group.this["nodes"].id
  ip_protocol                  = "-1"
  description                  = "Nodes and pods among each other"
}

resource "aws_vpc_security_group_egress_rule" "image_layers" {
  security_group_id = aws_security_group.this["nodes"].id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "Image layers, through the S3 gateway endpoint"
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = toset(var.client_cidrs)

  security_group_id = aws_security_group.this["load-balancer"].id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "People, over TLS"
}
