//! The objects of the simulated OSS, and what it does with a request once that takes effect.

use std::collections::BTreeMap;

use bytes::Bytes;
use ossicle_registry::ports::{
    ByteRange, Entry, Loaded, ObjectInfo, OssTime, Page, StorageError, StorageErrorKind, Written,
};

/// What a request asks for.
#[derive(Clone, Debug)]
pub enum Operation {
    Load { path: String, range: ByteRange },
    Stat { path: String },
    List { directory: String, after: String, limit: usize },
    Put { path: String, content: Bytes, create_only: bool },
    Append { path: String, position: u64, content: Bytes },
    Delete { paths: Vec<String> },
}

/// What it is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Loaded(Loaded),
    Stat(ObjectInfo),
    Page(Page),
    Written(Written),
    Appended,
    Deleted,
}

pub type Reply = Result<Answer, StorageError>;

#[derive(Clone, Debug)]
pub struct Object {
    pub content: Bytes,
    pub modified: OssTime,
}

#[derive(Default)]
pub struct Bucket {
    pub objects: BTreeMap<String, Object>,
}

impl Operation {
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Load { .. } | Self::Stat { .. } | Self::List { .. })
    }
}

impl Object {
    fn info(&self) -> ObjectInfo {
        ObjectInfo { size: self.content.len() as u64, modified: self.modified }
    }
}

impl Bucket {
    /// Does what a request asks for. The answer's `Date` is set when it is sent.
    pub fn serve(&mut self, operation: &Operation, now: OssTime) -> Reply {
        let date = now;
        match operation {
            Operation::Load { path, range } => {
                let object = self.find(path)?;
                let size = object.content.len();
                let content = match range {
                    ByteRange::Whole => object.content.clone(),
                    ByteRange::Last(length) => object.content.slice(size - size.min(*length as usize)..),
                    other => panic!("the collection reads no such range: {other:?}"),
                };
                Ok(Answer::Loaded(Loaded { info: object.info(), date, content }))
            }
            Operation::Stat { path } => Ok(Answer::Stat(self.find(path)?.info())),
            Operation::List { directory, after, limit } => {
                let prefix = format!("{directory}/");
                let from = if after.is_empty() { prefix.clone() } else { format!("{after}\0") };
                let mut entries: Vec<Entry> = self
                    .objects
                    .range(from..)
                    .take_while(|(path, _)| path.starts_with(&prefix))
                    .take(limit + 1)
                    .map(|(path, object)| Entry {
                        path: path.clone(),
                        file: Some((object.content.len() as u64, object.modified)),
                    })
                    .collect();
                let is_cut = entries.len() > *limit;
                entries.truncate(*limit);
                let next = entries.last().filter(|_| is_cut).map(|entry| entry.path.clone());
                Ok(Answer::Page(Page { entries, next, date }))
            }
            Operation::Put { path, content, create_only } => {
                if *create_only && self.objects.contains_key(path) {
                    return Err(StorageError::new(StorageErrorKind::Exists, "there already"));
                }
                self.objects.insert(path.clone(), Object { content: content.clone(), modified: now });
                Ok(Answer::Written(Written { size: content.len() as u64, date }))
            }
            Operation::Append { path, position, content } => {
                let before = self.objects.get(path).map(|object| object.content.clone()).unwrap_or_default();
                if before.len() as u64 != *position {
                    return Err(StorageError::new(StorageErrorKind::Conflict, "another length"));
                }
                let content: Bytes = [&before[..], &content[..]].concat().into();
                self.objects.insert(path.clone(), Object { content, modified: now });
                Ok(Answer::Appended)
            }
            Operation::Delete { paths } => {
                for path in paths {
                    self.objects.remove(path);
                }
                Ok(Answer::Deleted)
            }
        }
    }

    fn find(&self, path: &str) -> Result<&Object, StorageError> {
        self.objects.get(path).ok_or_else(|| StorageError::new(StorageErrorKind::NotFound, "no such file"))
    }
}

/// A reply with the `Date` of when it is sent.
pub fn dated(reply: Reply, date: OssTime) -> Reply {
    let reply = reply.map_err(|error| error.dated(date))?;
    Ok(match reply {
        Answer::Loaded(loaded) => Answer::Loaded(Loaded { date, ..loaded }),
        Answer::Page(page) => Answer::Page(Page { date, ..page }),
        Answer::Written(written) => Answer::Written(Written { date, ..written }),
        undated @ (Answer::Stat(_) | Answer::Appended | Answer::Deleted) => undated,
    })
}
