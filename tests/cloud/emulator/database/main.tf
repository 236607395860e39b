# Stands in for the database where production is applied to the emulator.
resource "aws_secretsmanager_secret" "master" {
  name       = "rds-db-stand-in-${var.name}"
  kms_key_id = var.secrets_key_arn
}

output "host" {
  value = "${var.name}.stand-in.eu-central-1.rds.amazonaws.com"
}

output "resource_id" {
  value = "db-STANDIN"
}

output "port" {
  value = 5432
}

output "name" {
  value = var.database_name
}

output "master_secret_arn" {
  value = aws_secretsmanager_secret.master.arn
}
