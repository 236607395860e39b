//! The values of the overlay `local`: what `make cluster-config` takes from Terraform's outputs for production.

use std::collections::BTreeMap;

use crate::aws::Facts;
use crate::plan::{DATABASE_HOST, Plan};

pub(crate) fn account_values(
    plan: Plan,
    facts: &Facts,
    images: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut set = |name: &str, value: String| values.insert(name.to_owned(), value);
    set("AWS_REGION", stack::names::REGION.to_owned());
    set("TRUST_DOMAIN", stack::names::TRUST_DOMAIN.to_owned());
    set("PUBLIC_HOST", "links.zero-trust-eks.local".to_owned());
    set("DATABASE_HOST", DATABASE_HOST.to_owned());
    set("MIGRATE_DATABASE_SECRET_ID", "zero-trust-eks/migrate/database".to_owned());
    set(
        "CLICK_QUEUE_URL",
        format!("https://sqs.{}.amazonaws.com/{}", stack::names::REGION, facts.click_queue_path),
    );
    for workload in stack::Workload::ALL {
        let name = workload.name().to_uppercase().replace('-', "_");
        set(&format!("{name}_ROLE_ARN"), workload.role_arn());
        set(&format!("{name}_IMAGE"), images.get(workload.name()).cloned().unwrap_or_default());
    }
    set("KEDA_ROLE_ARN", format!("arn:aws:iam::{}:role/zero-trust-eks-keda-irsa", stack::names::ACCOUNT));
    for (name, subnets) in [
        ("ENDPOINT", plan.endpoint_subnets()),
        ("DATABASE", plan.database_subnets()),
        ("LOAD_BALANCER", plan.load_balancer_subnets()),
    ] {
        for (number, subnet) in (1..).zip(subnets) {
            set(&format!("{name}_SUBNET_{number}"), subnet);
        }
    }
    values
}
