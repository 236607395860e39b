output "publisher_role_arn" {
  description = "Role of the release workflow."
  value       = aws_iam_role.publisher.arn
}
