//! The error document. (OSS documentation: Error responses.)

use super::Failure;
use crate::xml::Writer;

/// What the document says of the request that failed.
pub(crate) struct Situation<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) host: &'a str,
}

/// Writes the document.
pub(crate) fn render(failure: &Failure, situation: &Situation<'_>) -> String {
    let inner = &failure.0;
    let mut xml = Writer::new();
    xml.open("Error");
    xml.text("Code", &inner.code);
    xml.text("Message", &inner.message);
    xml.text("RequestId", situation.request_id);
    xml.text("HostId", situation.host);
    for (name, value) in &inner.fields {
        xml.text(name, value);
    }
    if !inner.ec.is_empty() {
        xml.text("EC", &inner.ec);
        xml.text("RecommendDoc", &format!("https://api.aliyun.com/troubleshoot?q={}", inner.ec));
    }
    xml.close("Error");
    xml.finish()
}
