//! What is asked of a website before it is kept, and what the service tells of it besides.
//! (OSS documentation: PutBucketWebsite; oss2's `test_website.py`, Go v1's `TestSetBucketWebsiteDetail`.)

use super::checks::{argument, complete};
use super::malformed;
use crate::call::Call;
use crate::failures::Failure;
use crate::xml::Element;

pub(super) fn check(_: &Call, element: &mut Element) -> Result<(), Failure> {
    if element.child("IndexDocument").is_none() && element.child("RoutingRules").is_none() {
        return Err(malformed());
    }
    if element.child("RoutingRules").is_none() {
        for (container, name) in [("IndexDocument", "Suffix"), ("ErrorDocument", "Key")] {
            if element.child(container).is_some_and(|it| it.value(name).is_none_or(str::is_empty)) {
                return Err(argument("The document must have a name.", name, ""));
            }
        }
    }
    let rules = element.children.iter_mut().filter(|child| child.name == "RoutingRules");
    rules.flat_map(|rules| &mut rules.children).try_for_each(check_rule)
}

/// A rule has a number, and whoever mirrors something says from where.
fn check_rule(rule: &mut Element) -> Result<(), Failure> {
    let number = rule.value("RuleNumber").and_then(|text| text.trim().parse::<u32>().ok());
    if number.is_none_or(|number| number == 0) {
        return Err(malformed());
    }
    let redirect = rule.children.iter_mut().find(|child| child.name == "Redirect").ok_or_else(malformed)?;
    if redirect.value("RedirectType") != Some("Mirror") {
        return Ok(());
    }
    if redirect.value("MirrorURL").is_none_or(str::is_empty) {
        return Err(argument("A rule that mirrors must say from where.", "MirrorURL", ""));
    }
    for (name, value) in
        [("MirrorPassQueryString", "false"), ("MirrorFollowRedirect", "true"), ("MirrorCheckMd5", "false")]
    {
        complete(redirect, name, value);
    }
    // For what is mirrored these two are one.
    let passes = redirect.value("MirrorPassQueryString").unwrap_or("false").to_owned();
    redirect.children.retain(|child| child.name != "PassQueryString");
    redirect.children.push(Element::with_text("PassQueryString", passes));
    let headers = redirect.children.iter_mut().filter(|child| child.name == "MirrorHeaders");
    headers.for_each(|headers| complete(headers, "PassAll", "false"));
    Ok(())
}
