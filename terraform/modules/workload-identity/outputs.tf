output "role_arns" {
  description = "Roles by principal."
  value       = { for name, role in aws_iam_role.irsa : name => role.arn }
}

output "subjects" {
  description = "The token subject that may assume each role."
  value = {
    for name, principal in local.principals :
    name => "system:serviceaccount:${principal.namespace}:${principal.service_account}"
  }
}
