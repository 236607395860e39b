//! The system as its users and its attackers meet it: real processes, real PostgreSQL, the AWS emulator over
//! the wire, real TLS.
//!
//! Two stacks, one after the other. Tests of the first only use the system and run at once; tests of the
//! second break parts of it and run in turn.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test says what is wrong by failing, and a table of cases is as long as it is"
)]

mod clicks;
mod context;
mod database_role;
mod links;
mod mutual_tls;
mod outages;
mod problems;
mod redirects;
mod replicas;
mod secrecy;
mod shutdown;
mod start_up;
mod traces;

use std::process::ExitCode;

use context::Context;
use trials::{Group, Test, tests};

/// Tests that leave the system as they found it.
fn peaceful() -> Vec<Test<Context>> {
    tests![
        links::a_link_is_created_read_changed_listed_and_deleted,
        links::a_generated_slug_is_short_and_readable,
        links::an_old_version_does_not_overwrite_a_newer_one,
        links::a_deleted_slug_is_never_free_again,
        links::many_who_ask_for_one_slug_get_it_once,
        problems::every_refusal_is_a_problem_document,
        problems::another_accounts_link_does_not_exist,
        problems::a_key_opens_only_what_its_scopes_say,
        redirects::head_and_bots_are_sent_on_but_people_are_counted,
        redirects::a_link_redirects_only_while_it_is_valid,
        redirects::a_permanent_redirect_is_kept_for_a_minute_only,
        redirects::pages_for_visitors_hold_no_script,
        replicas::a_change_on_one_replica_is_seen_on_the_other,
        replicas::a_link_made_on_one_replica_is_found_where_it_was_missing,
        replicas::a_visit_limit_is_exact_across_replicas,
        clicks::a_click_is_enriched_and_summed,
        clicks::odd_bytes_in_a_header_spoil_no_batch,
        clicks::a_message_that_comes_twice_counts_once,
        clicks::a_message_that_cannot_be_read_ends_in_the_dead_letter_queue,
        database_role::url_service_has_no_ddl_and_no_more_than_its_grants,
        database_role::the_database_takes_no_plaintext_connection,
        mutual_tls::every_wrong_peer_is_refused,
        mutual_tls::the_right_peer_reaches_its_one_route_only,
        traces::one_trace_joins_redirect_queue_worker_and_internal_call,
        start_up::every_wrong_environment_is_refused,
        start_up::all_faults_are_reported_together,
        start_up::a_credentials_file_in_the_home_directory_is_refused,
        start_up::what_is_missing_at_start_is_named,
        secrecy::no_secret_target_or_address_is_in_a_log_or_span,
    ]
}

/// Tests that break something and put it right again.
fn breaking() -> Vec<Test<Context>> {
    tests![
        start_up::an_unknown_schema_is_refused,
        mutual_tls::the_worker_delivers_to_nobody_but_url_service,
        outages::without_the_database_known_links_still_redirect,
        outages::without_the_queue_no_click_is_lost,
        outages::a_rotated_password_costs_no_request,
        outages::tokens_and_svids_rotate_while_clicks_flow,
        shutdown::a_stop_under_load_loses_no_request_and_no_click,
        shutdown::the_order_is_unready_intake_clicks,
        shutdown::a_deadline_ends_what_does_not_end,
        shutdown::a_second_signal_ends_at_once,
        shutdown::a_killed_worker_loses_no_click,
    ]
}

fn main() -> ExitCode {
    trials::run(vec![
        Group::concurrent(Context::peaceful, peaceful(), Context::stop),
        Group::in_turn(Context::breaking, breaking(), Context::stop),
    ])
}
