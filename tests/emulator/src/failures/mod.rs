//! The errors of OSS: each has a code, a message, an "EC" that names its precise cause, and fields of its own.

mod access;
mod append;
mod bucket;
mod document;
mod multipart;
mod object;
mod request;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(crate) use append::NEXT_POSITION;
pub(crate) use document::{Situation, render};

/// An error that OSS answers.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    ec: Cow<'static, str>,
    fields: Vec<(&'static str, String)>,
    headers: HeaderMap,
}

impl Failure {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        ec: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            message: message.into(),
            ec: ec.into(),
            fields: Vec::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// Adds an element to the document.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.fields.push((name, value.into()));
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.0.headers.insert(name, value);
        }
        self
    }

    /// Adds headers to the answer.
    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers.extend(headers);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn ec(&self) -> &str {
        &self.0.ec
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }
}
