use click_contract::BatchBuilder;
use click_contract::batch::MAX_BODY_BYTES;
use click_contract::summary::{Dimension, DimensionCount};

use super::dimensions::{MAX_VALUES, OTHER};
use super::*;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
const CURL: &str = "curl/8.5.0";
const ID: Uuid = Uuid::from_u128(9);
/// The first second of a UTC day.
const MIDNIGHT: i64 = 19_700 * DAY;
const LINK: Uuid = Uuid::from_u128(1);

fn click(at: i64, visitor: u64) -> Click<'static> {
    Click { link: LINK, at, user_agent: FIREFOX, referrer_host: "", country: "DE", visitor }
}

fn batch<'a>(clicks: impl IntoIterator<Item = Click<'a>>) -> Batch {
    let mut builder = BatchBuilder::new(ID, MIDNIGHT - 100 * DAY);
    clicks.into_iter().for_each(|click| builder.push(&click));
    builder.build()
}

fn rolled_up<'a>(clicks: impl IntoIterator<Item = Click<'a>>) -> Rollup {
    let rollup = roll_up(&batch(clicks), MIDNIGHT + DAY);
    assert_eq!(rollup.summary.check(), Ok(()), "url-service would refuse it");
    rollup
}

fn values(rollup: &Rollup, dimension: Dimension) -> Vec<(&str, u32)> {
    let rows = rollup.summary.dimensions.iter().filter(|row| row.dimension == dimension);
    rows.map(|row| (row.value.as_str(), row.clicks)).collect()
}

#[test]
fn clicks_are_summed_by_link_and_utc_hour() {
    let other = Uuid::from_u128(2);
    let rollup = rolled_up([
        Click { link: other, ..click(MIDNIGHT, 1) },
        click(MIDNIGHT + HOUR, 1),
        click(MIDNIGHT + HOUR - 1, 2),
        click(MIDNIGHT, 3),
        Click { user_agent: CURL, ..click(MIDNIGHT, 4) },
    ]);
    let hours: Vec<_> = rollup.summary.hours.iter().map(|h| (h.link_id, h.start, h.clicks, h.bots)).collect();
    assert_eq!(hours, [(LINK, MIDNIGHT, 3, 1), (LINK, MIDNIGHT + HOUR, 1, 0), (other, MIDNIGHT, 1, 0)]);
    assert_eq!((rollup.clicks, rollup.summary.batch_id), (5, ID));
}

#[test]
fn a_visitor_counts_in_the_first_hour_of_each_day() {
    let other = Uuid::from_u128(2);
    let rollup = rolled_up([
        click(MIDNIGHT + 5 * HOUR, 7),
        click(MIDNIGHT + 3 * HOUR + 9, 7),
        click(MIDNIGHT + 4 * HOUR, 7),
        click(MIDNIGHT - 1, 7),
        Click { link: other, ..click(MIDNIGHT + 4 * HOUR, 7) },
        click(MIDNIGHT + 3 * HOUR, 6),
        Click { user_agent: CURL, ..click(MIDNIGHT, 8) },
    ]);
    let visitors: Vec<_> = rollup.summary.visitors.iter().map(|v| (v.link_id, v.start, v.visitor)).collect();
    assert_eq!(
        visitors,
        [
            (LINK, MIDNIGHT - HOUR, 7),
            (LINK, MIDNIGHT + 3 * HOUR, 6),
            (LINK, MIDNIGHT + 3 * HOUR, 7),
            (other, MIDNIGHT + 4 * HOUR, 7)
        ]
    );
}

#[test]
fn dimensions_are_counted_without_bots() {
    let rollup = rolled_up([
        Click { referrer_host: "WWW.Example.com", ..click(MIDNIGHT, 1) },
        Click { referrer_host: "example.com", country: "xx", ..click(MIDNIGHT, 2) },
        Click { referrer_host: "bots.example", country: "FR", user_agent: CURL, ..click(MIDNIGHT, 3) },
    ]);
    assert_eq!(values(&rollup, Dimension::Referrer), [("example.com", 2)]);
    assert_eq!(values(&rollup, Dimension::Country), [("", 1), ("DE", 1)]);
    assert_eq!(values(&rollup, Dimension::Browser), [("Firefox", 2)]);
    assert_eq!(values(&rollup, Dimension::Os), [("Linux", 2)]);
    assert_eq!(values(&rollup, Dimension::Device), [("desktop", 2)]);
}

#[test]
fn a_stranger_cannot_make_up_referrers_without_bound() {
    let hosts: Vec<String> = (0..200).map(|n| format!("h{n:03}.example")).collect();
    let twice = hosts.iter().skip(150);
    let rollup =
        rolled_up(hosts.iter().chain(twice).map(|host| Click { referrer_host: host, ..click(MIDNIGHT, 1) }));
    let kept = values(&rollup, Dimension::Referrer);
    assert_eq!(kept.len(), MAX_VALUES + 1);
    assert_eq!(kept.first(), Some(&(OTHER, 150)));
    assert!(
        kept.iter().skip(1).all(|(host, clicks)| *clicks == 2 && *host >= "h150.example"),
        "the largest stay"
    );
}

#[test]
fn exactly_as_many_values_as_allowed_are_all_kept() {
    let hosts: Vec<String> = (0..MAX_VALUES).map(|n| format!("h{n}.example")).collect();
    let rollup = rolled_up(hosts.iter().map(|host| Click { referrer_host: host, ..click(MIDNIGHT, 1) }));
    assert!(values(&rollup, Dimension::Referrer).iter().all(|row| row.1 == 1 && row.0 != OTHER));
}

#[test]
fn clicks_at_impossible_times_are_discarded() {
    let now = MIDNIGHT;
    for (at, discarded) in [
        (now, Discarded::default()),
        (now + HOUR, Discarded::default()),
        (now + HOUR + 1, Discarded { future: 1, stale: 0 }),
        (now - 35 * DAY, Discarded::default()),
        (now - 35 * DAY - 1, Discarded { future: 0, stale: 1 }),
    ] {
        let rollup = roll_up(&batch([click(at, 1)]), now);
        assert_eq!(rollup.discarded, discarded, "{}", at - now);
        assert_eq!(rollup.summary.hours.len(), usize::from(discarded == Discarded::default()));
        assert_eq!(rollup.clicks + discarded.future + discarded.stale, 1);
    }
}

#[test]
fn rows_come_in_the_order_in_which_they_are_locked() {
    let links = (0..40_u128).rev().map(Uuid::from_u128);
    let rollup = rolled_up(links.flat_map(|link| {
        (0..4).rev().map(move |hour| Click { link, ..click(MIDNIGHT + hour * HOUR, 3 - hour.unsigned_abs()) })
    }));
    let summary = &rollup.summary;
    assert!(summary.hours.is_sorted_by_key(|row| (row.link_id, row.start)));
    assert!(summary.visitors.is_sorted_by_key(|row| (row.link_id, row.start, row.visitor)));
    let key = |row: &DimensionCount| (row.link_id, row.start, row.dimension, row.value.clone());
    assert!(summary.dimensions.is_sorted_by_key(key));
}

#[test]
fn the_largest_batch_makes_a_summary_that_fits() {
    // The worst there can be: a full message in which hardly two clicks share a link and an hour, and a long
    // referrer that the message holds once and the summary once per click.
    let referrer_host = ["a".repeat(49).as_str(); 5].join(".");
    let start = MIDNIGHT - 34 * DAY;
    let mut builder = BatchBuilder::new(ID, start);
    for n in 0..9_500_u32 {
        let (link, at) = (Uuid::from_u128(u128::from(n % 60)), start + i64::from(n / 60) * HOUR);
        builder.push(&Click {
            link,
            at,
            referrer_host: &referrer_host,
            ..click(at, u64::MAX - u64::from(n))
        });
    }
    let batch = builder.build();
    let bytes = batch.encode().unwrap().len();
    assert!((240 * 1024..=MAX_BODY_BYTES).contains(&bytes), "{bytes}");
    let rollup = roll_up(&batch, MIDNIGHT);
    assert_eq!((rollup.clicks, rollup.summary.check()), (9_500, Ok(())));
    let bytes = serde_json::to_vec(&rollup.summary).unwrap().len();
    assert!((6..12).contains(&(bytes / 1024 / 1024)), "url-service must take {bytes} bytes");
}
