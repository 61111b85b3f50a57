//! `ossicle registry tags`.

use super::arguments::Bucket;
use super::failures::refused;
use super::opening::{self, Lacking};
use crate::error::{CommandError, Exit};
use crate::terminal::{Format, foreign, output};
use clap::Args;
use ossicle_service::registry::RepositoryName;
use serde_json::{Value, json};

/// List the repositories, or the tags of one
#[derive(Debug, Args)]
pub struct Tags {
    /// The repository, such as library/alpine; without one, the names of all
    #[arg(value_parser = repository)]
    repository: Option<RepositoryName>,
}

fn repository(text: &str) -> Result<RepositoryName, String> {
    RepositoryName::parse(text).ok_or_else(|| "must be the name of a repository, such as library/alpine".to_owned())
}

/// Lists them.
pub async fn run(tags: Tags, bucket: &Bucket, format: Format) -> Result<Exit, CommandError> {
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, true)?;
    let Some(name) = tags.repository else {
        let listed = registry.repositories().await;
        let names = listed.map_err(|failure| refused("list the repositories", &failure))?;
        if format.json {
            let repositories: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            output::json(&json!({ "repositories": repositories }))?;
        } else {
            print(&names)?;
        }
        return Ok(Exit::Success);
    };
    let listed = registry.tags(&name).await;
    let tags = listed.map_err(|failure| refused(&format!("list the tags of \"{name}\""), &failure))?;
    if format.json {
        output::json(&json!({ "repositories": [{ "name": name.as_str(), "tags": tags }] }))?;
    } else {
        print(&tags)?;
    }
    Ok(Exit::Success)
}

fn print(lines: &[String]) -> Result<(), CommandError> {
    for line in lines {
        output::print(&format!("{}\n", foreign::data(line)))?;
    }
    Ok(())
}
