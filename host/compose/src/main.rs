//! `ossicle-compose SOCKET PLUG… OUT` plugs components, one after the other, into the imports of another one.
//!
//! One after the other, because plugs that export an interface both, such as `ossicle:storage/types`, can't be plugged at
//! once: of what several export, the first gives it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [socket, plugs @ .., out] = files.as_slice() else {
        return Err("usage: ossicle-compose SOCKET PLUG... OUT".into());
    };
    let mut composed = fs::read(socket)?;
    for plug in plugs {
        composed = plugged(composed, plug)?;
    }
    Ok(fs::write(out, composed)?)
}

fn plugged(socket: Vec<u8>, plug: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut graph = CompositionGraph::new();
    let socket = Package::from_bytes("socket", None, socket, graph.types_mut())?;
    let socket = graph.register_package(socket)?;
    let plug = Package::from_file("plug", None, plug, graph.types_mut())?;
    let plug = graph.register_package(plug)?;
    wac_graph::plug(&mut graph, vec![plug], socket)?;
    Ok(graph.encode(EncodeOptions::default())?)
}
