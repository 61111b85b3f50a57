//! `ossicle registry tags`.

use super::arguments::Bucket;
use super::asking::list;
use super::opening::{self, Lacking, Registry};
use crate::terminal::{Format, foreign, output};
use crate::trouble::{Exit, Trouble};
use clap::Args;
use serde_json::{Value, json};

/// List the repositories, or the tags of one
#[derive(Debug, Args)]
pub struct Tags {
    /// The repository, such as library/alpine; without one, the names of all
    repository: Option<String>,
}

/// Lists them.
pub async fn run(tags: Tags, bucket: &Bucket, format: Format) -> Result<Exit, Trouble> {
    let registry = opening::open(bucket, Lacking::Refused).await?.registry(bucket, true)?;
    let Some(repository) = tags.repository else {
        let names = list(&registry, "/v2/_catalog?n=1000", "repositories", "list the repositories").await?;
        if format.json {
            let repositories: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            output::json(&json!({ "repositories": repositories }))?;
        } else {
            print(&names)?;
        }
        return Ok(Exit::Success);
    };
    let tags = of_repository(&registry, &repository).await?;
    if format.json {
        output::json(&json!({ "repositories": [{ "name": repository, "tags": tags }] }))?;
    } else {
        print(&tags)?;
    }
    Ok(Exit::Success)
}

async fn of_repository(registry: &Registry, name: &str) -> Result<Vec<String>, Trouble> {
    let what = format!("list the tags of {}", foreign::quoted(name));
    list(registry, &format!("/v2/{name}/tags/list?n=1000"), "tags", &what).await
}

fn print(lines: &[String]) -> Result<(), Trouble> {
    for line in lines {
        output::print(&format!("{}\n", foreign::data(line)))?;
    }
    Ok(())
}
