//! Relational Database Service.

use super::named::{self, Table};
use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};

const NAMES: &Table = &[
    ("BlueGreenDeploymentIdentifier", "deployment"),
    ("DBClusterEndpointIdentifier", "cluster-endpoint"),
    ("DBClusterIdentifier", "cluster"),
    ("DBClusterParameterGroupName", "cluster-pg"),
    ("DBClusterSnapshotIdentifier", "cluster-snapshot"),
    ("DBInstanceAutomatedBackupsArn", "auto-backup"),
    ("DBInstanceIdentifier", "db"),
    ("DBParameterGroupName", "pg"),
    ("DBProxyEndpointName", "proxy-endpoint"),
    ("DBProxyName", "proxy"),
    ("DBSecurityGroupName", "secgrp"),
    ("DBShardGroupIdentifier", "shardgrp"),
    ("DBSnapshotIdentifier", "snapshot"),
    ("DBSubnetGroupName", "subgrp"),
    ("GlobalClusterIdentifier", "global-cluster"),
    ("IntegrationIdentifier", "integration"),
    ("OptionGroupName", "og"),
    ("ReservedDBInstanceId", "ri"),
    ("ResourceArn", "cluster"),
    ("ResourceName", "db"),
    ("SourceDBClusterIdentifier", "cluster"),
    ("SourceDBClusterParameterGroupIdentifier", "cluster-pg"),
    ("SourceDBClusterSnapshotIdentifier", "cluster-snapshot"),
    ("SourceDBInstanceIdentifier", "db"),
    ("SourceDBParameterGroupIdentifier", "pg"),
    ("SourceDBSnapshotIdentifier", "snapshot"),
    ("SourceOptionGroupIdentifier", "og"),
    ("SubscriptionName", "es"),
    ("TargetDBClusterParameterGroupIdentifier", "cluster-pg"),
    ("TargetDBClusterSnapshotIdentifier", "cluster-snapshot"),
    ("TargetDBInstanceIdentifier", "db"),
    ("TargetDBParameterGroupIdentifier", "pg"),
    ("TargetDBSnapshotIdentifier", "snapshot"),
    ("TargetGroupName", "target-group"),
    ("TargetOptionGroupIdentifier", "og"),
    ("TenantDBName", "tenant-database"),
];

/// What an operation needs.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    named::needs("rds", operation, arguments, NAMES, scope)
}
