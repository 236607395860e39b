//! Another subject than the role's: the trust policy compares all of it.

use serde_json::json;
use stack::Workload;

use super::{Forgery, MALFORMED_SUBJECT, NOT_TRUSTED};
use crate::arena::Arena;

macro_rules! subject {
    ($name:literal, $subject:expr) => {
        Forgery { name: $name, forge: |arena| arena.with_claim("sub", json!($subject)), refused: NOT_TRUSTED }
    };
}

pub(super) fn forgeries() -> Vec<Forgery> {
    vec![
        of_workload("the token of url-service", |arena| of(arena, Workload::UrlService)),
        of_workload("the token of migrate", |arena| of(arena, Workload::Migrate)),
        subject!("keda's", "system:serviceaccount:keda:keda-operator"),
        subject!("another namespace", "system:serviceaccount:default:worker"),
        subject!("a namespace that begins alike", "system:serviceaccount:services2:worker"),
        subject!("a prefix before it", "xsystem:serviceaccount:services:worker"),
        subject!("a prefix of it", "system:serviceaccount:services:worke"),
        subject!("a suffix after it", "system:serviceaccount:services:worker2"),
        subject!("a segment after it", "system:serviceaccount:services:worker:admin"),
        subject!("the name alone", "worker"),
        subject!("another case", "system:serviceaccount:services:Worker"),
        subject!("all upper case", "SYSTEM:SERVICEACCOUNT:SERVICES:WORKER"),
        subject!("a star for the name", "system:serviceaccount:services:*"),
        subject!("a star for everything", "*"),
        subject!("a question mark", "system:serviceaccount:services:worke?"),
        subject!("a policy variable", "${aws:username}"),
        subject!("a space after it", "system:serviceaccount:services:worker "),
        subject!("a space before it", " system:serviceaccount:services:worker"),
        subject!("a line end after it", "system:serviceaccount:services:worker\n"),
        subject!("a zero byte after it", "system:serviceaccount:services:worker\0"),
        subject!("a letter of another alphabet", "system:serviceaccount:services:w\u{043e}rker"),
        subject!("a zero-width space in it", "system:serviceaccount:services:wor\u{200b}ker"),
        subject!("percent-encoded", "system%3Aserviceaccount%3Aservices%3Aworker"),
        subject!("a node's", "system:node:ip-10-0-0-1.eu-central-1.compute.internal"),
        subject!("the role itself", "arn:aws:iam::000000000000:role/zero-trust-eks-worker-irsa"),
        Forgery {
            name: "empty",
            forge: |arena| arena.with_claim("sub", json!("")),
            refused: MALFORMED_SUBJECT,
        },
        Forgery {
            name: "a list with the right one",
            forge: |arena| arena.with_claim("sub", json!(["system:serviceaccount:services:worker"])),
            refused: MALFORMED_SUBJECT,
        },
        Forgery {
            name: "absent",
            forge: |arena| arena.without_claim("sub"),
            refused: super::missing("Missing a required claim: sub", "token-claim-missing: sub"),
        },
    ]
}

fn of_workload(name: &'static str, forge: fn(&Arena) -> String) -> Forgery {
    Forgery { name, forge, refused: NOT_TRUSTED }
}

fn of(arena: &Arena, workload: Workload) -> String {
    arena.sign(&arena.header(), &arena.claims_of(workload))
}
