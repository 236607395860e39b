"""Faults planted into copies of the tree: one for each promise, each with the check that has to notice it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """A text of one file, what it is replaced by, and the assertion that must then fail."""

    directory: str
    file: str
    text: str
    instead: str
    noticed_by: str

    def plant(self, root: Path) -> None:
        """Puts the fault into a copy."""
        file = root / self.directory / self.file
        content = file.read_text()
        assert self.text in content, f"{self.directory}/{self.file} has no {self.text!r}"
        file.write_text(content.replace(self.text, self.instead))


def _of(directory: str, file: str, *faults: tuple[str, str, str]) -> list[Mutant]:
    return [Mutant(directory, file, text, instead, noticed_by) for noticed_by, text, instead in faults]


#: Noticed by `terraform test` of their module; those of one module are planted together, each with its own assertion.
MODULE_MUTANTS = [
    *_of("modules/keys", "main.tf",
        ("key-rotation", "enable_key_rotation     = true", "enable_key_rotation     = false"),
        ("key-deletion", "deletion_window_in_days = var.deletion_window_days\n}\n\n# A policy", "deletion_window_in_days = 7\n}\n\n# A policy"),
        ("key-signing", '"SIGN_VERIFY"', '"ENCRYPT_DECRYPT"')),
    *_of("modules/keys", "policies/secrets.json",
        ("key-administration", '"kms:CancelKeyDeletion",', '"kms:CancelKeyDeletion", "kms:Decrypt",'),
        ("key-own-secret", ',\n          "kms:EncryptionContext:SecretARN": "${url_service_database_secret_arn}"', ""),
        ("key-via-service", '"kms:ViaService": "secretsmanager.${region}.amazonaws.com"', '"kms:EncryptionContext:x": "y"')),
    *_of("modules/workload-identity", "policies/trust.json",
        ("irsa-trust", '"${issuer}:aud": "sts.amazonaws.com",\n', ""),
        ("irsa-issuer", '{ "Federated": "${oidc_provider_arn}" }', '"*"')),
    *_of("modules/workload-identity", "principals.tf",
        ("irsa-one-each", 'service_account = "worker"', 'service_account = "url-service"')),
    *_of("modules/workload-identity", "main.tf",
        ("irsa-session", "max_session_duration = var.max_session_seconds", "max_session_duration = 43200"),
        ("controller-boundary", "policy      = local.identity_policies[each.key]\n", 'policy      = "{}"\n')),
    *_of("modules/click-queue", "main.tf",
        ("queue-key", "kms_master_key_id                 = var.key_arn", "sqs_managed_sse_enabled           = true"),
        ("queue-redrive", "maxReceiveCount     = var.max_receives", "maxReceiveCount     = 1000"),
        ("queue-redrive-allow", '"byQueue"', '"allowAll"'),
        ("queue-retention", "retention_seconds = 1209600", "retention_seconds = 60")),
    *_of("modules/click-queue", "policies/queue.json",
        ("queue-policy", '"Sid": "DenyPlaintext",\n      "Effect": "Deny"', '"Sid": "DenyPlaintext",\n      "Effect": "Allow"')),
    *_of("modules/click-queue", "alarms.tf",
        ("queue-dead-letter-alarm", "threshold           = 0", "threshold           = 100000")),
    *_of("modules/registry", "main.tf",
        ("registry-immutable", '"IMMUTABLE"', '"MUTABLE"'),
        ("registry-scan", "scan_on_push = true", "scan_on_push = false"),
        ("registry-key", '"KMS"', '"AES256"'),
        ("registry-force-delete", "force_delete         = false", "force_delete         = true"),
        ("registry-lifecycle", '"tagged"', '"untagged"')),
    *_of("modules/registry", "policies/repository.json",
        ("registry-policy", '"Sid": "DenyPushToAllButThePublisher",\n      "Effect": "Deny"', '"Sid": "DenyPushToAllButThePublisher",\n      "Effect": "Allow"')),
    *_of("modules/ci", "policies/publisher/trust.json",
        ("publisher-trust", ":ref:${ref}", "")),
    *_of("modules/ci", "main.tf",
        ("publisher-session", "max_session_duration = 3600", "max_session_duration = 43200"),
        ("publisher-boundary", "permissions_boundary = aws_iam_policy.boundary.arn\n", "")),
    *_of("modules/database", "main.tf",
        ("database-standby", "multi_az                   = true", "multi_az                   = false"),
        ("database-key", "storage_encrypted     = true", "storage_encrypted     = false"),
        ("database-private", "publicly_accessible                 = false", "publicly_accessible                 = true"),
        ("database-password", "manage_master_user_password   = true", 'password                      = "in the state"'),
        ("database-deletion", "skip_final_snapshot       = false", "skip_final_snapshot       = true"),
        ("database-backup", "backup_retention_period   = var.backup_days", "backup_retention_period   = 1"),
        ("database-logs", '["postgresql", "upgrade"]\n  performance', '["upgrade"]\n  performance'),
        ("database-insights", "performance_insights_enabled          = true", "performance_insights_enabled          = false"),
        ("database-one-login", "iam_database_authentication_enabled = false", "iam_database_authentication_enabled = true"),
        ("database-tls", 'value        = "1"', 'value        = "0"')),
    *_of("modules/secrets", "main.tf",
        ("secret-policy", "readers = [local.nobody]", "readers = [var.url_service_role_arn]"),
        ("secret-key", "  kms_key_id              = var.key_arn\n", ""),
        ("secret-public", "block_public_policy = true", "block_public_policy = false")),
    *_of("modules/secrets", "policies/secret.json",
        ("secret-endpoint", '"StringNotEqualsIfExists": { "aws:SourceVpce": "${secretsmanager_endpoint_id}" },\n', "")),
    *_of("modules/secrets", "rotation.tf",
        ("secret-rotation", "automatically_after_days = var.rotation_days", "automatically_after_days = 365"),
        ("rotation-caller", "  source_account = var.account_id\n", ""),
        ("rotation-environment", "PGHOST              = var.database.host", 'PGPASSWORD          = "secret"'),
        ("rotation-log", "kms_key_id        = var.logs_key_arn", "kms_key_id        = null")),
    *_of("modules/secrets", "rotation-role.tf",
        ("rotation-boundary", "permissions_boundary = aws_iam_policy.rotation_boundary.arn\n", "")),
    *_of("modules/network", "main.tf",
        ("network-no-public-address", "map_public_ip_on_launch = false", "map_public_ip_on_launch = true"),
        ("network-no-nat", "count = var.nat_gateway ? 1 : 0", "count = 1"),
        ("network-tiers", "first = 52", "first = 50")),
    *_of("modules/network", "flow-logs.tf",
        ("network-flow-logs", '"ALL"', '"REJECT"')),
    *_of("modules/network", "endpoints.tf",
        ("endpoint-dns", "private_dns_enabled = true", "private_dns_enabled = false")),
    *_of("modules/network", "policies/endpoints/sqs.json",
        ("endpoint-account", '"StringEquals": { "aws:PrincipalAccount": "${account_id}" }', '"StringLike": { "aws:PrincipalAccount": "*" }')),
    *_of("modules/network", "policies/endpoints/sts.json",
        ("endpoint-sts", "${jsonencode(web_identity_role_arns)}", '["*"]')),
    *_of("modules/network", "policies/endpoints/s3.json",
        ("endpoint-s3", "prod-${region}-starport-layer-bucket", "*")),
    *_of("modules/network", "security-groups.tf",
        ("group-database", '{ from = "rotation", to = "database", port = 5432, for = "new passwords" }', '{ from = "nodes", to = "database", port = 5432, for = "everybody" }'),
        ("group-url-service", '{ from = "load-balancer", to = "url-service", port = 8080, for = "the public listener" }', '{ from = "load-balancer", to = "url-service", port = 8443, for = "the internal listener" }'),
        ("group-clients", "for_each = toset(var.client_cidrs)", 'for_each = toset(["0.0.0.0/0"])')),
    *_of("modules/cluster", "main.tf",
        ("cluster-private", "endpoint_public_access  = length(var.public_access_cidrs) > 0", "endpoint_public_access  = true"),
        ("cluster-access-entries", '"API"', '"API_AND_CONFIG_MAP"'),
        ("cluster-creator", "bootstrap_cluster_creator_admin_permissions = false", "bootstrap_cluster_creator_admin_permissions = true"),
        ("cluster-logs", '["api", "audit", "authenticator", "controllerManager", "scheduler"]', '["api"]'),
        ("cluster-log-key", "kms_key_id        = var.key_arns.logs", "kms_key_id        = null"),
        ("cluster-envelope", "key_arn = var.key_arns.cluster", "key_arn = var.key_arns.logs"),
        ("oidc-issuer", "aws_eks_cluster.this.identity[0].oidc[0].issuer\n  client", 'replace(aws_eks_cluster.this.identity[0].oidc[0].issuer, "amazonaws.com", "api.aws")\n  client'),
        ("oidc-audience", '["sts.amazonaws.com"]', '["sts.amazonaws.com", "kubernetes.default.svc"]')),
    *_of("modules/cluster", "nodes.tf",
        ("node-metadata", "http_put_response_hop_limit = 1", "http_put_response_hop_limit = 2"),
        ("node-volumes", "encrypted             = true", "encrypted             = false"),
        ("node-release", "release_version = var.node_release_version\n", "")),
    *_of("modules/cluster", "bottlerocket.toml",
        ("node-login", "[settings.host-containers.admin]\nenabled = false", "[settings.host-containers.admin]\nenabled = true")),
    *_of("modules/cluster", "addons.tf",
        ("cni-strict", '"strict"', '"standard"'),
        ("cni-pod-groups", 'ENABLE_POD_ENI                    = "true"', 'ENABLE_POD_ENI                    = "false"'),
        ("cni-role", "role_arn = var.vpc_cni_role_arn,", "role_arn = null,")),
    *_of("modules/cluster", "policies/node/identity.json",
        ("node-role", '"ec2:DescribeInstances"', '["ec2:DescribeInstances", "ec2:CreateNetworkInterface"]')),
    *_of("modules/audit", "trail.tf",
        ("trail-everywhere", "is_multi_region_trail         = true", "is_multi_region_trail         = false"),
        ("trail-validation", "enable_log_file_validation    = true", "enable_log_file_validation    = false"),
        ("trail-key", "kms_key_id                    = var.logs_key_arn", "kms_key_id                    = null"),
        ("trail-bucket", "block_public_acls       = true", "block_public_acls       = false")),
    *_of("modules/audit", "alarms.tf",
        ("alarm-subject", "!= \\\"${expected.subject}", "= \\\"${expected.subject}"),
        ("alarm-refusals", "threshold   = var.access_denied_threshold", "threshold   = 1000"),
        ("alarm-reaches", "alarm_actions       = [aws_sns_topic.alarms.arn]", "alarm_actions       = []")),
    *_of("modules/audit", "guardduty.tf",
        ("guardduty-audit", 'name        = "EKS_AUDIT_LOGS"\n  status      = "ENABLED"', 'name        = "EKS_AUDIT_LOGS"\n  status      = "DISABLED"'),
        ("guardduty-runtime", 'name        = "RUNTIME_MONITORING"\n  status      = "ENABLED"', 'name        = "RUNTIME_MONITORING"\n  status      = "DISABLED"')),
    *_of("modules/audit", "budget.tf",
        ("budget-alarm", "subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]", "subscriber_sns_topic_arns = []")),
    *_of("bootstrap", "main.tf",
        ("state-key-rotation", "enable_key_rotation     = true", "enable_key_rotation     = false"),
        ("state-encryption", '"aws:kms"', '"AES256"'),
        ("state-versions", 'status = "Enabled"\n  }\n}\n\nresource "aws_s3_bucket_server_side', 'status = "Suspended"\n  }\n}\n\nresource "aws_s3_bucket_server_side'),
        ("state-private", "block_public_policy     = true", "block_public_policy     = false"),
        ("state-kept", "force_destroy = false", "force_destroy = true")),
]  # fmt: skip

_ROLES = "modules/workload-identity/policies"

#: Noticed by the tests that read the templates; `noticed_by` is the test that has to fail.
POLICY_MUTANTS = [
    *_of(f"{_ROLES}/worker", "identity.json",
        ("test_what_is_allowed_is_named", '"sqs:ReceiveMessage"', '"sqs:*"'),
        ("test_a_workload_may_do_what_the_map_says", '"sqs:ReceiveMessage"', '"sqs:ReceiveMessage", "sqs:SendMessage"')),
    *_of(f"{_ROLES}/url-service", "identity.json",
        ("test_a_role_names_its_resources", '"Resource": "${click_queue_arn}"', '"Resource": "*"'),
        ("test_a_workload_uses_keys_through_their_service", '"kms:ViaService": "sqs.${region}.amazonaws.com"', '"kms:ViaService": "s3.${region}.amazonaws.com"'),
        ("test_each_statement_is_named_once_and_inclusive", '"Action": "sqs:SendMessage"', '"NotAction": "sqs:DeleteQueue", "Action": "sqs:SendMessage"'),
        ("test_placeholders_are_simple", '"Resource": "${click_queue_arn}"', '"Resource": "${upper(click_queue_arn)}"')),
    *_of(_ROLES, "trust.json",
        ("test_web_identities_are_exact", '"StringEquals"', '"StringLike"')),
    *_of(f"{_ROLES}/load-balancer-controller", "identity.json",
        ("test_a_platform_principals_conditions_are_the_maps", '"aws:ResourceTag/elbv2.k8s.aws/cluster"', '"aws:ResourceTag/anything"')),
    *_of("modules/ci/policies/publisher", "identity.json",
        ("test_a_platform_principal_may_do_what_the_map_says", '"ecr:PutImage"', '"ecr:PutImage", "ecr:DeleteRepository"')),
    *_of("modules/keys/policies", "clicks.json",
        ("test_nobody_is_everybody", '{ "AWS": "${worker_role_arn}" }', '"*"')),
    *_of("modules/audit/policies", "topic.json",
        ("test_services_act_for_this_account", '"aws:SourceAccount"', '"aws:PrincipalOrgID"')),
    *_of("modules/network", "flow-logs.tf",
        ("test_every_template_is_in_use", "policies/flow-logs/identity.json", "policies/flow-logs/other.json")),
]  # fmt: skip
