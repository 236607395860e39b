# Who may assume what: one service account, one role, one policy file. docs/trust-map.toml says the same.
locals {
  workloads = {
    url-service = { namespace = "services", service_account = "url-service" }
    worker      = { namespace = "services", service_account = "worker" }
    migrate     = { namespace = "services", service_account = "migrate" }
    keda        = { namespace = "keda", service_account = "keda-operator" }
  }

  controllers = {
    fluent-bit               = { namespace = "logging", service_account = "fluent-bit" }
    kyverno-admission        = { namespace = "kyverno", service_account = "kyverno-admission-controller" }
    load-balancer-controller = { namespace = "kube-system", service_account = "aws-load-balancer-controller" }
    spire-server             = { namespace = "spire-server", service_account = "spire-server" }
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
    pod_log_group_arn               = var.pod_log_group_arn
    spire_database_login_arn        = var.spire.database_login_arn
    # SPIRE names its keys by trust domain and server: doc/plugin_server_keymanager_aws_kms.md of SPIRE 1.15.3.
    spire_key_aliases_arn = "arn:aws:kms:${var.region}:${var.account_id}:alias/SPIRE_SERVER/${replace(var.spire.trust_domain, ".", "_")}/*"
  }

  identity_policies = {
    for name in keys(local.principals) :
    name => templatefile("${path.module}/policies/${name}/identity.json", local.policy_values)
  }
}
