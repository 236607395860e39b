use http_body_util::BodyExt as _;

use super::*;

async fn written(protocol: Protocol) -> (http::response::Parts, String) {
    let fault = Fault::new(StatusCode::FORBIDDEN, "AccessDenied", "not <you> & \"them\"");
    let (parts, body) = fault.into_response(protocol, "id-1").into_parts();
    (parts, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn json_services_name_the_error_in_header_and_body() {
    let (parts, body) = written(Protocol::Json10).await;

    assert_eq!(parts.status, StatusCode::FORBIDDEN);
    assert_eq!(parts.headers["x-amzn-errortype"], "AccessDenied");
    assert_eq!(parts.headers["x-amzn-requestid"], "id-1");
    assert_eq!(parts.headers["content-type"], "application/x-amz-json-1.0");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({ "__type": "AccessDenied", "message": "not <you> & \"them\"" }));
}

#[tokio::test]
async fn query_services_wrap_the_error_and_escape_it() {
    let (_, body) = written(Protocol::Query("urn:test")).await;

    let expected = "<ErrorResponse xmlns=\"urn:test\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>not &lt;you&gt; &amp; &quot;them&quot;</Message></Error>\
                    <RequestId>id-1</RequestId></ErrorResponse>";
    assert_eq!(body, expected);
}

#[tokio::test]
async fn s3_has_one_element() {
    let (_, body) = written(Protocol::RestXml).await;

    assert!(body.starts_with("<Error><Code>AccessDenied</Code><Message>"), "{body}");
    assert!(body.ends_with("<RequestId>id-1</RequestId></Error>"), "{body}");
}
