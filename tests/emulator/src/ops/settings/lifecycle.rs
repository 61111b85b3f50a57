//! What is asked of a lifecycle before it is kept. (OSS documentation: PutBucketLifecycle, EC 0014-00000031 to -87.)

use http::StatusCode;

use super::checks::{argument, one_of};
use super::malformed;
use crate::call::Call;
use crate::failures::Failure;
use crate::xml::Element;

const ACTIONS: [&str; 5] =
    ["Expiration", "AbortMultipartUpload", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition"];

/// 1 to 1000 rules with an action each; one without an id is given one.
pub(super) fn check(call: &Call, element: &mut Element) -> Result<(), Failure> {
    let mut ids = Vec::new();
    for rule in element.children.iter_mut().filter(|child| child.name == "Rule") {
        check_rule(rule)?;
        if rule.value("ID").is_none_or(|id| id.trim().is_empty()) {
            rule.children.retain(|child| child.name != "ID");
            rule.children.insert(0, Element::with_text("ID", call.shared.store.ids().request().to_ascii_lowercase()));
        }
        let id = rule.value("ID").unwrap_or("").to_owned();
        if id.len() > 255 || ids.contains(&id) {
            return Err(argument("Rule ID must be unique. Found same ID for more than one rule.", "ID", &id));
        }
        ids.push(id);
    }
    if ids.is_empty() || ids.len() > 1000 {
        return Err(malformed());
    }
    let lets = call.header("x-oss-allow-same-action-overlap").or_else(|| call.query.get("allow-same-action-overlap"));
    overlap(element, lets == Some("true"))
}

fn check_rule(rule: &Element) -> Result<(), Failure> {
    one_of(rule, "Status", &["Enabled", "Disabled"])?;
    if !ACTIONS.iter().any(|action| rule.child(action).is_some()) {
        return Err(malformed());
    }
    for action in rule.children.iter().filter(|child| ACTIONS.contains(&child.name.as_str())) {
        period(action)?;
    }
    for name in ["Transition", "NoncurrentVersionTransition"] {
        rule.all(name).try_for_each(target)?;
    }
    let by_days = |action: &Element| action.child("Days").is_some();
    let by_date = |action: &Element| action.child("CreatedBeforeDate").is_some() || action.child("Date").is_some();
    let actions = || rule.all("Transition").chain(rule.child("Expiration"));
    if actions().any(by_days) && actions().any(by_date) {
        let message = "Days and CreatedBeforeDate cannot be specified in one rule.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidRequest", message, ""));
    }
    ascending(&[rule], "")?;
    rule.all("Tag").try_for_each(tag)
}

/// A transition leads to a colder class.
fn target(transition: &Element) -> Result<(), Failure> {
    let class = transition.value("StorageClass").map(str::trim).ok_or_else(malformed)?;
    if rank(class) > 0 {
        return Ok(());
    }
    let (ec, message) = match transition.name.as_str() {
        "Transition" => ("0014-00000044", "The storage class of a transition is not valid."),
        _ => ("0014-00000062", "The storage class of a transition of noncurrent versions is not valid."),
    };
    Err(Failure::argument(message, ec, "StorageClass", class))
}

/// How cold a class is; 0 if nothing is moved to it.
fn rank(class: &str) -> usize {
    ["IA", "Archive", "ColdArchive", "DeepColdArchive"].iter().position(|known| *known == class).map_or(0, |at| at + 1)
}

/// What is counted from the last change, and what from when a version was replaced.
const TRACKS: [[&str; 3]; 2] = [
    ["Transition", "Expiration", "Days"],
    ["NoncurrentVersionTransition", "NoncurrentVersionExpiration", "NoncurrentDays"],
];

/// The colder the class, the later an object is moved there, and it expires at last; in one rule as in all that concern
/// the same keys. (EC 0014-00000082; oss2's `test_put_lifecycle_invalid_transitions` and `test_lifecycle_veriong_wrong`,
/// Go v1's `TestSetBucketLifecycleXml`.)
fn ascending(rules: &[&Element], ec: &'static str) -> Result<(), Failure> {
    for [transition, expiration, unit] in TRACKS {
        let mut steps: Vec<(usize, u32)> = Vec::new();
        for rule in rules {
            let moves = rule.all(transition).map(|it| (rank(it.value("StorageClass").unwrap_or("").trim()), it));
            let end = rule.child(expiration).map(|it| (usize::MAX, it));
            let days = |it: &Element| it.value(unit).and_then(|text| text.trim().parse::<u32>().ok());
            steps.extend(moves.chain(end).filter_map(|(rank, it)| Some((rank, days(it)?))));
        }
        steps.sort_unstable();
        if let Some([_, late]) = steps.array_windows().find(|[early, late]| early.0 < late.0 && early.1 >= late.1) {
            let message = "The days of an action must be greater than those of the actions that come before it.";
            return Err(Failure::argument(message, ec, unit, &late.1.to_string()));
        }
    }
    Ok(())
}

/// The service keeps tags that are too long for any object, and refuses characters that no tag has.
/// (oss2's `test_lifecycle_object_tagging_exceptions_wrong_key` and `…_wrong_value`.)
fn tag(tag: &Element) -> Result<(), Failure> {
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " +-=._:/".contains(c));
    let (key, value) = (tag.value("Key").unwrap_or(""), tag.value("Value").unwrap_or(""));
    if !plain(key) {
        let message = "The key of a tag has a character that is not allowed.";
        return Err(Failure::argument(message, "0014-00000031", "Key", key));
    }
    if plain(value) {
        Ok(())
    } else {
        Err(argument("The value of a tag has a character that is not allowed.", "Value", value))
    }
}

/// Two rules that concern the same keys must not contradict each other, and may do the same only if the request says so.
/// (Go v1's `TestSetBucketLifecycleOverLap` and `TestSetBucketLifecycleXml`, oss2's `test_lifecycle_overlap_exception`.)
fn overlap(element: &Element, allowed: bool) -> Result<(), Failure> {
    let rules: Vec<&Element> = element.all("Rule").collect();
    let plain = |rule: &Element| rule.child("Tag").is_none() && rule.child("Filter").is_none();
    for (index, one) in rules.iter().enumerate() {
        for other in rules[index + 1..].iter().filter(|other| plain(one) && plain(other)) {
            let (first, second) = (one.value("Prefix").unwrap_or(""), other.value("Prefix").unwrap_or(""));
            if !first.starts_with(second) && !second.starts_with(first) {
                continue;
            }
            let same = ACTIONS.iter().find(|action| one.child(action).is_some() && other.child(action).is_some());
            if let Some(action) = same.filter(|_| !allowed) {
                let message = format!("Overlap for same action type {action}");
                return Err(Failure::new(StatusCode::BAD_REQUEST, "InvalidArgument", message, "")
                    .field("ArgumentName", "Prefix")
                    .field("ArgumentValue", second));
            }
            ascending(&[one, other], "0014-00000082")?;
        }
    }
    Ok(())
}

/// Days are positive, and a date is a midnight in UTC.
fn period(action: &Element) -> Result<(), Failure> {
    for name in ["Days", "NoncurrentDays"] {
        if action.value(name).is_some_and(|text| !text.trim().parse::<u32>().is_ok_and(|days| days > 0)) {
            return Err(malformed());
        }
    }
    for name in ["Date", "CreatedBeforeDate"] {
        if action.value(name).is_some_and(|text| !text.trim().ends_with("T00:00:00.000Z")) {
            let message = "The date must be a midnight in UTC.";
            return Err(Failure::argument(message, "0014-00000087", name, action.value(name).unwrap_or("")));
        }
    }
    Ok(())
}
