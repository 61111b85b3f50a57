//! The arguments of `ossicle demo`, and its course.

use super::recorder::Recorder;
use super::stage::{self, Stage};
use super::summary::{self, Summary};
use super::{mishaps, registry, table, tour};
use crate::error::CommandError;
use crate::error::Exit;
use crate::terminal::output;
use crate::terminal::signals::{or_interrupted, orderly, signal};
use clap::{Args, ValueEnum};
use ossicle::SignatureVersion;
use ossicle_emulator::SignatureKind;

/// See everything at work, on this machine and with no account
///
/// Starts an OSS emulator and the components, keeps a certificate and a registry's layer there and looks what happens: each
/// step with the HTTP requests it took and the signature that the emulator verified. Then things go wrong: a wrong secret, a
/// lost answer, a flipped bit. It fails when anything comes out otherwise than it should.
#[derive(Debug, Args)]
pub struct Demo {
    /// How requests are signed
    #[arg(long, value_enum, default_value_t = Signature::V4, value_name = "VERSION")]
    signature: Signature,
    /// Keep the emulator running until Ctrl-C, with something in it to try commands on
    #[arg(long)]
    keep: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Signature {
    /// OSS4-HMAC-SHA256: what OSS expects of accounts and buckets made since 2025
    V4,
    /// HMAC-SHA1, for older accounts and buckets
    V1,
}

impl Demo {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.json
    }
}

impl Signature {
    fn version(self) -> SignatureVersion {
        match self {
            Self::V4 => SignatureVersion::V4,
            Self::V1 => SignatureVersion::V1,
        }
    }

    fn kind(self) -> SignatureKind {
        match self {
            Self::V4 => SignatureKind::V4Header,
            Self::V1 => SignatureKind::V1Header,
        }
    }
}

/// Shows it.
pub async fn run(demo: Demo) -> Result<Exit, CommandError> {
    let (stage, exit) = or_interrupted(play(&demo)).await?;
    if demo.keep {
        if !demo.json {
            table::kept(&stage)?;
        }
        // Here it is how it ends, not how it is interrupted.
        let _orderly = orderly();
        signal().await;
    }
    Ok(exit)
}

async fn play(demo: &Demo) -> Result<(Stage, Exit), CommandError> {
    let emulator = stage::emulator().await?;
    if !demo.json {
        table::opening(&emulator)?;
    }
    let stage = Stage::set(emulator, demo.signature.version()).await?;
    if !demo.json {
        table::started(&stage)?;
    }
    let mut recorder = Recorder::new(&stage, demo.signature.kind(), !demo.json);
    tour::show(&stage, &mut recorder).await?;
    registry::show(&stage, &mut recorder).await?;
    mishaps::show(&stage, &mut recorder).await?;
    let summary = Summary::of(&stage, recorder.steps());
    if demo.json {
        output::json(&summary::document(&stage, recorder.steps(), &summary))?;
    } else {
        table::closing(&summary, demo.keep)?;
    }
    Ok((stage, if summary.passed { Exit::Success } else { Exit::Failure }))
}
