variable "name" {
  description = "Prefix of roles, keys and groups."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "account_id" {
  description = "Account of the cluster."
  type        = string
}

variable "region" {
  description = "Region of the cluster."
  type        = string
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes; tests/cluster runs the same."
  type        = string
  default     = "1.36"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version must be a minor version such as 1.36: EKS chooses the patch."
  }
}

variable "network" {
  description = "Where the control plane's interfaces and the nodes live. endpoint_ids makes nodes wait for the only way to AWS."
  type = object({
    vpc_id                         = string
    subnet_ids                     = list(string)
    node_security_group_id         = string
    spire_server_security_group_id = string
    endpoint_ids                   = list(string)
  })
}

variable "public_access_cidrs" {
  description = "From where the API server can be reached beside the VPC. Empty: from nowhere."
  type        = list(string)
  default     = []

  validation {
    condition = alltrue([
      for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && try(tonumber(split("/", cidr)[1]) >= 24, false)
    ])
    error_message = "public_access_cidrs must be blocks of at most 256 addresses (/24): the API server is not for the internet."
  }
}

variable "key_arns" {
  description = "Keys of Kubernetes' secrets and the nodes' volumes, and of the logs."
  type        = object({ cluster = string, logs = string })
}

variable "vpc_cni_role_arn" {
  description = "The CNI's own role, so that the node's needs none of its rights."
  type        = string
}

variable "repository_arns" {
  description = "Repositories from which nodes may pull."
  type        = list(string)
}

variable "node_release_version" {
  description = "Release of Bottlerocket for the nodes, as its SSM parameter says: terraform/README.md."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+-[0-9a-f]{8}$", var.node_release_version))
    error_message = "node_release_version must be an exact Bottlerocket release such as 1.2.3-0123abcd: nodes change when this changes, not by themselves."
  }
}

variable "addon_versions" {
  description = "Exact versions of the add-ons."
  type        = object({ vpc-cni = string, coredns = string, kube-proxy = string, metrics-server = string })

  validation {
    condition     = alltrue([for version in values(var.addon_versions) : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", version))])
    error_message = "addon_versions must be exact, such as v1.2.3-eksbuild.4."
  }
}

variable "addons_on_nodes" {
  description = "Whether CoreDNS and the metrics server are there. False until their network policies are: in strict mode they would never be ready."
  type        = bool
  default     = true
}

variable "instance_types" {
  description = "Types of the nodes. They need trunk interfaces, which pods with a security group of their own hang on."
  type        = list(string)
  default     = ["m6i.large"]

  validation {
    condition     = alltrue([for type in var.instance_types : can(regex("^[cmr][5-8][a-z]*\\.", type))])
    error_message = "instance_types must be of the c, m or r families from 5 on: others give pods no security group."
  }
}

variable "node_count" {
  description = "Nodes: least, wanted, most."
  type        = object({ min = number, desired = number, max = number })
  default     = { min = 3, desired = 3, max = 6 }

  validation {
    condition     = var.node_count.min >= 3
    error_message = "node_count.min must be at least 3: one node in each zone."
  }
}

variable "administrators" {
  description = "Roles of people with all rights in the cluster, by name. Nobody else gets in, the creator neither."
  type        = map(string)

  validation {
    condition     = alltrue([for arn in values(var.administrators) : can(regex("^arn:aws:iam::[0-9]{12}:role/", arn))])
    error_message = "administrators must be ARNs of roles: users have long-lived keys, and root is nobody."
  }
}
