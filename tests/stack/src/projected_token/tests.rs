use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

async fn tokens(life: Duration) -> (Scratch, ProjectedTokens) {
    let scratch = Scratch::new().unwrap();
    let issuer = Arc::new(Issuer::start().await.unwrap());
    let tokens = ProjectedTokens::start(&scratch, issuer, life).unwrap();
    (scratch, tokens)
}

#[tokio::test]
async fn every_workload_has_a_token_that_only_its_owner_reads() {
    let (_scratch, tokens) = tokens(Duration::from_hours(1)).await;

    for workload in Workload::ALL {
        let path = tokens.path(workload).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o400);
        assert_eq!(fs::read_to_string(path).unwrap().split('.').count(), 3);
    }
}

#[tokio::test]
async fn a_reader_never_sees_half_a_token() {
    let (_scratch, tokens) = tokens(Duration::from_hours(1)).await;
    let path = tokens.path(Workload::Worker).unwrap().to_owned();
    let reader = std::thread::spawn(move || {
        let reads = (0..5_000).map(|_| fs::read_to_string(&path).unwrap());
        reads.map(|token| (token.split('.').count(), token.len())).collect::<BTreeSet<_>>()
    });

    let mut rotations = 0;
    while !reader.is_finished() || rotations == 0 {
        tokens.rotate(Workload::Worker).unwrap();
        rotations += 1;
    }

    let shapes = reader.join().unwrap();
    assert_eq!(shapes.len(), 1, "{rotations} rotations, shapes {shapes:?}");
    let directory = tokens.path(Workload::Worker).unwrap().parent().unwrap();
    assert_eq!(fs::read_dir(directory).unwrap().count(), 1, "nothing is left beside the token");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let (_scratch, tokens) = tokens(Duration::from_secs(1)).await;
    let path = tokens.path(Workload::UrlService).unwrap();
    let first = fs::read_to_string(path).unwrap();

    let renewed = async {
        while fs::read_to_string(path).unwrap() == first {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };

    tokio::time::timeout(Duration::from_secs(5), renewed).await.unwrap();
}
