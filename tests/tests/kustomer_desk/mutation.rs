//! The tests of the tests: each rule of the desk is switched off in turn, and a test that should notice must turn red.
//!
//! A rule that nobody would miss is named. The match has no fallback: a new rule does not compile without its guard.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parlor_tests::desks::kustomer::rules::{Rule, without};

use crate::{access, chat, deliveries, files, limits, records};

/// The test that guards a rule; it must fail without it.
fn guard(rule: Rule) -> fn() {
    match rule {
        Rule::Bearer => access::a_call_without_a_known_key_is_401,
        Rule::Expiry => access::an_expired_key_is_401,
        Rule::Roles => access::a_key_without_the_role_is_403_and_the_roles_are_named,
        Rule::Region => access::a_key_works_in_its_own_region_only,
        Rule::AdminFields => records::only_an_admin_dates_and_signs_messages,
        Rule::OrgLimit | Rule::LimitHeaders | Rule::ResetWhenExceeded => {
            limits::the_organisation_may_make_so_many_requests_a_minute
        }
        Rule::SearchLimit => limits::searches_are_counted_apart,
        Rule::MessageLimit | Rule::ImportsUncounted => {
            limits::messages_for_one_customer_are_counted_but_not_imported_ones
        }
        Rule::ConversationLimit => limits::conversations_of_one_customer_are_counted,
        Rule::UnknownFields | Rule::Forms => records::bodies_are_checked_field_by_field,
        Rule::CustomKeys => records::custom_names_must_be_defined,
        Rule::Required => records::a_message_needs_channel_and_app,
        Rule::DirectionRequired => records::direction_is_required_where_the_address_names_nobody,
        Rule::Duplicates => {
            records::a_second_record_of_one_external_id_is_409_unless_a_knob_says_otherwise
        }
        Rule::MachineUser => records::what_a_key_writes_is_its_machine_users,
        Rule::Rev | Rule::Modified => records::each_write_counts_and_dates,
        Rule::Merge => records::a_patch_leaves_alone_what_it_does_not_name,
        Rule::DisplayName => records::a_customer_without_a_name_shows_another_value,
        Rule::Channels | Rule::Counters => {
            records::a_conversations_channels_and_counters_are_those_of_its_messages
        }
        Rule::Reopens => records::a_customers_message_opens_what_was_done_or_snoozed,
        Rule::SnoozeElapses => records::a_snooze_elapses,
        Rule::MessageOpens => records::a_message_to_a_customer_without_a_conversation_opens_one,
        Rule::CustomerOfConversation => records::a_message_has_the_customer_of_its_conversation,
        Rule::Pages => records::lists_are_paged,
        Rule::OneWorkItem => records::there_is_one_open_work_item_per_conversation,
        Rule::Redaction => records::redacting_takes_the_text,
        Rule::UploadFields => files::an_upload_without_a_field_is_refused,
        Rule::FileLast => files::the_file_comes_last,
        Rule::UploadWithoutKey => files::an_upload_bears_no_key,
        Rule::ExternalUrl => files::a_file_of_our_own_storage_is_only_linked,
        Rule::HookAddress | Rule::HookCount | Rule::HookEvents => {
            deliveries::a_webhook_has_its_limits
        }
        Rule::Subscription => deliveries::a_webhook_gets_the_events_it_names,
        Rule::Signature => deliveries::deliveries_are_signed_over_the_raw_body,
        Rule::EventHeader => deliveries::a_delivery_names_its_event_in_a_header,
        Rule::OnlyTwoHundred => deliveries::only_a_2xx_counts_as_taken,
        Rule::Retries | Rule::SwitchOff => {
            deliveries::a_failed_delivery_is_tried_again_on_the_schedule_and_then_the_webhook_is_off
        }
        Rule::Patience => deliveries::an_answer_that_takes_too_long_is_a_failure,
        Rule::OffIsSilent => deliveries::a_webhook_that_is_off_gets_nothing_until_it_is_switched_on,
        Rule::SameEventId => {
            deliveries::the_event_id_is_the_same_across_retries_unless_a_knob_says_otherwise
        }
        Rule::MessageChangesConversation => {
            deliveries::each_message_changes_its_conversation_and_that_is_an_event
        }
        Rule::Changes => deliveries::an_update_tells_what_changed,
        Rule::NotesAreSilent => deliveries::notes_raise_no_message_event,
        Rule::SessionIsConversation => chat::a_session_is_a_conversation_of_the_same_id,
        Rule::LatestTracking => chat::without_a_tracking_id_the_latest_is_used_again,
        Rule::SessionsOfSomebody => chat::sessions_are_those_of_somebody_newest_message_first,
        Rule::HandoffBothWays => chat::a_handoff_brings_both_ways_and_raises_no_events,
    }
}

#[test]
fn every_rule_that_is_switched_off_turns_its_guard_red() {
    let missed: Vec<Rule> = Rule::ALL
        .iter()
        .copied()
        .filter(|rule| {
            let guard = guard(*rule);
            without(*rule, || catch_unwind(AssertUnwindSafe(guard))).is_ok()
        })
        .collect();
    assert_eq!(missed, [] as [Rule; 0], "rules that nobody would miss");
}

/// A guard that is red anyhow guards nothing.
#[test]
fn every_guard_is_green_while_all_rules_hold() {
    Rule::ALL.iter().for_each(|rule| guard(*rule)());
}
