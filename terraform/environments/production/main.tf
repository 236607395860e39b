module "keys" {
  source = "../../modules/keys"

  name              = var.name
  account_id        = var.account_id
  region            = var.region
  deployer_role_arn = var.deployer_role_arn
  trail_arn         = module.audit.trail_arn
  secret_arns       = local.secret_arns

  role_arns = {
    url-service       = module.workload_identity.role_arns["url-service"]
    worker            = module.workload_identity.role_arns["worker"]
    migrate           = module.workload_identity.role_arns["migrate"]
    kyverno-admission = module.workload_identity.role_arns["kyverno-admission"]
    rotation          = module.secrets.rotation_role_arn
    publisher         = module.ci.publisher_role_arn
  }
}

module "audit" {
  source = "../../modules/audit"

  name               = var.name
  account_id         = var.account_id
  region             = var.region
  logs_key_arn       = module.keys.arns.logs
  alarm_email        = var.alarm_email
  monthly_budget_usd = var.monthly_budget_usd

  web_identity_subjects = merge(
    {
      for principal, arn in module.workload_identity.role_arns :
      principal => { role_arn = arn, subject = module.workload_identity.subjects[principal] }
    },
    { publisher = { role_arn = module.ci.publisher_role_arn, subject = module.ci.subject } },
  )
}

module "network" {
  source = "../../modules/network"

  name                   = var.name
  account_id             = var.account_id
  region                 = var.region
  zones                  = var.zones
  cluster_name           = local.cluster_name
  client_cidrs           = var.client_cidrs
  nat_gateway            = var.nat_gateway
  logs_key_arn           = module.keys.arns.logs
  web_identity_role_arns = values(local.web_identity_role_arns)
  writer_role_arns       = local.web_identity_role_arns
  pod_log_group_arn      = local.pod_log_group_arn
  click_queue_arn        = local.click_queue_arn
  secret_arns            = values(local.secret_arns)
  signing_key_arn        = module.keys.arns.signing
  repository_arns        = local.pulled_repository_arns
}

module "cluster" {
  source = "../../modules/cluster"

  name                 = var.name
  cluster_name         = local.cluster_name
  account_id           = var.account_id
  region               = var.region
  kubernetes_version   = var.kubernetes_version
  public_access_cidrs  = var.public_access_cidrs
  administrators       = var.administrators
  node_release_version = var.node_release_version
  addon_versions       = var.addon_versions
  addons_on_nodes      = !var.first_apply
  vpc_cni_role_arn     = module.workload_identity.role_arns["vpc-cni"]
  repository_arns      = local.pulled_repository_arns
  key_arns             = { cluster = module.keys.arns.cluster, logs = module.keys.arns.logs }

  network = {
    vpc_id                         = module.network.vpc_id
    subnet_ids                     = module.network.subnet_ids["node"]
    node_security_group_id         = module.network.security_group_ids["nodes"]
    spire_server_security_group_id = module.network.security_group_ids["spire-server"]
    endpoint_ids                   = values(module.network.endpoint_ids)
  }
}

module "workload_identity" {
  source = "../../modules/workload-identity"

  name              = var.name
  account_id        = var.account_id
  region            = var.region
  cluster_name      = local.cluster_name
  oidc_provider_arn = module.cluster.oidc_provider_arn
  oidc_issuer       = module.cluster.oidc_issuer
  vpc_id            = module.network.vpc_id
  click_queue_arn   = module.click_queue.arn
  key_arns          = { clicks = module.keys.arns.clicks, secrets = module.keys.arns.secrets, signing = module.keys.arns.signing }
  secret_arns       = local.secret_arns
  repository_arns   = local.repository_arns
  pod_log_group_arn = module.cluster.pod_log_group.arn

  spire = {
    trust_domain       = var.trust_domain
    database_login_arn = "arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${module.spire_database.resource_id}/spire"
  }
}

module "click_queue" {
  source = "../../modules/click-queue"

  name                 = var.name
  key_arn              = module.keys.arns.clicks
  url_service_role_arn = module.workload_identity.role_arns["url-service"]
  worker_role_arn      = module.workload_identity.role_arns["worker"]
  sqs_endpoint_id      = module.network.endpoint_ids["sqs"]
  alarm_topic_arn      = module.audit.alarm_topic_arn
}

module "database" {
  source = "../../modules/database"

  name                = var.name
  subnet_ids          = module.network.subnet_ids["database"]
  security_group_id   = module.network.security_group_ids["database"]
  database_key_arn    = module.keys.arns.database
  secrets_key_arn     = module.keys.arns.secrets
  logs_key_arn        = module.keys.arns.logs
  alarm_topic_arn     = module.audit.alarm_topic_arn
  deletion_protection = var.deletion_protection
}

# Registrations apart from links: docs/decisions/0025-spire-datastore.md
module "spire_database" {
  source = "../../modules/database"

  name                = "${var.name}-spire"
  database_name       = "spire"
  master_username     = "spire_administrator"
  iam_login           = true
  instance_class      = "db.t4g.micro"
  subnet_ids          = module.network.subnet_ids["database"]
  security_group_id   = module.network.security_group_ids["spire-database"]
  database_key_arn    = module.keys.arns.database
  secrets_key_arn     = module.keys.arns.secrets
  logs_key_arn        = module.keys.arns.logs
  alarm_topic_arn     = module.audit.alarm_topic_arn
  deletion_protection = var.deletion_protection
}

module "secrets" {
  source = "../../modules/secrets"

  name                        = var.name
  account_id                  = var.account_id
  region                      = var.region
  key_arn                     = module.keys.arns.secrets
  logs_key_arn                = module.keys.arns.logs
  migrate_database_secret_arn = module.database.master_secret_arn
  spire_database_secret_arn   = module.spire_database.master_secret_arn
  url_service_role_arn        = module.workload_identity.role_arns["url-service"]
  migrate_role_arn            = module.workload_identity.role_arns["migrate"]
  secretsmanager_endpoint_id  = module.network.endpoint_ids["secretsmanager"]
  database                    = { host = module.database.host, port = module.database.port, name = module.database.name }
  rotation_package            = var.rotation_package
  rotation_enabled            = !var.first_apply
  alarm_topic_arn             = module.audit.alarm_topic_arn

  # The endpoints' subnets, because the function needs nothing but an endpoint and the database.
  rotation_network = {
    subnet_ids        = module.network.subnet_ids["endpoint"]
    security_group_id = module.network.security_group_ids["rotation"]
  }
}

module "registry" {
  source = "../../modules/registry"

  name               = var.name
  mirrored_images    = var.mirrored_images
  key_arn            = module.keys.arns.registry
  publisher_role_arn = module.ci.publisher_role_arn
  puller_role_arns   = [module.cluster.node_role_arn, module.workload_identity.role_arns["kyverno-admission"]]
  alarm_topic_arn    = module.audit.alarm_topic_arn
}

module "ci" {
  source = "../../modules/ci"

  name            = var.name
  repository      = var.github_repository
  repository_arns = local.repository_arns
  signing_key_arn = module.keys.arns.signing
}

module "dns" {
  source = "../../modules/dns"

  name            = var.name
  host            = var.public_host
  zone_id         = var.public_zone_id
  load_balancer   = var.load_balancer
  alarm_topic_arn = module.audit.alarm_topic_arn
}

# What locals.tf derives from names has to be what the modules made.
check "names" {
  assert {
    condition     = local.web_identity_role_arns == module.workload_identity.role_arns
    error_message = "The STS endpoint admits other roles than workload-identity has made."
  }

  assert {
    condition     = local.pod_log_group_arn == module.cluster.pod_log_group.arn
    error_message = "The endpoint of CloudWatch Logs admits another log group than the pods'."
  }

  assert {
    condition     = local.click_queue_arn == module.click_queue.arn
    error_message = "The SQS endpoint admits another queue than click-queue has made."
  }
}
