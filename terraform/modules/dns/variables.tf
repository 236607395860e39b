variable "name" {
  description = "Prefix of the alarm."
  type        = string
}

variable "host" {
  description = "Name under which people reach the service."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.host))
    error_message = "host must be one host name in lower case, without wildcard, scheme or path: a certificate for more serves whoever takes over a neighbour."
  }
}

variable "zone_id" {
  description = "The public hosted zone in which the name lies."
  type        = string

  validation {
    condition     = can(regex("^[A-Z0-9]{10,32}$", var.zone_id))
    error_message = "zone_id must be the id of a hosted zone in Route 53, such as Z0123456789ABCDEFGHIJ, not its name."
  }
}

variable "load_balancer" {
  description = "The load balancer that the controller has made: its name and its zone's id. Null until it is there."
  type        = object({ dns_name = string, zone_id = string })
  default     = null

  validation {
    condition     = var.load_balancer == null || can(regex("^[a-z0-9-]+\\.[a-z]{2}-[a-z]+-[0-9]\\.elb\\.amazonaws\\.com$", var.load_balancer.dns_name))
    error_message = "load_balancer.dns_name must be the name of a load balancer of AWS: the public name must lead to nothing else."
  }
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
