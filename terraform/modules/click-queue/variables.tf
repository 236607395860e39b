variable "name" {
  description = "Prefix of the queues and alarms."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts the messages."
  type        = string
}

variable "url_service_role_arn" {
  description = "The only role that may send."
  type        = string
}

variable "worker_role_arn" {
  description = "The only role that may receive and delete."
  type        = string
}

variable "sqs_endpoint_id" {
  description = "The only VPC endpoint through which messages may pass."
  type        = string

  validation {
    condition     = startswith(var.sqs_endpoint_id, "vpce-")
    error_message = "sqs_endpoint_id must be the id of a VPC endpoint: the queue policy admits messages through it alone."
  }
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}

variable "max_receives" {
  description = "Receives after which a message counts as poison."
  type        = number
  default     = 5

  validation {
    condition     = var.max_receives >= 3 && var.max_receives <= 10
    error_message = "max_receives must be 3 to 10: fewer loses clicks to a short outage, more keeps poison in the way."
  }
}
