//! What the services stand on, started whole: one emulator for all checks.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use aws_sdk_sqs::types::QueueAttributeName;
use stack::{Operator, Platform, Progress, StackOptions};

#[tokio::test]
async fn a_platform_is_provisioned_and_leaves_nothing() {
    let platform = Platform::start(&StackOptions::for_tests(), &Progress::silent()).await.unwrap();

    the_queue_is_as_deployed(&platform).await;
    the_secrets_wait_for_their_values(&platform).await;
    a_second_platform_can_share_the_emulator(&platform).await;

    let directory = platform.directory().to_owned();
    assert!(directory.join("logs/emulator.log").exists());
    platform.stop().await.unwrap();
    assert!(!directory.exists());
}

async fn the_queue_is_as_deployed(platform: &Platform) {
    let resources = platform.resources();
    let sqs = &platform.operator().sqs;
    let call = sqs.get_queue_attributes().queue_url(&resources.click_queue_url);
    let output = call.attribute_names(QueueAttributeName::All).send().await.unwrap();
    let attributes = output.attributes.unwrap();

    assert_eq!(attributes[&QueueAttributeName::KmsMasterKeyId], resources.names.click_key_alias());
    assert_eq!(attributes[&QueueAttributeName::VisibilityTimeout], "60");
    let redrive: serde_json::Value =
        serde_json::from_str(&attributes[&QueueAttributeName::RedrivePolicy]).unwrap();
    assert_eq!(redrive["maxReceiveCount"], 5);
    let target = redrive["deadLetterTargetArn"].as_str().unwrap();
    assert!(target.ends_with(&resources.names.dead_letter_queue()), "{target}");
    let path = format!("{}/000000000000/{}", platform.aws_endpoint(), resources.names.click_queue());
    assert_eq!(resources.click_queue_url, path);
}

async fn the_secrets_wait_for_their_values(platform: &Platform) {
    let names = &platform.resources().names;
    let operator = platform.operator();

    let login = operator.secret(&names.migrate_database_secret()).await.unwrap().unwrap();
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    assert_eq!(login["username"], "migrator");
    assert_eq!(login["password"], platform.postgres().migrator_password());
    for empty in [names.url_service_database_secret(), names.first_api_key_secret()] {
        assert_eq!(operator.secret(&empty).await.unwrap(), None, "{empty}");
    }
}

async fn a_second_platform_can_share_the_emulator(first: &Platform) {
    let endpoint = first.emulator().endpoint().to_owned();
    let options = StackOptions { emulator: Some(endpoint.clone()), ..StackOptions::for_tests() };
    let second = Platform::start(&options, &Progress::silent()).await.unwrap();
    let second_queue = second.resources().click_queue_url.clone();
    assert_ne!(second.resources().arns.click_queue, first.resources().arns.click_queue);
    assert_ne!(second.postgres().port(), first.postgres().port());

    second.stop().await.unwrap();

    let operator = Operator::new(&endpoint);
    operator.queue_depth(&second_queue).await.unwrap_err();
    assert_eq!(operator.queue_depth(&first.resources().click_queue_url).await.unwrap(), (0, 0));
}
