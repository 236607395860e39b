//! Service by service: which actions on which resources an operation needs.
//!
//! "Actions, resources, and condition keys for AWS services":
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
//! Not demanded: `iam:PassRole` for roles that a call hands to a service. Nothing in this system may call such
//! operations at all.

pub(super) mod ecr;
pub(super) mod iam;
pub(super) mod kms;
mod named;
pub(super) mod rds;
pub(super) mod s3;
pub(super) mod secretsmanager;
pub(super) mod sqs;
pub(super) mod sts;
