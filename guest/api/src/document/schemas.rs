//! The schemas of JSON documents, generated from their types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::json::{
    BreakView, CopyRequest, EntryPage, EntryView, KeyPage, KeyView, LeaseView, LockView, ReleaseView, RemovedView,
    UploadBody, UploadView, UrlBody, UrlView, WalkError, WrittenView,
};
use crate::problem::Document;

/// Creates a generator that collects the schemas at the path that OpenAPI prescribes.
pub(super) fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// Returns a reference to the schema of a document, by its name in the table of operations.
pub(super) fn reference(name: &str, generator: &mut SchemaGenerator) -> Value {
    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
    let schema = match name {
        "CertificateList" => of::<KeyPage>(generator),
        "CertificateInfo" => of::<KeyView>(generator),
        "Written" => of::<WrittenView>(generator),
        "Removed" => of::<RemovedView>(generator),
        "Lease" => of::<LeaseView>(generator),
        "Lock" => of::<LockView>(generator),
        "Release" => of::<ReleaseView>(generator),
        "Break" => of::<BreakView>(generator),
        "BlobInfo" => of::<EntryView>(generator),
        "BlobList" => of::<EntryPage>(generator),
        "WalkError" => of::<WalkError<'_>>(generator),
        "CopyRequest" => of::<CopyRequest>(generator),
        "UrlRequest" => of::<UrlBody>(generator),
        "Url" => of::<UrlView>(generator),
        "UploadRequest" => of::<UploadBody>(generator),
        "Upload" => of::<UploadView>(generator),
        "Problem" => of::<Document>(generator),
        // No document has another name; a test checks every reference.
        _ => Schema::from(false),
    };
    schema.to_value()
}
