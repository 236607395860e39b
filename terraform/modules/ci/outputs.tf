output "publisher_role_arn" {
  description = "Role of the release workflow."
  value       = aws_iam_role.publisher.arn
}

output "subject" {
  description = "The token subject that may assume it."
  value       = local.subject
}
