variable "name" {
  description = "Prefix of the secrets and of the rotation function."
  type        = string
}

variable "account_id" {
  description = "Account that owns the secrets."
  type        = string
}

variable "region" {
  description = "Region of the secrets."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts the values."
  type        = string
}

variable "logs_key_arn" {
  description = "Key that encrypts the function's log."
  type        = string
}

variable "migrate_database_secret_arn" {
  description = "The secret in which RDS keeps the login of the database role migrator."
  type        = string
}

variable "spire_database_secret_arn" {
  description = "The secret in which RDS keeps the master login of SPIRE's database."
  type        = string
}

variable "url_service_role_arn" {
  description = "Reads the login of url-service."
  type        = string
}

variable "migrate_role_arn" {
  description = "Reads its own login; writes the other two secrets and never reads them."
  type        = string
}

variable "secretsmanager_endpoint_id" {
  description = "The only VPC endpoint through which values may pass."
  type        = string

  validation {
    condition     = startswith(var.secretsmanager_endpoint_id, "vpce-")
    error_message = "secretsmanager_endpoint_id must be the id of a VPC endpoint: values pass through it alone."
  }
}

variable "database" {
  description = "Where the rotation function finds the database."
  type        = object({ host = string, port = number, name = string })
}

variable "rotation_package" {
  description = "The rotation function's package, as rotation/build makes it."
  type        = string

  validation {
    condition     = endswith(var.rotation_package, ".zip")
    error_message = "rotation_package must be the .zip file that terraform/modules/secrets/rotation/build makes."
  }
}

variable "rotation_network" {
  description = "Where the rotation function runs."
  type        = object({ subnet_ids = list(string), security_group_id = string })
}

variable "rotation_enabled" {
  description = "Whether url-service's login rotates. Secrets Manager rotates no empty secret: false until migrate has run once."
  type        = bool
  default     = true
}

variable "rotation_days" {
  description = "Days between rotations."
  type        = number
  default     = 7

  validation {
    condition     = var.rotation_days >= 1 && var.rotation_days <= 30
    error_message = "rotation_days must be 1 to 30: a password that leaked must not live longer."
  }
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
