# Stands in for the database where production is applied to the emulator.
resource "aws_secretsmanager_secret" "master" {
  name       = "rds-db-stand-in"
  kms_key_id = var.secrets_key_arn
}

output "host" {
  value = "zero-trust-eks.stand-in.eu-central-1.rds.amazonaws.com"
}

output "port" {
  value = 5432
}

output "name" {
  value = "zero_trust_eks"
}

output "master_secret_arn" {
  value = aws_secretsmanager_secret.master.arn
}
