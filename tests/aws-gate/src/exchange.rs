//! One request, from its arrival to its answer.

mod denial;

use iam_policy::UniqueMembers;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use runtime::http_server::PeerAddress;

use crate::account::GuardedAccount;
use crate::authorization::{Call, Caller, Network, Verdict};
use crate::config::Door;
use crate::decision_log::{Entry, Outcome};
use crate::fault::{Fault, REQUEST_ID};
use crate::forward::ForwardError;
use crate::gate::Shared;
use crate::parameters::Parameters;
use crate::received::{Received, Unread};
use crate::service::{Protocol, Service, Target, Unclear};
use crate::sigv4;
use crate::sts::{self, Desk, Trace};

/// Who has not shown who they are.
const UNVERIFIED: &str = "unverified";

/// What one request is decided by.
struct Exchange<'a> {
    shared: &'a Shared,
    door: &'a Door,
    account: &'a GuardedAccount,
    received: &'a Received,
    source_ip: IpAddr,
}

/// Answers a request that came through a door.
pub(crate) async fn answer(shared: &Shared, door: &Door, request: Request<Body>) -> Response<Body> {
    let id = shared.random.request_id();
    let peer = request.extensions().get::<PeerAddress>().map(|peer| peer.0.ip());
    let (received, read) = Received::read(id, shared.now(), request).await;
    let account = shared.account();
    let exchange = Exchange {
        shared,
        door,
        account: &account,
        received: &received,
        source_ip: peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    match read {
        Ok(()) => exchange.answer().await,
        Err(unread) => exchange.unread(unread),
    }
}

impl Exchange<'_> {
    async fn answer(&self) -> Response<Body> {
        let parameters = self.received.parameters();
        let target = match Target::read(&self.received.path, &self.received.headers, &parameters) {
            Ok(target) => target,
            Err(unclear) => return self.unclear(&unclear),
        };
        let operation = target.operation.as_deref().unwrap_or_default();
        if (target.service, operation) == (Service::Sts, "AssumeRoleWithWebIdentity") {
            return self.assume_role(&target, &parameters).await;
        }
        let region = &self.account.config().region;
        let session = match sigv4::verify(self.received, &target, region, &self.shared.sessions) {
            Ok(session) => session,
            Err(refusal) => {
                self.record(UNVERIFIED, &self.action(&target), "*", Outcome::Deny, &refusal.to_string());
                return self.refuse(refusal.fault(target.protocol), target.protocol);
            }
        };
        if (target.service, operation) == (Service::Sts, "GetCallerIdentity") {
            let action = self.action(&target);
            self.record(&session.caller.session_arn, &action, "*", Outcome::Allow, "needs no permission");
            return self.xml(sts::caller_identity(&session.caller, &self.received.id));
        }
        self.authorized(&target, &session.caller).await
    }

    /// Opens a session, or says why not.
    async fn assume_role(&self, target: &Target, parameters: &Parameters) -> Response<Body> {
        let network = self.network(Service::Sts);
        let desk = Desk {
            account: self.account.config(),
            authorizer: self.account.authorizer(),
            keys: &self.shared.keys,
            sessions: &self.shared.sessions,
            random: &self.shared.random,
            network: &network,
            now: self.received.at,
            request_id: &self.received.id,
        };
        let mut trace = Trace::default();
        let outcome = sts::assume_role_with_web_identity(&desk, parameters, &mut trace).await;
        let principal = trace.subject.as_deref().unwrap_or(UNVERIFIED);
        let role = trace.role_arn.as_deref().unwrap_or("*");
        let action = self.action(target);
        match outcome {
            Ok(opened) => {
                self.record(principal, &action, role, Outcome::Allow, &opened.by);
                self.xml(opened.body)
            }
            Err(refusal) => {
                self.record(principal, &action, role, Outcome::Deny, &refusal.to_string());
                self.refuse(refusal.fault(), target.protocol)
            }
        }
    }

    /// Asks the policies, then the emulator.
    async fn authorized(&self, target: &Target, caller: &Caller) -> Response<Body> {
        let json = matches!(target.protocol, Protocol::Json10 | Protocol::Json11);
        if json && serde_json::from_slice::<UniqueMembers>(&self.received.body).is_err() {
            let principal = &caller.session_arn;
            self.record(principal, &self.action(target), "*", Outcome::Deny, "body-not-unambiguous-json");
            return self.refuse(denial::not_json(), target.protocol);
        }
        let verdict = self.verdict(target, caller);
        for check in &verdict.checks {
            let outcome = if check.decision.allowed { Outcome::Allow } else { Outcome::Deny };
            let because = check.decision.because.to_string();
            self.record(&caller.session_arn, &check.action, &check.resource, outcome, &because);
        }
        if let Some(unknown) = &verdict.unknown {
            let by = format!("unknown: {unknown}");
            self.record(&caller.session_arn, &self.action(target), "*", Outcome::Deny, &by);
        }
        if !verdict.allowed() {
            return self.refuse(denial::fault(target, caller, &verdict), target.protocol);
        }
        if target.service == Service::Sts {
            // Never sent on: the emulator would hand out credentials that nobody has checked.
            self.record(&caller.session_arn, &self.action(target), "*", Outcome::Deny, "not-offered");
            return self.refuse(denial::not_offered(target), target.protocol);
        }
        let region = &self.account.config().region;
        match self.shared.emulator.forward(self.received, target.service, region).await {
            Ok(response) => response,
            Err(error) => {
                let by = format!("emulator: {error}");
                self.record(&caller.session_arn, &self.action(target), "*", Outcome::Deny, &by);
                self.refuse(ForwardError::fault(), target.protocol)
            }
        }
    }

    fn verdict(&self, target: &Target, caller: &Caller) -> Verdict {
        let query = self.received.unsigned_query();
        let call = Call {
            service: target.service.signing_name(),
            region: target.service.signing_region(&self.account.config().region),
            method: self.received.method.as_str(),
            path: &self.received.path,
            query: &query,
            headers: &self.received.headers,
            body: &self.received.body,
            at: self.received.at,
        };
        self.account.authorizer().authorize(caller, &call, &self.network(target.service))
    }

    fn network(&self, service: Service) -> Network {
        Network {
            source_vpc: self.door.source_vpc.clone(),
            source_vpce: self.door.source_vpce.get(service.signing_name()).cloned(),
            secure_transport: self.door.secure_transport,
            source_ip: self.source_ip,
        }
    }

    /// Service and operation, or the method where a service has no operations by name.
    fn action(&self, target: &Target) -> String {
        let operation = target.operation.as_deref().unwrap_or(self.received.method.as_str());
        format!("{}:{operation}", target.service.signing_name())
    }

    fn unread(&self, unread: Unread) -> Response<Body> {
        self.record(UNVERIFIED, "unknown", "*", Outcome::Deny, &unread.to_string());
        self.refuse(denial::unread(unread), Protocol::Json10)
    }

    fn unclear(&self, unclear: &Unclear) -> Response<Body> {
        self.record(UNVERIFIED, "unknown", "*", Outcome::Deny, &format!("request: {unclear}"));
        self.refuse(denial::unclear(unclear), unclear.protocol())
    }

    fn record(&self, principal: &str, action: &str, resource: &str, decision: Outcome, by: &str) {
        self.shared.log.record(Entry {
            time: self.received.at,
            request_id: self.received.id.clone(),
            door: self.door.name.clone(),
            principal: principal.to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision,
            by: by.to_owned(),
        });
    }

    fn refuse(&self, fault: Fault, protocol: Protocol) -> Response<Body> {
        fault.into_response(protocol, &self.received.id)
    }

    fn xml(&self, body: String) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        if let Ok(id) = HeaderValue::from_str(&self.received.id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}
