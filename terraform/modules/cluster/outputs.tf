output "name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "oidc_issuer" {
  description = "The issuer as the cluster's tokens carry it."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "oidc_provider_arn" {
  description = "The IAM OIDC provider that trusts the issuer."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "pod_log_group" {
  description = "The log group of the pods."
  value       = { name = aws_cloudwatch_log_group.pods.name, arn = aws_cloudwatch_log_group.pods.arn }
}

output "node_role_arn" {
  description = "Role of the nodes."
  value       = aws_iam_role.node.arn
}
