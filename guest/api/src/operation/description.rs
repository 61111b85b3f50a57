//! The description of an operation, from which the routes and the OpenAPI document are generated.

use super::{Operation, ResponseHeader, Template};
use crate::access::Right;
use crate::problem::ProblemKind;

/// The description of an operation.
pub(crate) struct Description {
    pub operation: Operation,
    /// The operation's id in the document.
    pub name: &'static str,
    pub method: &'static str,
    pub template: Template,
    /// The group of the operation in the document.
    pub group: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    /// The rights that a sender needs, all of them.
    pub needs: &'static [Right],
    pub parameters: &'static [Parameter],
    pub body: BodyKind,
    pub successes: &'static [Success],
    /// The problems with which the operation can fail, in groups.
    pub problems: &'static [&'static [ProblemKind]],
}

/// A parameter of an operation.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub name: &'static str,
    pub location: ParameterLocation,
    pub is_required: bool,
    pub description: &'static str,
    pub schema: Schema,
}

/// The part of the request that contains a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    Path,
    Query,
    Header,
}

/// The schema of a parameter.
#[derive(Clone, Copy)]
pub(crate) enum Schema {
    /// A string with a pattern, which is empty if any string is allowed, and a maximum length in characters.
    Text { pattern: &'static str, longest: u32 },
    /// Only this string.
    Only(&'static str),
    /// `true` or `false`.
    Switch,
    /// A number within bounds, both included.
    Number { least: u64, most: u64 },
}

/// The content of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// No content; the request's body is not read.
    None,
    /// Bytes of any type.
    Bytes,
    /// The next bytes of an upload.
    Part,
    /// A JSON document with this name.
    Json(&'static str),
}

/// The response of an operation that succeeded.
pub(crate) struct Success {
    pub status: u16,
    pub description: &'static str,
    pub payload: Payload,
    pub headers: &'static [ResponseHeader],
}

/// The content of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    /// Bytes of any type.
    Bytes,
    /// A JSON document with this name.
    Json(&'static str),
    /// JSON documents with these names, one on each line.
    Lines(&'static [&'static str]),
    /// Any JSON document.
    AnyJson,
}

/// The operation that returns the OpenAPI document.
pub(super) const DOCUMENT: &[Description] = &[Description {
    operation: Operation::Document,
    name: "getDocument",
    method: "GET",
    template: Template::Document,
    group: "Document",
    summary: "This document",
    description: "The description of the API in OpenAPI 3.1.",
    needs: &[],
    parameters: &[],
    body: BodyKind::None,
    successes: &[Success { status: 200, description: "The document.", payload: Payload::AnyJson, headers: &[] }],
    problems: &[&[ProblemKind::InvalidRequest]],
}];
