//! What a bucket's policy grants to others than its owner, and denies them.
//! (OSS documentation: *Bucket Policy*, PutBucketPolicy, *RAM policies: actions*.)
//!
//! Conditions are not evaluated: a statement with one allows nothing and denies whatever it may deny.

use serde_json::Value;

use crate::call::Call;
use crate::faults::Glob;
use crate::operation::Operation;
use crate::store::Bucket;

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    Denied,
    /// It says nothing, so the ACLs decide.
    Silent,
}

/// What is to be done by whom to what.
struct Question<'a> {
    /// The account; nobody if the request is anonymous.
    principal: Option<&'a str>,
    action: String,
    /// As a policy names it: `acs:oss:REGION:OWNER:BUCKET/KEY`.
    resource: String,
    /// Whether a grant to everybody counts.
    public: bool,
}

/// Judges what the sender of a request wants to do with a bucket, or with a key in it.
pub(super) fn judge(call: &Call, bucket: &Bucket, action: &str, key: Option<&str>) -> Verdict {
    let Some(policy) = bucket.read().settings.documents.get("policy").cloned() else { return Verdict::Silent };
    let Ok(policy) = serde_json::from_str::<Value>(&policy) else { return Verdict::Silent };
    let key = key.map(|key| format!("/{key}")).unwrap_or_default();
    let question = Question {
        principal: call.owner(),
        action: format!("oss:{action}"),
        resource: format!("acs:oss:{}:{}:{}{key}", bucket.region(), bucket.owner(), bucket.name()),
        public: !super::blocked(call, bucket),
    };
    let statements = policy.get("Statement").and_then(Value::as_array).into_iter().flatten();
    let mut verdict = Verdict::Silent;
    for statement in statements.filter(|statement| question.concerns(statement)) {
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Deny") => return Verdict::Denied,
            Some("Allow") if statement.get("Condition").is_none() && question.grants(statement) => {
                verdict = Verdict::Allowed;
            }
            _ => {}
        }
    }
    verdict
}

/// Whether the policy of a session lets it do what a request asks for. It takes something away from what the role may do,
/// and gives nothing. (STS documentation: AssumeRole, *Policy*.)
pub(super) fn allows(policy: &str, action: &str, resource: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let fits = |text: &str, pattern: &str| Glob::new(pattern).matches(text);
    let action = format!("oss:{action}");
    let concerns = |statement: &&Value| {
        names(statement, "Action", |pattern| fits(&action, pattern))
            && names(statement, "Resource", |pattern| fits(resource, pattern))
    };
    let effects: Vec<bool> =
        policy["Statement"].as_array().into_iter().flatten().filter(concerns).map(denies).collect();
    !effects.is_empty() && !effects.contains(&true)
}

/// Whether a policy allows something to everybody without a condition.
pub(crate) fn is_public(policy: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let everybody = |statement: &Value| !denies(statement) && is_about(statement, |one| one == "*");
    policy.get("Statement").and_then(Value::as_array).is_some_and(|statements| statements.iter().any(everybody))
}

/// Whether a statement of a bucket's policy is about a principal. One that names none is about everybody. (Python v2's
/// `test_bucket_policy`.)
fn is_about(statement: &Value, fits: impl Fn(&str) -> bool) -> bool {
    let names_none = statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none();
    names_none || names(statement, "Principal", fits)
}

fn denies(statement: &Value) -> bool {
    statement["Effect"] != "Allow" || statement.get("Condition").is_some()
}

impl Question<'_> {
    fn concerns(&self, statement: &Value) -> bool {
        let fits = |text: &str, pattern: &str| Glob::new(pattern).matches(text);
        is_about(statement, |one| one == "*" || Some(one) == self.principal)
            && names(statement, "Action", |pattern| fits(&self.action, pattern))
            && names(statement, "Resource", |pattern| fits(&self.resource, pattern))
    }

    /// A grant to everybody is public access, which may be blocked.
    fn grants(&self, statement: &Value) -> bool {
        self.public || names(statement, "Principal", |one| Some(one) == self.principal)
    }
}

/// Whether an element of a statement names something, or its opposite (`NotAction`) does not.
fn names(statement: &Value, element: &str, fits: impl Fn(&str) -> bool) -> bool {
    let any = |value: &Value| match value {
        Value::String(text) => fits(text),
        Value::Array(list) => list.iter().filter_map(Value::as_str).any(&fits),
        _ => false,
    };
    match (statement.get(element), statement.get(format!("Not{element}"))) {
        (Some(named), _) => any(named),
        (None, Some(excepted)) => !any(excepted),
        (None, None) => false,
    }
}

/// The action that an operation needs; several operations share one.
pub(super) fn action(operation: Operation, versioned: bool) -> &'static str {
    match operation {
        Operation::GetObject | Operation::HeadObject | Operation::GetObjectMeta | Operation::GetSymlink => {
            if versioned { "GetObjectVersion" } else { "GetObject" }
        }
        Operation::DeleteObject | Operation::DeleteMultipleObjects => {
            if versioned {
                "DeleteObjectVersion"
            } else {
                "DeleteObject"
            }
        }
        Operation::PutObject
        | Operation::PostObject
        | Operation::AppendObject
        | Operation::CopyObject
        | Operation::PutSymlink
        | Operation::InitiateMultipartUpload
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::CompleteMultipartUpload => "PutObject",
        Operation::ListObjectsV2 => "ListObjects",
        other => other.name(),
    }
}
