//! The block of public access of a whole account.

use super::table::NO_BLOCK;
use super::{checked_block, document};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::Writer;

pub(crate) fn get(call: &Call) -> Result<Reply, Failure> {
    let owner = &call.signed()?.owner;
    let blocked = call.shared.store.blocks_account(owner);
    let blocked = if blocked { NO_BLOCK.replace("false", "true") } else { NO_BLOCK.to_owned() };
    Ok(Reply::xml(Writer::with(&blocked)))
}

pub(crate) async fn put(call: &mut Call) -> Result<Reply, Halt> {
    let owner = call.signed()?.owner.clone();
    let text = document(call).await?;
    let element = checked_block(call, &text)?;
    set(call, &owner, element.value("BlockPublicAccess") == Some("true"))?;
    Ok(Reply::ok())
}

pub(crate) fn delete(call: &Call) -> Result<Reply, Failure> {
    set(call, &call.signed()?.owner, false)?;
    Ok(Reply::no_content())
}

fn set(call: &Call, owner: &str, blocked: bool) -> Result<(), Failure> {
    call.shared.store.block_account(owner, blocked).map_err(|error| Failure::internal(error.to_string()))
}
