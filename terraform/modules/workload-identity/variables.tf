variable "name" {
  description = "Prefix of every role."
  type        = string
}

variable "account_id" {
  description = "Account of the roles."
  type        = string
}

variable "region" {
  description = "Region of the services that the roles may call."
  type        = string
}

variable "cluster_name" {
  description = "The cluster whose load balancers the controller may change."
  type        = string
}

variable "oidc_provider_arn" {
  description = "The IAM OIDC provider of the cluster."
  type        = string
}

variable "oidc_issuer" {
  description = "The cluster's issuer as its tokens carry it, with https://."
  type        = string

  validation {
    condition     = startswith(var.oidc_issuer, "https://") && !endswith(var.oidc_issuer, "/")
    error_message = "oidc_issuer must be the raw https:// issuer without a trailing slash: it has to equal the tokens' iss."
  }
}

variable "vpc_id" {
  description = "The only network from which the roles may be assumed."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC: without it a stolen token works from anywhere."
  }
}

variable "click_queue_arn" {
  description = "The click queue."
  type        = string
}

variable "key_arns" {
  description = "Keys by data class."
  type        = object({ clicks = string, secrets = string, signing = string })
}

variable "secret_arns" {
  description = "Secrets by purpose."
  type = object({
    url_service_database = string
    migrate_database     = string
    first_api_key        = string
  })
}

variable "repository_arns" {
  description = "Repositories whose images admission looks at."
  type        = list(string)
}

variable "pod_log_group_arn" {
  description = "The log group of the pods."
  type        = string
}

variable "spire" {
  description = "The trust domain of SPIRE's server, and the login of its database: an ARN of rds-db."
  type        = object({ trust_domain = string, database_login_arn = string })

  validation {
    condition     = can(regex("^arn:aws:rds-db:[a-z0-9-]+:[0-9]{12}:dbuser:[^*/]+/[a-z_]+$", var.spire.database_login_arn))
    error_message = "spire.database_login_arn must name one login of one instance: a wildcard would open every database to SPIRE's server."
  }
}

variable "max_session_seconds" {
  description = "Longest life of a session."
  type        = number
  default     = 3600

  validation {
    condition     = var.max_session_seconds == 3600
    error_message = "max_session_seconds must be 3600, the least IAM allows: a stolen session must end within the hour."
  }
}
