resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Whoever forgets to name a group gets one that lets nothing through.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-default-empty" }
}

resource "aws_internet_gateway" "edge" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

# Four tiers, each with a subnet per zone. Only the load balancer's has a way to the internet.
locals {
  zone_index = { for index, zone in var.zones : zone => index }
  tiers = {
    node          = { bits = 4, first = 0 }
    endpoint      = { bits = 8, first = 48 }
    database      = { bits = 8, first = 52 }
    load-balancer = { bits = 8, first = 56 }
  }

  subnets = merge([
    for tier, block in local.tiers : {
      for zone, index in local.zone_index :
      "${tier}/${zone}" => { tier = tier, zone = zone, cidr = cidrsubnet(var.cidr, block.bits, block.first + index) }
    }
  ]...)

  subnet_tags = {
    load-balancer = { "kubernetes.io/role/elb" = "1", "kubernetes.io/cluster/${var.cluster_name}" = "shared" }
  }
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.value.zone
  cidr_block              = each.value.cidr
  map_public_ip_on_launch = false
  tags                    = merge({ Name = "${var.name}-${each.key}" }, lookup(local.subnet_tags, each.value.tier, {}))
}

resource "aws_route_table" "tier" {
  for_each = local.tiers

  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-${each.key}" }
}

resource "aws_route_table_association" "this" {
  for_each = local.subnets

  subnet_id      = aws_subnet.this[each.key].id
  route_table_id = aws_route_table.tier[each.value.tier].id
}

resource "aws_route" "load_balancer_to_internet" {
  route_table_id         = aws_route_table.tier["load-balancer"].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.edge.id
}

resource "aws_eip" "nat" {
  count = var.nat_gateway ? 1 : 0

  domain = "vpc"
  tags   = { Name = "${var.name}-nat" }
}

resource "aws_nat_gateway" "this" {
  count = var.nat_gateway ? 1 : 0

  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.this["load-balancer/${var.zones[0]}"].id
  tags          = { Name = var.name }
}

resource "aws_route" "node_to_internet" {
  count = var.nat_gateway ? 1 : 0

  route_table_id         = aws_route_table.tier["node"].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[0].id
}
