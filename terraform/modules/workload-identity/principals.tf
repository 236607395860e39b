# Who may assume what: one service account, one role, one policy file. docs/trust-map.toml says the same.
locals {
  workloads = {
    url-service = { namespace = "services", service_account = "url-service" }
    worker      = { namespace = "services", service_account = "worker" }
    migrate     = { namespace = "services", service_account = "migrate" }
    keda        = { namespace = "keda", service_account = "keda-operator" }
  }

  controllers = {
    kyverno-admission        = { namespace = "kyverno", service_account = "kyverno-admission-controller" }
    load-balancer-controller = { namespace = "kube-system", service_account = "aws-load-balancer-controller" }
    vpc-cni                  = { namespace = "kube-system", service_account = "aws-node" }
  }

  principals = merge(local.workloads, local.controllers)

  policy_values = {
    account_id                      = var.account_id
    region                          = var.region
    cluster_name                    = var.cluster_name
    click_queue_arn                 = var.click_queue_arn
    click_key_arn                   = var.key_arns.clicks
    secrets_key_arn                 = var.key_arns.secrets
    signing_key_arn                 = var.key_arns.signing
    url_service_database_secret_arn = var.secret_arns.url_service_database
    migrate_database_secret_arn     = var.secret_arns.migrate_database
    first_api_key_secret_arn        = var.secret_arns.first_api_key
    repository_arns                 = var.repository_arns
  }

  identity_policies = {
    for name in keys(local.principals) :
    name => templatefile("${path.module}/policies/${name}/identity.json", local.policy_values)
  }
}
