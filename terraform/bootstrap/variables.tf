variable "name" {
  description = "Prefix of the bucket and the key's alias."
  type        = string
  default     = "zero-trust-eks"
}

variable "account_id" {
  description = "The account; any other is refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the account's twelve digits."
  }
}

variable "region" {
  description = "Region of the state."
  type        = string
  default     = "eu-central-1"
}

variable "deployer_role_arn" {
  description = "The only role that reads and writes the state."
  type        = string

  validation {
    condition     = can(regex("^arn:aws:iam::[0-9]{12}:role/", var.deployer_role_arn))
    error_message = "deployer_role_arn must be the ARN of a role."
  }
}
