//! The tests of the tests: each rule of the desk is switched off in turn, and a test that should notice must turn red.
//!
//! A rule that nobody would miss is named. The match has no fallback: a new rule does not compile without its guard.
//! Everything runs in this process and in virtual time, so all of it is part of a bare `cargo test`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parlor_tests::desks::live_agent::rules::{Rule, without};

use crate::{agents, asking, ending, faults, files, polling};

/// The tests that guard a rule; one of them at least must fail without it.
fn guards(rule: Rule) -> &'static [fn()] {
    match rule {
        Rule::VersionHeader => &[asking::a_session_needs_the_version_header_and_takes_any_affinity],
        Rule::UnknownAddress | Rule::WrongVerb | Rule::BrokenJson => {
            &[ending::unknown_addresses_are_404_wrong_verbs_405_and_broken_json_400]
        }
        Rule::UnknownKey | Rule::WrongAffinity => {
            &[asking::an_unknown_key_is_403_and_a_wrong_affinity_503]
        }
        Rule::DuplicateDropped => &[asking::a_repeated_number_is_answered_and_not_executed_again],
        Rule::OutOfSync | Rule::OutOfSyncNumber => {
            &[asking::a_number_out_of_order_is_409_and_names_the_last_one_taken]
        }
        Rule::RefusedKeepsNumber => &[asking::a_refused_post_does_not_use_up_its_number],
        Rule::KeyBeginsWithId => {
            &[asking::a_session_bears_an_id_that_starts_its_key_and_a_poll_timeout]
        }
        Rule::UnusedDropped => &[asking::a_session_that_asks_for_no_chat_is_dropped],
        Rule::IdShape | Rule::IdChecks | Rule::OwnSession => {
            &[asking::a_chat_request_with_a_wrong_id_is_400_and_names_it]
        }
        Rule::IdForms => &[asking::ids_of_eighteen_characters_are_the_same_as_those_of_fifteen],
        Rule::TargetShape => {
            &[agents::a_chat_may_ask_for_agents_and_buttons_in_the_documented_forms_only]
        }
        Rule::OneRequest => &[agents::a_second_chat_request_in_one_session_is_400],
        Rule::NoPost | Rule::Unavailable | Rule::ForeignIds => {
            &[asking::a_chat_request_fails_by_reason]
        }
        Rule::WholeDetails | Rule::WholeEntities => {
            &[asking::pre_chat_details_and_entities_must_be_whole]
        }
        Rule::HiddenDetails => &[asking::a_whole_chat_goes_both_ways_and_ends],
        Rule::ConnectionTimeoutTold | Rule::PlaceFromZero => {
            &[asking::success_tells_the_place_the_wait_and_the_connection_timeout]
        }
        Rule::WaitFrom47 => &[agents::the_wait_of_a_queue_update_is_told_from_version_47_on],
        Rule::QueueUpdates => &[asking::those_who_wait_hear_when_they_move_up],
        Rule::QueueUpdatesAsked => &[agents::who_did_not_ask_for_the_queue_is_told_nothing_of_it],
        Rule::EarlyPost => &[asking::posts_before_an_agent_has_joined_are_500],
        Rule::TextRequired => {
            &[ending::unknown_addresses_are_404_wrong_verbs_405_and_broken_json_400]
        }
        Rule::EndReason => &[ending::an_end_without_its_reason_is_400],
        Rule::WholeCustomEvent => &[agents::custom_events_go_both_ways],
        Rule::WholePeek | Rule::PeekRises => {
            &[agents::a_peek_is_shown_where_it_was_asked_for_until_a_newer_one_comes]
        }
        Rule::PeekAsked => &[agents::a_peek_that_nobody_asked_for_is_a_breach_and_shown_to_nobody],
        Rule::IdleWarningWords => {
            &[agents::the_idle_warning_is_triggered_or_cleared_and_nothing_else]
        }
        Rule::NounObject | Rule::NounData | Rule::AllOrNone => {
            &[ending::several_nouns_go_in_one_numbered_post_all_or_none]
        }
        Rule::Hold => &[polling::a_poll_is_held_for_thirty_seconds_and_then_204],
        Rule::SecondPoll => &[polling::a_second_poll_ends_the_chat_for_both],
        Rule::AckConfirms => &[polling::an_older_ack_brings_the_same_again],
        Rule::AckGoesBack => &[polling::an_older_ack_brings_the_same_again],
        Rule::NoAck => &[polling::without_ack_everything_delivered_counts_as_confirmed],
        Rule::WholeBatch => {
            &[polling::a_poll_takes_everything_at_once_and_its_sequence_is_the_last_one]
        }
        Rule::NoPollEnds => &[polling::without_polls_the_chat_ends_after_the_connection_timeout],
        Rule::NoPollFromEnd => {
            &[polling::the_connection_timeout_counts_from_the_end_of_the_last_poll]
        }
        Rule::MoveFreezes
        | Rule::MissedComesAgain
        | Rule::FreshAffinity
        | Rule::SequenceRestarts
        | Rule::SessionDataFirst
        | Rule::PostsWaitForResync
        | Rule::ResyncAfterData => {
            &[polling::a_hand_over_stops_everything_until_the_client_has_reconnected_and_resynced]
        }
        Rule::NeedlessReconnect | Rule::ReconnectFrom37 => {
            &[polling::reconnecting_without_need_is_405_and_below_version_37_404]
        }
        Rule::NullAffinity => &[polling::reconnecting_with_an_affinity_is_503_like_everything_else],
        Rule::ResyncSessionBelow37 => &[agents::resync_session_is_what_versions_below_37_ask],
        Rule::KnownOffset => {
            &[polling::an_older_offset_brings_what_came_after_it_and_an_invented_one_is_400]
        }
        Rule::ResyncOrganization => &[agents::resync_state_names_the_chats_organization],
        Rule::EndConfirmed | Rule::ClosedAfterEnd => {
            &[ending::the_visitors_end_is_confirmed_once_and_then_403]
        }
        Rule::PostAfterEnd => {
            &[ending::ending_after_the_agents_end_is_403_and_a_repeated_end_is_ok]
        }
        Rule::DeleteEnds => {
            &[ending::deleting_the_session_ends_the_chat_with_the_key_escaped_in_the_path]
        }
        Rule::VisitorEnvelope | Rule::FalseLeftOut | Rule::IdLists | Rule::WaitAsked => {
            &[ending::availability_is_wrapped_and_leaves_out_what_is_false]
        }
        Rule::VisitorIds | Rule::ShortDeployment => {
            &[ending::availability_wants_the_short_deployment_id_and_settings_know_the_buttons]
        }
        Rule::BreadcrumbLocation | Rule::BreadcrumbEcho => {
            &[agents::a_breadcrumb_needs_its_location_and_comes_back_to_its_chat]
        }
        Rule::FirstEstablishes | Rule::TransferBegins => {
            &[ending::a_transfer_names_the_new_agent_or_goes_back_to_the_queue]
        }
        Rule::TypingOnce => &[agents::typing_is_told_when_it_changes_and_not_again],
        Rule::MessageEndsTyping => &[asking::a_whole_chat_goes_both_ways_and_ends],
        Rule::Conference => &[agents::another_agent_joins_speaks_under_its_name_and_leaves],
        Rule::FileAsked => &[files::a_file_that_nobody_asked_for_is_refused],
        Rule::FileOrganization | Rule::FileChatKey | Rule::FileEncoding => {
            &[files::each_parameter_of_an_upload_is_checked]
        }
        Rule::FilePart => &[files::an_upload_must_be_multipart_with_one_file],
        Rule::FileOnce | Rule::FileTold => &[files::a_file_that_was_asked_for_arrives_once],
        Rule::FileSize => &[files::more_than_five_megabytes_fail],
        Rule::FileCanceled => &[files::a_request_that_was_taken_back_takes_no_file],
    }
}

#[test]
fn every_rule_that_is_switched_off_turns_a_test_red() {
    let red =
        |rule: Rule, test: &fn()| without(rule, || catch_unwind(AssertUnwindSafe(test)).is_err());
    let missed_by_nobody: Vec<Rule> = Rule::ALL
        .iter()
        .copied()
        .filter(|rule| !guards(*rule).iter().any(|test| red(*rule, test)))
        .collect();
    assert_eq!(missed_by_nobody, [] as [Rule; 0], "nobody would miss these rules");
}

/// A guard that is red anyhow guards nothing.
#[test]
fn every_guard_is_green_while_all_rules_hold() {
    for rule in Rule::ALL {
        for test in guards(*rule) {
            test();
        }
    }
    faults::every_knob_has_its_test();
}
