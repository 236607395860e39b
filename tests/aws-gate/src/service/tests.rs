use http::HeaderValue;

use super::*;

fn read(path: &str, headers: &[(&'static str, &'static str)], query: &str) -> Result<Target, Unclear> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    Target::read(path, &map, &Parameters::of_query(query))
}

const FORM: (&str, &str) = ("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8");

#[test]
fn a_target_header_or_an_action_names_the_operation() {
    let cases = [
        (("x-amz-target", "AmazonSQS.SendMessage"), "", Service::Sqs, "SendMessage"),
        (("x-amz-target", "secretsmanager.GetSecretValue"), "", Service::SecretsManager, "GetSecretValue"),
        (("x-amz-target", "TrentService.Decrypt"), "", Service::Kms, "Decrypt"),
        (FORM, "Action=GetCallerIdentity&Version=2011-06-15", Service::Sts, "GetCallerIdentity"),
        (FORM, "Action=ListRoles&Version=2010-05-08", Service::Iam, "ListRoles"),
        (FORM, "Action=DescribeDBInstances&Version=2014-10-31", Service::Rds, "DescribeDBInstances"),
    ];
    for (header, query, service, operation) in cases {
        let target = read("/", &[header], query).unwrap();
        assert_eq!((target.service, target.operation.as_deref()), (service, Some(operation)));
    }
}

#[test]
fn what_names_no_operation_is_for_s3() {
    let target = read("/bucket/key", &[], "versionId=1").unwrap();
    assert_eq!((target.service, target.operation), (Service::S3, None));
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let sqs = ("x-amz-target", "AmazonSQS.SendMessage");
    let json = ("content-type", "application/x-amz-json-1.0");
    let cases: [(&str, &[_], &str); 6] = [
        ("/", &[sqs, json], "Action=SendMessage&Version=2012-11-05"),
        ("/", &[sqs, FORM], ""),
        ("/", &[sqs, json], "QueueUrl=other"),
        ("/000000000000/queue", &[sqs, json], ""),
        ("/000000000000/queue", &[FORM], "Action=SendMessage&Version=2012-11-05"),
        ("/", &[FORM], "Action=SendMessage&Version=2012-11-05&QueueUrl=a&QueueUrl=b"),
    ];
    for (path, headers, query) in cases {
        let refused = read(path, headers, query);
        assert!(matches!(refused, Err(Unclear::Ambiguous(_))), "{path} {query}: {refused:?}");
    }
}

#[test]
fn unknown_operations_are_refused() {
    let cases: [(&[_], &str); 5] = [
        (&[("x-amz-target", "DynamoDB_20120810.GetItem")], ""),
        (&[("x-amz-target", "AmazonSQS")], ""),
        (&[FORM], "Action=SendMessage"),
        (&[FORM], "Action=Publish&Version=2010-03-31"),
        (&[FORM], ""),
    ];
    for (headers, query) in cases {
        let refused = read("/", headers, query);
        assert!(matches!(refused, Err(Unclear::UnknownOperation(_))), "{query}: {refused:?}");
    }
}
