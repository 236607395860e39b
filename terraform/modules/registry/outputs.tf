output "repository_arns" {
  description = "Repositories by image."
  value       = { for image, repository in aws_ecr_repository.image : image => repository.arn }
}

output "repository_urls" {
  description = "Addresses of the repositories by image."
  value       = { for image, repository in aws_ecr_repository.image : image => repository.repository_url }
}
