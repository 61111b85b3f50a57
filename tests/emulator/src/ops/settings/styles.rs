//! Styles of images: names for ways of processing them. They are kept and given back; no image is processed.
//! (OSS documentation: PutStyle, ListStyle; oss2's `test_bucket_style.py`.)

use http::StatusCode;

use super::checks::argument;
use super::{document, kept, parse};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Bucket;
use crate::timestamp;
use crate::xml::{Element, Writer};

const PLACE: &str = "style";

/// The styles of a bucket, in the order in which they were made. (Go v1's `TestBucketStyle`.)
fn all(bucket: &Bucket) -> Element {
    kept(bucket, PLACE).unwrap_or_else(|| Element::with_text("StyleList", ""))
}

fn keep(bucket: &Bucket, styles: &Element) -> Result<(), Failure> {
    bucket.change(|settings| {
        settings.documents.insert(PLACE.to_owned(), styles.write());
    })
}

fn name(call: &Call) -> Result<&str, Failure> {
    let name = call.query.get("styleName").unwrap_or("");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
        return Err(argument("The name of the style is invalid.", "styleName", name));
    }
    Ok(name)
}

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let bucket = call.bucket()?;
    let given = parse(&document(call).await?, "Style")?;
    let name = name(call)?;
    let content = given.value("Content").unwrap_or("");
    if content.is_empty() {
        return Err(argument("Style content is invalid.", "Content", "").into());
    }
    let now = timestamp::http_date(call.now);
    let mut styles = all(&bucket);
    let earlier = styles.children.iter().position(|style| style.value("Name") == Some(name));
    let made = earlier.and_then(|at| styles.children[at].value("CreateTime").map(str::to_owned));
    let mut style = Element::with_text("Style", "");
    style.children = vec![
        Element::with_text("Name", name),
        Element::with_text("Content", content),
        Element::with_text("Category", call.query.filled("category").unwrap_or("image")),
        Element::with_text("CreateTime", made.unwrap_or_else(|| now.clone())),
        Element::with_text("LastModifyTime", now),
    ];
    match earlier {
        Some(at) => styles.children[at] = style,
        None => styles.children.push(style),
    }
    keep(&bucket, &styles)?;
    Ok(Reply::ok())
}

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let name = name(call)?;
    let styles = all(&bucket);
    match styles.children.iter().find(|style| style.value("Name") == Some(name)) {
        Some(style) => Ok(Reply::xml(Writer::with(&style.write()))),
        None => {
            let message = "The specified style does not exist.";
            Err(Failure::new(StatusCode::NOT_FOUND, "NoSuchStyle", message, "").field("BucketName", bucket.name()))
        }
    }
}

pub(crate) fn list(call: &Call) -> Result<Reply, Failure> {
    Ok(Reply::xml(Writer::with(&all(&*call.bucket()?).write())))
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let name = name(call)?;
    let mut styles = all(&bucket);
    styles.children.retain(|style| style.value("Name") != Some(name));
    keep(&bucket, &styles)?;
    Ok(Reply::no_content())
}
