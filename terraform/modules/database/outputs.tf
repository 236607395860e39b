output "host" {
  description = "Name of the database's server, which its certificate carries."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port of the database's server."
  value       = aws_db_instance.this.port
}

output "name" {
  description = "Name of the database."
  value       = aws_db_instance.this.db_name
}

output "resource_id" {
  description = "The instance's id in the ARNs of rds-db, by which a role logs in."
  value       = aws_db_instance.this.resource_id
}

output "master_secret_arn" {
  description = "The secret in which RDS keeps the master login."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}
