use super::*;

const LINK: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

fn click(user_agent: &str, at: i64) -> Click<'_> {
    Click {
        link: LINK,
        at,
        user_agent,
        referrer_host: "news.example.com",
        country: "DE",
        visitor: u64::MAX - 1,
    }
}

fn batch() -> Batch {
    let mut builder = BatchBuilder::new(ID, 1_000);
    builder.push(&click("curl/8", 1_000));
    builder.push(&click("Mozilla/5.0", 1_007));
    builder.push(&Click { referrer_host: "", country: "", visitor: 7, ..click("curl/8", 1_009) });
    builder.build()
}

fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Result<Batch, DecodeError> {
    let mut value = serde_json::to_value(batch()).unwrap();
    change(&mut value);
    Batch::decode(&value.to_string())
}

#[test]
fn what_is_pushed_is_what_is_read() {
    let decoded = Batch::decode(&batch().encode().unwrap()).unwrap();
    let clicks: Vec<_> = decoded.clicks().collect();
    assert_eq!(clicks[0], click("curl/8", 1_000));
    assert_eq!(clicks[1], click("Mozilla/5.0", 1_007));
    assert_eq!((clicks[2].visitor, clicks[2].referrer_host), (7, ""));
}

#[test]
fn the_wire_format_of_version_1_does_not_change() {
    let fixture = include_str!("../../fixtures/batch-v1.json");
    assert_eq!(Batch::decode(fixture).unwrap(), batch(), "a batch of an older producer must stay readable");
    assert_eq!(batch().encode().unwrap(), fixture.trim_end());
}

#[test]
fn the_estimate_is_never_below_the_truth() {
    let mut builder = BatchBuilder::new(ID, 0);
    for n in 0..2_000_i64 {
        let user_agent = format!("agent {} \u{1}\"\\é", n % 90);
        builder.push(&Click {
            link: Uuid::from_u128(u128::from(n.unsigned_abs() % 700)),
            at: n,
            ..click(&user_agent, n)
        });
    }
    let estimate = builder.bytes();
    let truth = builder.build().encode().unwrap().len();
    assert!(truth <= estimate, "{truth} bytes were estimated as {estimate}");
}

#[test]
fn long_strings_are_cut() {
    let long = "x".repeat(MAX_USER_AGENT_BYTES + 1);
    let mut builder = BatchBuilder::new(ID, 0);
    builder.push(&click(&long, 0));
    let batch = Batch::decode(&builder.build().encode().unwrap()).unwrap();
    assert_eq!(batch.clicks().next().unwrap().user_agent.len(), MAX_USER_AGENT_BYTES);
}

#[test]
fn a_body_holds_nothing_that_sqs_refuses() {
    let mut builder = BatchBuilder::new(ID, 0);
    builder.push(&click("a\u{FFFE}b\u{FFFF}c\u{0}d\u{1F600}é", 0));
    let body = builder.build().encode().unwrap();
    assert!(body.bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{body}");
    assert_eq!(Batch::decode(&body).unwrap().clicks().next().unwrap().user_agent, "a?b?c?d??");
}

#[test]
fn hostile_bodies_are_refused() {
    assert!(matches!(Batch::decode("{"), Err(DecodeError::Shape(_))));
    assert!(matches!(Batch::decode(&" ".repeat(MAX_BODY_BYTES + 1)), Err(DecodeError::TooLong(_))));
    assert!(matches!(changed(|v| v["version"] = 2.into()), Err(DecodeError::Version(2))));
    assert!(matches!(changed(|v| v["extra"] = 1.into()), Err(DecodeError::Shape(_))));
    assert!(matches!(changed(|v| v["clicks"]["link"][0] = 9.into()), Err(DecodeError::DanglingReference)));
    assert!(matches!(changed(|v| v["startedAt"] = i64::MAX.into()), Err(DecodeError::DanglingReference)));
    assert!(matches!(changed(|v| v["clicks"]["seconds"] = serde_json::json!([0])), Err(DecodeError::Ragged)));
    assert!(matches!(changed(|v| v["clicks"]["visitor"] = "AAA".into()), Err(DecodeError::Shape(_))));
    assert!(matches!(changed(|v| v["countries"][0] = "DEU".into()), Err(DecodeError::LongString)));
    assert!(matches!(changed(|v| v["userAgents"][0] = "a".repeat(257).into()), Err(DecodeError::LongString)));
}
