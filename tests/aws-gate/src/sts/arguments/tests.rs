use super::*;

const ROLE: &str = "arn:aws:iam::000000000000:role/zero-trust-eks-worker-irsa";

fn query(changes: &[(&str, Option<&str>)]) -> Parameters {
    let mut pairs = vec![("RoleArn", ROLE), ("RoleSessionName", "worker"), ("WebIdentityToken", "a.b.c")];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Parameters::of_query(&text)
}

fn refusal(name: &str, value: Option<&str>) -> String {
    let parameters = query(&[(name, value)]);
    Arguments::read(&parameters).err().unwrap().to_string()
}

#[test]
fn a_request_in_form_is_read() {
    let parameters = query(&[("DurationSeconds", Some("43200"))]);

    let arguments = Arguments::read(&parameters).ok().unwrap();

    assert_eq!(arguments.role_arn, ROLE);
    assert_eq!(arguments.session_name, "worker");
    assert_eq!(arguments.token, "a.b.c");
    assert_eq!(arguments.duration, Some(Duration::hours(12)));
    let default = query(&[]);
    assert_eq!(Arguments::read(&default).ok().unwrap().duration, None);
}

#[test]
fn what_is_missing_is_named() {
    for name in ["RoleArn", "RoleSessionName", "WebIdentityToken"] {
        assert_eq!(refusal(name, None), format!("parameter-missing: {name}"));
    }
}

#[test]
fn limits_are_those_of_the_api_reference() {
    let (long_name, long_token) = ("n".repeat(65), "t".repeat(20_001));
    let long_arn = format!("arn:aws:iam::000000000000:role/{}", "r".repeat(2_048));
    let cases = [
        ("RoleSessionName", "n", "roleSessionName"),
        ("RoleSessionName", &long_name, "roleSessionName"),
        ("RoleSessionName", "a b", "roleSessionName"),
        ("RoleSessionName", "a/b", "roleSessionName"),
        ("WebIdentityToken", "abc", "webIdentityToken"),
        ("WebIdentityToken", &long_token, "webIdentityToken"),
        ("RoleArn", "arn:aws:iam::0", "roleArn"),
        ("RoleArn", &long_arn, "roleArn"),
        ("DurationSeconds", "899", "durationSeconds"),
        ("DurationSeconds", "43201", "durationSeconds"),
        ("DurationSeconds", "-1", "durationSeconds"),
        ("DurationSeconds", "1e3", "durationSeconds"),
    ];
    for (name, value, parameter) in cases {
        assert_eq!(refusal(name, Some(value)), format!("parameter-constraint: {parameter}"), "{value}");
    }
}

#[test]
fn a_role_has_the_form_of_an_arn() {
    for arn in [
        "arn:aws:iam::000000000000:user/somebody",
        "arn:aws:iam::00000000000x:role/somebody",
        "arn:aws:iam::000000000000:role/",
        "arn:aws:iam::000000000000:role/a*",
        "arn:aws:sts::000000000000:assumed-role/a/b",
    ] {
        assert_eq!(refusal("RoleArn", Some(arn)), "parameter-role-arn", "{arn}");
    }
}

#[test]
fn session_policies_have_limits_too() {
    let (long, many_bytes) = ("x".repeat(2_049), "ä".repeat(2_000));
    let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let cases = [
        ("Policy", &*long, "parameter-constraint: policy"),
        ("Policy", &many_bytes, "session-policy-too-large"),
        (
            "PolicyArns.member.1.arn",
            managed,
            "session-policy-unknown: arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
        ("ProviderId", "www.example.com", "parameter-provider-id"),
    ];
    for (name, value, reason) in cases {
        assert_eq!(refusal(name, Some(value)), reason);
    }
}
