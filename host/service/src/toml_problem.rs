//! What is wrong with a TOML file, without its values.

/// What is wrong with a TOML file, and in which line, from 1. Quotes no value: some are secrets.
pub(crate) fn describe(text: &str, error: &toml::de::Error) -> (Option<usize>, String) {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    // These quote the value.
    let reason = match error.message() {
        message if message.starts_with("invalid") => "what stands here can't be what it is for".to_owned(),
        message => message.to_owned(),
    };
    (line, reason)
}
