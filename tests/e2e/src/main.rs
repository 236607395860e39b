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
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "a test says what is wrong by failing and what it counted by printing, and a table is as long as it is"
)]

mod clicks;
mod context;
mod cross_identity;
mod database_role;
mod identity_outages;
mod impostors;
mod links;
mod manifests;
mod metadata;
mod mutual_tls;
mod outages;
mod problems;
mod redirects;
mod replicas;
mod role_session;
mod rotation;
mod secrecy;
mod shutdown;
mod start_up;
mod svid_life;
mod traces;
mod traffic;

use std::process::ExitCode;

use context::Context;
use trials::{Group, Test, last, tests};

/// Tests that leave the system as they found it.
fn peaceful() -> Vec<Test<Context>> {
    tests![
        manifests::a_pod_is_given_what_a_process_here_is,
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
        cross_identity::a_process_with_anothers_token_or_role_does_not_start,
        cross_identity::a_role_does_not_reach_what_is_anothers,
        cross_identity::a_database_login_opens_one_role,
        cross_identity::the_api_key_of_nobody_is_a_credential_of_aws,
        mutual_tls::every_wrong_peer_is_refused,
        mutual_tls::the_right_peer_reaches_its_one_route_only,
        svid_life::a_connection_ends_with_the_clients_svid,
        svid_life::a_request_without_end_is_cut_with_the_svid,
        svid_life::no_session_is_resumed,
        traces::one_trace_joins_redirect_queue_worker_and_internal_call,
        start_up::every_wrong_environment_is_refused,
        start_up::all_faults_are_reported_together,
        start_up::a_credentials_file_in_the_home_directory_is_refused,
        start_up::what_is_missing_at_start_is_named,
        start_up::what_does_not_answer_at_start_is_given_up,
        metadata::no_process_asks_for_the_role_of_its_node,
    ]
}

/// Tests that break something and put it right again.
fn breaking() -> Vec<Test<Context>> {
    tests![
        start_up::an_unknown_schema_is_refused,
        cross_identity::a_process_with_anothers_svid_is_refused_by_its_peer,
        impostors::the_worker_gives_nothing_to_a_wrong_server,
        svid_life::the_worker_leaves_a_connection_with_the_servers_svid,
        svid_life::a_connection_ends_with_the_servers_svid,
        outages::without_the_database_known_links_still_redirect,
        outages::without_the_queue_no_click_is_lost,
        identity_outages::without_sts_credentials_serve_until_they_expire,
        identity_outages::without_secrets_manager_the_known_login_goes_on,
        identity_outages::without_the_workload_api_identity_ends_with_the_svid,
        identity_outages::a_token_that_nobody_renews_is_named,
        identity_outages::a_revoked_session_is_replaced_at_the_next_renewal,
        rotation::an_unannounced_password_change_costs_no_request,
        rotation::everything_rotates_at_once_under_load,
        shutdown::a_stop_under_load_loses_no_request_and_no_click,
        shutdown::the_order_is_unready_intake_clicks,
        shutdown::a_deadline_ends_what_does_not_end,
        shutdown::a_second_signal_ends_at_once,
        shutdown::a_killed_worker_loses_no_click,
    ]
}

/// Tests that look through what all the others left behind.
fn leftovers() -> Vec<Test<Context>> {
    last(tests![secrecy::no_secret_is_left_anywhere])
}

fn main() -> ExitCode {
    trials::run(vec![
        Group::concurrent(
            Context::peaceful,
            peaceful().into_iter().chain(leftovers()).collect(),
            Context::stop,
        ),
        Group::in_turn(Context::breaking, breaking(), Context::stop),
    ])
}
