//! Puts what a call demands to the policies.

use iam_policy::{Catalogue, Decision, Document, Policies, Principal, Request, evaluate};
use time::OffsetDateTime;

use super::demand::{self, Demand, Need, Scope, Unknown};
use super::holdings::{Holdings, Resource, Role};
use super::{Call, Caller, Check, Network, Verdict, WebIdentity, context, vocabulary};

/// Knows the roles, the resources and their policies.
#[derive(Debug)]
pub struct Authorizer {
    account: String,
    region: String,
    catalogue: Catalogue,
    holdings: Holdings,
}

/// Why a role or a resource is not taken.
#[derive(Debug, thiserror::Error)]
#[error("the policy {document} uses {what}, which the gate does not know")]
pub struct AuthorizerError {
    /// The name of the policy.
    pub document: String,
    /// The condition key or action.
    pub what: String,
}

impl Authorizer {
    /// An account without roles and resources.
    #[must_use]
    pub fn new(account: &str, region: &str) -> Self {
        let catalogue = Catalogue::published();
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            catalogue,
            holdings: Holdings::default(),
        }
    }

    /// Adds a role, or replaces the one with its ARN.
    ///
    /// # Errors
    ///
    /// A condition key or an action that the gate does not know, by name.
    pub fn put_role(&mut self, role: Role) -> Result<(), AuthorizerError> {
        for document in role.identity.iter().chain([&role.trust]).chain(&role.boundary) {
            self.check_words(document)?;
        }
        self.holdings.roles.insert(role.arn.clone(), role);
        Ok(())
    }

    /// Adds a resource, or replaces the one with its ARN.
    ///
    /// # Errors
    ///
    /// A condition key or an action that the gate does not know, by name.
    pub fn put_resource(&mut self, resource: Resource) -> Result<(), AuthorizerError> {
        if let Some(document) = &resource.policy {
            self.check_words(document)?;
        }
        self.holdings.resources.insert(resource.arn.clone(), resource);
        Ok(())
    }

    /// Removes the resource with this ARN, if there is one.
    pub fn remove_resource(&mut self, arn: &str) {
        self.holdings.resources.remove(arn);
    }

    /// Decides one call.
    #[must_use]
    pub fn authorize(&self, caller: &Caller, call: &Call<'_>, network: &Network) -> Verdict {
        let verdict = |operation, checks, unknown| Verdict {
            service: call.service.to_owned(),
            operation,
            checks,
            unknown,
        };
        let Some(role) = self.holdings.roles.get(&caller.role_arn) else {
            return verdict(String::new(), Vec::new(), Some(format!("the role {}", caller.role_arn)));
        };
        let scope = Scope {
            account: &self.account,
            region: call.region,
            holdings: &self.holdings,
            catalogue: &self.catalogue,
        };
        match demand::read(call, &scope) {
            Ok(Demand { operation, needs }) => {
                let checks = needs.into_iter().map(|need| self.check(role, caller, call, network, need));
                verdict(operation, checks.collect(), None)
            }
            Err(Unknown { operation, what }) => verdict(operation, Vec::new(), Some(what)),
        }
    }

    /// Decides whether a token's bearer may assume a role; `None` if there is no such role.
    #[must_use]
    pub fn trust(
        &self,
        role_arn: &str,
        identity: &WebIdentity<'_>,
        network: &Network,
        at: OffsetDateTime,
    ) -> Option<Decision> {
        let role = self.holdings.roles.get(role_arn)?;
        let request = Request {
            principal: Principal::WebIdentity { provider_arn: identity.provider_arn.to_owned() },
            action: "sts:AssumeRoleWithWebIdentity".to_owned(),
            resource: role_arn.to_owned(),
            context: context::of_token(identity, network, &self.region, at),
        };
        let policies =
            Policies { resource: Some(&role.trust), resource_must_allow: true, ..Policies::default() };
        Some(evaluate(&request, &policies))
    }

    fn check(&self, role: &Role, caller: &Caller, call: &Call<'_>, network: &Network, need: Need) -> Check {
        let context = context::of_need(caller, call, network, &need);
        let Need { action, resource, .. } = need;
        let principal = Principal::Session {
            role_arn: caller.role_arn.clone(),
            session_arn: caller.session_arn.clone(),
            account: caller.account.clone(),
        };
        let request = Request { principal, action, resource, context };
        let trust = self.holdings.roles.get(&request.resource).map(|target| &target.trust);
        let assumes = request.action.starts_with("sts:") && request.resource.contains(":role/");
        let of_resource = self.holdings.resource(&request.resource).and_then(|held| held.policy.as_ref());
        let is_key = request.resource.starts_with("arn:aws:kms:") && request.resource.contains(":key/");
        let policies = Policies {
            identity: &role.identity,
            boundary: role.boundary.as_ref(),
            session: caller.session_policy.as_ref(),
            resource: if assumes { trust } else { of_resource },
            // Without a word of the key's own policy, or of the role's trust, nobody may use it.
            resource_must_allow: is_key || assumes,
            owner: None,
        };
        let decision = evaluate(&request, &policies);
        Check { action: request.action, resource: request.resource, decision }
    }

    fn check_words(&self, document: &Document) -> Result<(), AuthorizerError> {
        vocabulary::unknown(document, &self.catalogue)
            .map_or(Ok(()), |what| Err(AuthorizerError { document: document.name().to_owned(), what }))
    }
}
