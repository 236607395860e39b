//! A request before it is signed.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Bytes;
use http::{HeaderValue, Method, Request, Uri};
use runtime::Clock as _;
use serde_json::json;
use stack::names::REGION;

use crate::arena::{Arena, Credentials};

/// What will be signed. The fields are what attackers change.
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
    pub(crate) credentials: Credentials,
    pub(crate) with_token: bool,
    /// When it is signed, in seconds since 1970.
    pub(crate) at: u64,
    /// Headers that the signer leaves out.
    pub(crate) unsigned: Vec<&'static str>,
    pub(crate) checksum: bool,
    pub(crate) presigned: Option<Duration>,
}

impl Draft {
    /// A call of SQS as the SDK makes it.
    pub(crate) fn receive_message(arena: &Arena, credentials: &Credentials) -> Self {
        let body = json!({ "QueueUrl": "http://127.0.0.1/000000000000/zero-trust-eks-clicks" }).to_string();
        Self {
            headers: vec![
                ("content-type", "application/x-amz-json-1.0".to_owned()),
                ("x-amz-target", "AmazonSQS.ReceiveMessage".to_owned()),
            ],
            body: Bytes::from(body),
            ..Self::empty(arena, credentials, "sqs")
        }
    }

    /// The call that needs no permission, so that only its signature decides.
    pub(crate) fn caller_identity(arena: &Arena, credentials: &Credentials) -> Self {
        Self {
            headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
            body: Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15"),
            ..Self::empty(arena, credentials, "sts")
        }
    }

    fn empty(arena: &Arena, credentials: &Credentials, service: &'static str) -> Self {
        Self {
            method: Method::POST,
            url: arena.url("endpoint"),
            headers: Vec::new(),
            body: Bytes::new(),
            region: REGION,
            service,
            credentials: credentials.clone(),
            with_token: true,
            at: arena.clock.since_epoch().as_secs(),
            unsigned: Vec::new(),
            checksum: false,
            presigned: None,
        }
    }

    /// Signs with these keys and without a token.
    pub(crate) fn with_keys(&mut self, key: &str, secret: &str) {
        key.clone_into(&mut self.credentials.key);
        secret.clone_into(&mut self.credentials.secret);
        self.with_token = false;
    }

    /// Says this of the body's hash.
    pub(crate) fn with_payload_hash(&mut self, value: &str) {
        self.headers.push(("x-amz-content-sha256", value.to_owned()));
    }

    /// Signs it as the SDK does.
    pub(crate) fn sign(&self) -> Request<Bytes> {
        let token = self.with_token.then(|| self.credentials.token.clone());
        let identity =
            AwsCredentials::new(&self.credentials.key, &self.credentials.secret, token, None, "attack")
                .into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.at))
            .settings(self.settings())
            .build()
            .unwrap()
            .into();
        let mut request = self.request();
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new(
            self.method.as_str(),
            self.url.clone(),
            headers.collect::<Vec<_>>().into_iter(),
            SignableBody::Bytes(&self.body),
        );
        let (instructions, _) = sign(signable.unwrap(), &parameters).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }

    /// The request without a signature.
    pub(crate) fn request(&self) -> Request<Bytes> {
        let uri: Uri = self.url.parse().unwrap();
        let host = HeaderValue::try_from(uri.authority().unwrap().as_str()).unwrap();
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        request.headers_mut().insert("host", host);
        for (name, value) in &self.headers {
            request.headers_mut().insert(*name, HeaderValue::try_from(value).unwrap());
        }
        request
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        let unsigned = self.unsigned.iter().map(|name| Cow::Borrowed(*name));
        settings.excluded_headers.get_or_insert_default().extend(unsigned);
        if self.checksum {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if self.service == "s3" {
            // AWS: "You do not normalize URI paths for requests to Amazon S3", nor encode them twice.
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if let Some(life) = self.presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(life);
        }
        settings
    }
}
