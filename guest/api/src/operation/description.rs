//! The description of an operation, from which routes and the OpenAPI document are made.

use super::{Operation, ResponseHeader, Template};
use crate::access::Right;
use crate::problem::ProblemKind;

/// What is said of an operation.
pub(crate) struct Description {
    pub operation: Operation,
    /// Its id in the document.
    pub name: &'static str,
    pub method: &'static str,
    pub template: Template,
    /// The group that it belongs to.
    pub group: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    /// The rights that it needs, all of them.
    pub needs: &'static [Right],
    pub parameters: &'static [Parameter],
    pub body: BodyKind,
    pub successes: &'static [Success],
    /// The problems that it can end with, in groups.
    pub problems: &'static [&'static [ProblemKind]],
}

/// A parameter.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub name: &'static str,
    pub place: Place,
    pub is_required: bool,
    pub description: &'static str,
    pub schema: Schema,
}

/// Where a parameter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// What a parameter looks like.
#[derive(Clone, Copy)]
pub(crate) enum Schema {
    /// A string with a pattern, which is empty where any string will do, and a greatest length in characters.
    Text { pattern: &'static str, longest: u32 },
    /// This string alone.
    Only(&'static str),
    /// `true` or `false`.
    Switch,
    /// A number with bounds.
    Number { least: u64, most: u64 },
}

/// What a request's content is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// None is read.
    None,
    /// Bytes of any type.
    Bytes,
    /// The next bytes of an upload.
    Part,
    /// A JSON document with this name.
    Json(&'static str),
}

/// A response of an operation that did what it was to do.
pub(crate) struct Success {
    pub status: u16,
    pub description: &'static str,
    pub payload: Payload,
    pub headers: &'static [ResponseHeader],
}

/// What a response's content is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    /// Bytes of any type.
    Bytes,
    /// A JSON document with this name.
    Json(&'static str),
    /// JSON documents with one of these names, one a line.
    Lines(&'static [&'static str]),
    /// Any JSON document.
    AnyJson,
}

/// The document itself.
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
