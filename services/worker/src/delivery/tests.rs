use prometheus_client::metrics::histogram::Histogram;

use super::*;
use crate::fakes::{Answer, InternalApi};

fn delivery(api: &InternalApi, connector: MtlsConnector) -> Delivery {
    Delivery::new(api.route.clone(), connector, Histogram::new([1.0]))
}

fn summary() -> Summary {
    Summary { batch_id: uuid::Uuid::from_u128(5), ..Summary::default() }
}

async fn answered(answer: Answer) -> Result<Recorded, DeliveryError> {
    let api = InternalApi::start(answer).await;
    delivery(&api, api.trusted()).deliver(&summary(), &Span::none()).await
}

#[tokio::test]
async fn a_summary_is_posted_as_json_and_the_answer_is_read() {
    let api = InternalApi::start(Answer::counted()).await;
    let delivery = delivery(&api, api.trusted());
    assert_eq!(delivery.deliver(&summary(), &Span::none()).await.unwrap(), Recorded { new: true });
    api.answer(Answer::Say(200, r#"{"new":false}"#.to_owned()));
    assert_eq!(delivery.deliver(&summary(), &Span::none()).await.unwrap(), Recorded { new: false });
    let received = api.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].1, summary());
    assert_eq!(received[0].0[CONTENT_TYPE], "application/json");
    assert!(!received[0].0.contains_key("traceparent"), "an untraced message has no trace to continue");
}

#[tokio::test]
async fn answers_that_are_no_success_are_told_apart() {
    for (status, label, blames_summary) in
        [(422, "summary_refused", true), (403, "not_authorized", false), (503, "server_error", false)]
    {
        let error = answered(Answer::status(status)).await.unwrap_err();
        assert_eq!((error.label(), error.blames_summary()), (label, blames_summary));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_record_is_not_taken_for_one() {
    for body in ["", "{}", "[]", r#"{"new":"yes"}"#] {
        let error = answered(Answer::Say(200, body.to_owned())).await.unwrap_err();
        assert_eq!(error.label(), "answer", "{body}");
    }
    let endless = " ".repeat(MAX_ANSWER_BYTES + 1);
    assert!(matches!(answered(Answer::Say(200, endless)).await, Err(DeliveryError::Body(_))));
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let (api, other) =
        (InternalApi::start(Answer::counted()).await, InternalApi::start(Answer::counted()).await);
    let error = delivery(&api, other.trusted()).deliver(&summary(), &Span::none()).await.unwrap_err();
    assert_eq!((error.label(), error.blames_summary()), ("tls", false));
    assert_eq!(api.received().len(), 0);
}

#[tokio::test]
async fn a_connection_is_used_again_while_the_identity_lives_and_not_afterwards() {
    let api = InternalApi::start(Answer::counted()).await;
    let long = delivery(&api, api.trusted());
    for _ in 0..2 {
        long.deliver(&summary(), &Span::none()).await.unwrap();
    }
    assert_eq!(api.connections(), 1);
    let short = delivery(&api, api.trusted_for(Some(Duration::from_millis(300))));
    let begun = Instant::now();
    while api.connections() < 3 {
        // One that the end meets half-way fails, and a worker would repeat it.
        if let Err(error) = short.deliver(&summary(), &Span::none()).await {
            assert_eq!(error.label(), "connection", "{error}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the connection outlives the identity");
        tokio::task::yield_now().await;
    }
    assert!(begun.elapsed() >= Duration::from_millis(300), "no new connection before the end");
}

#[tokio::test]
async fn without_an_identity_no_connection_is_made() {
    let api = InternalApi::start(Answer::counted()).await;
    for none in [None, Some(Duration::ZERO)] {
        let error =
            delivery(&api, api.trusted_for(none)).deliver(&summary(), &Span::none()).await.unwrap_err();
        assert_eq!((error.label(), error.refusal()), ("tls", Some("no_svid_of_our_own")));
    }
    assert_eq!(api.connections(), 0);
}

#[tokio::test]
async fn nobody_there_is_a_reason_to_try_again() {
    let api = InternalApi::start(Answer::counted()).await;
    let tls = api.trusted();
    // A port that was just free: bound, never listened on.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let route =
        format!("https://{}/internal/v1/click-batches", socket.local_addr().unwrap()).parse().unwrap();
    let delivery = Delivery::new(route, tls, Histogram::new([1.0]));
    let error = delivery.deliver(&summary(), &Span::none()).await.unwrap_err();
    assert_eq!((error.label(), error.blames_summary()), ("connection", false));
}

#[tokio::test]
async fn an_address_in_clear_is_never_used() {
    let api = InternalApi::start(Answer::counted()).await;
    let route = api.route.to_string().replace("https", "http").parse().unwrap();
    let delivery = Delivery::new(route, api.trusted(), Histogram::new([1.0]));
    assert!(delivery.deliver(&summary(), &Span::none()).await.is_err());
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let api = InternalApi::start(Answer::Never).await;
    let delivery = Delivery { time_limit: Duration::from_millis(300), ..delivery(&api, api.trusted()) };
    let error = delivery.deliver(&summary(), &Span::none()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::TimeLimit), "{error:?}");
}
