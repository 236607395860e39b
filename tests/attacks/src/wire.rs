//! Requests exactly as an attacker writes them, and what comes back.

use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Sends a request as it is.
pub(crate) async fn send(request: Request<Bytes>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answer = client.request(request.map(Body::from)).await.expect("the gate answers");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("the answer is whole").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("the answer is text"),
    }
}

/// A query request as the SDK sends it: a form in the body.
pub(crate) fn form(url: &str, parameters: &[(String, String)]) -> Request<Bytes> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(body))
        .unwrap()
}

impl Answer {
    /// The request's identifier.
    pub(crate) fn request_id(&self) -> &str {
        self.headers.get("x-amzn-requestid").expect("every answer names its request").to_str().unwrap()
    }

    /// Code and message of an error, in whichever protocol.
    pub(crate) fn error(&self) -> (String, String) {
        if let Ok(json) = serde_json::from_str::<Value>(&self.body) {
            let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(self.headers["x-amzn-errortype"], text("__type"));
            return (text("__type"), text("message"));
        }
        (self.element("Code"), self.element("Message"))
    }

    /// The code of an error, without the name space that some services put before it; empty for an answer that is none.
    pub(crate) fn error_code(&self) -> String {
        if self.status.is_success() {
            return String::new();
        }
        let json = serde_json::from_str::<Value>(&self.body).ok();
        let code = json.as_ref().and_then(|json| json["__type"].as_str()).map(str::to_owned);
        let code = code.or_else(|| self.body.contains("<Code>").then(|| self.element("Code")));
        code.unwrap_or_default().rsplit('#').next().unwrap_or_default().to_owned()
    }

    /// The text of the first XML element of this name.
    pub(crate) fn element(&self, name: &str) -> String {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let rest = self.body.split_once(&open).map(|(_, rest)| rest);
        let text = rest.and_then(|rest| rest.split_once(&close)).map(|(text, _)| text);
        let text = text.unwrap_or_else(|| panic!("no {name} in {} {}", self.status, self.body));
        let text =
            text.replace("&apos;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&amp;", "&")
    }
}
