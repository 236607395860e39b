output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "Subnets by tier, one per zone."
  value       = { for tier in keys(local.tiers) : tier => [for zone in var.zones : aws_subnet.this["${tier}/${zone}"].id] }
}

output "subnet_cidrs" {
  description = "Addresses by tier, one block per zone."
  value       = { for tier in keys(local.tiers) : tier => [for zone in var.zones : aws_subnet.this["${tier}/${zone}"].cidr_block] }
}

output "security_group_ids" {
  description = "Security groups by what they are for."
  value       = { for name, group in aws_security_group.this : name => group.id }
}

output "endpoint_ids" {
  description = "Interface endpoints by service."
  value       = { for service, endpoint in aws_vpc_endpoint.interface : service => endpoint.id }
}
