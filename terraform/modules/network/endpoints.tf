# The only ways out of the VPC. Each serves this account's principals, and this system's resources, alone;
# STS is different: the caller of AssumeRoleWithWebIdentity signs nothing, so its roles are what is named.
locals {
  interface_services = toset([
    "ec2", "ecr.api", "ecr.dkr", "eks", "elasticloadbalancing", "kms", "logs", "secretsmanager", "sqs", "sts",
  ])

  endpoint_policies = {
    for service in setunion(local.interface_services, ["s3"]) :
    service => templatefile("${path.module}/policies/endpoints/${service}.json", {
      account_id             = var.account_id
      region                 = var.region
      cluster_name           = var.cluster_name
      web_identity_role_arns = var.web_identity_role_arns
      click_queue_arn        = var.click_queue_arn
      secret_arns            = var.secret_arns
      signing_key_arn        = var.signing_key_arn
      repository_arns        = var.repository_arns
      pod_log_group_arn      = var.pod_log_group_arn
      fluent_bit_role_arn    = var.writer_role_arns.fluent-bit
      spire_server_role_arn  = var.writer_role_arns.spire-server
    })
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in var.zones : aws_subnet.this["endpoint/${zone}"].id]
  security_group_ids  = [aws_security_group.this["endpoints"].id]
  policy              = local.endpoint_policies[each.key]
  tags                = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.tier["node"].id]
  policy            = local.endpoint_policies["s3"]
  tags              = { Name = "${var.name}-s3" }
}
