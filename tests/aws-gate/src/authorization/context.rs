//! The condition keys of a call.
//!
//! Global keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, those of
//! KMS: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>. `vocabulary` lists the same
//! names: a policy that uses another one is refused.

use iam_policy::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::demand::Need;
use super::{Call, Caller, Network, WebIdentity};

/// What is known when a session asks for something.
pub(super) fn of_need(caller: &Caller, call: &Call<'_>, network: &Network, need: &Need) -> Context {
    let mut context = of_time(call.at);
    context.set("aws:RequestedRegion", call.region);
    context.set("aws:PrincipalArn", &caller.role_arn);
    context.set("aws:PrincipalAccount", &caller.account);
    context.set("aws:PrincipalType", "AssumedRole");
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:userid", &caller.user_id);
    context.set("aws:FederatedProvider", &caller.provider_arn);
    if let Some(account) = need.resource.split(':').nth(4).filter(|account| !account.is_empty()) {
        context.set("aws:ResourceAccount", account);
    }
    if need.action.starts_with("kms:") {
        context.set("kms:CallerAccount", &caller.account);
    }
    let names = need.keys.iter().filter_map(|(key, _)| key.strip_prefix("kms:EncryptionContext:"));
    let names: Vec<_> = names.collect();
    if !names.is_empty() {
        context.set_all("kms:EncryptionContextKeys", names);
    }
    for (key, value) in &need.keys {
        context.set(key, value);
    }
    context.set("aws:ViaAWSService", need.via.is_some().to_string());
    if let Some(via) = need.via {
        // The service asks from its own network over its own TLS.
        context.set("kms:ViaService", format!("{via}.{}.amazonaws.com", call.region));
        context.set("aws:SecureTransport", "true");
    } else {
        set_network(&mut context, network);
    }
    context
}

/// What is known when a token is shown for a role.
pub(super) fn of_token(
    identity: &WebIdentity<'_>,
    network: &Network,
    region: &str,
    at: OffsetDateTime,
) -> Context {
    let mut context = of_time(at);
    context.set("aws:RequestedRegion", region);
    set_network(&mut context, network);
    context.set(&format!("{}:sub", identity.issuer), identity.subject);
    context.set_all(&format!("{}:aud", identity.issuer), identity.audiences);
    context.set("sts:RoleSessionName", identity.session_name);
    context
}

fn of_time(at: OffsetDateTime) -> Context {
    let mut context = Context::new();
    if let Ok(text) = at.format(&Rfc3339) {
        context.set("aws:CurrentTime", text);
    }
    context.set("aws:EpochTime", at.unix_timestamp().to_string());
    context
}

fn set_network(context: &mut Context, network: &Network) {
    context.set("aws:SecureTransport", network.secure_transport.to_string());
    if let Some(vpc) = &network.source_vpc {
        context.set("aws:SourceVpc", vpc);
    }
    // AWS: through an endpoint of a VPC the caller's address is another key.
    let address = match &network.source_vpce {
        Some(endpoint) => {
            context.set("aws:SourceVpce", endpoint);
            "aws:VpcSourceIp"
        }
        None => "aws:SourceIp",
    };
    context.set(address, network.source_ip.to_string());
}
