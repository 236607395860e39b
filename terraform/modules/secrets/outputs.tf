output "arns" {
  description = "Secrets that this module creates, by purpose."
  value = {
    url_service_database = aws_secretsmanager_secret.url_service_database.arn
    first_api_key        = aws_secretsmanager_secret.first_api_key.arn
  }
}

output "rotation_role_arn" {
  description = "Role of the rotation function."
  value       = aws_iam_role.rotation.arn
}
