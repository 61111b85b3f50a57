//! The demo on a terminal, or in a file.

use super::stage::{BUCKET, KEY_ID, REGION, SECRET, Stage};
use super::step::Step;
use super::summary::Summary;
use crate::component::Component;
use crate::terminal::foreign::data;
use crate::terminal::output::{self, BAD, FAINT, GOOD, NAME, STRONG, WriteError, styled};
use crate::terminal::text::{size, span};
use ossicle_emulator::Emulator;

/// The widths of the columns: step, outcome, time, signature. The requests come last and may be as long as they are.
const WIDTHS: [usize; 4] = [22, 34, 8, 9];

/// What there is. The last line waits for the components to start, which takes some seconds when it is the first time.
pub fn opening(emulator: &Emulator) -> Result<(), WriteError> {
    let name = |name: &str| format!("  {} ", styled(STRONG, format!("{name:<10}")));
    let title = styled(
        STRONG,
        "Ossicle: certificates and a registry's blobs in Alibaba Cloud OSS, kept by WebAssembly components",
    );
    let endpoint = emulator.endpoint();
    let [certificates, blobs] = Component::STORAGES.map(|component| size(component.bytes().len() as u64));
    output::print(&format!(
        "{title}\n\n{}{endpoint}, bucket {BUCKET} in {REGION}\n{}certificates {certificates}, blobs {blobs}, ",
        name("emulator"),
        name("components"),
    ))
}

/// How the components started, and what they may do.
pub fn started(stage: &Stage) -> Result<(), WriteError> {
    let how = if stage.started.from_cache { "from the cache" } else { "compiled" };
    let imports: Vec<_> = stage.imports.iter().map(String::as_str).collect();
    let (took, imports) = (span(stage.started.took), imports.join(", "));
    let name = styled(STRONG, format!("{:<10}", "may use"));
    output::print(&format!("{how} in {took}\n  {name} {imports}; no files, no environment, no sockets\n"))
}

/// A title, with the names of the columns.
pub fn chapter(title: &str) -> Result<(), WriteError> {
    let [step, outcome, time, signature] = WIDTHS;
    let head =
        format!("{:outcome$}  {:>time$}  {:signature$}  {}", "what came of it", "time", "verified", "HTTP requests");
    output::print(&format!("\n  {}  {}\n", styled(STRONG, format!("{title:step$}")), styled(FAINT, head)))
}

/// A step. What its outcome says beyond a line stands below it.
pub fn row(made: &Step) -> Result<(), WriteError> {
    let [step, outcome, time, signature] = WIDTHS;
    let (mark, style) = if made.passed { ("✓", GOOD) } else { ("✗", BAD) };
    let mut lines = made.outcome.lines();
    let came = format!("{:outcome$}", data(lines.next().unwrap_or_default()));
    let mut text = format!(
        "{} {:step$}  {}  {}  {:signature$}  {}\n",
        styled(style, mark),
        made.name,
        if made.passed { came } else { styled(BAD, came) },
        styled(FAINT, format!("{:>time$}", span(made.took))),
        made.signature(),
        styled(NAME, made.operations()),
    );
    for line in lines {
        text.push_str(&format!("  {:step$}  {}\n", "", styled(FAINT, data(line))));
    }
    output::print(&text)
}

/// What it amounts to, and what next.
pub fn closing(summary: &Summary, kept: bool) -> Result<(), WriteError> {
    let verdict = match summary.failed {
        0 => styled(GOOD, format!("all {} steps came out right", summary.steps)),
        failed => styled(BAD, format!("{failed} of {} steps did not come out right", summary.steps)),
    };
    let mut text = format!(
        "\n{verdict}\n{} requests over {} connections, {} signatures verified ({}), {} sent, {} received\n",
        summary.requests,
        summary.connections,
        summary.verified,
        summary.signatures.join(", "),
        size(summary.bytes_in),
        size(summary.bytes_out),
    );
    if !kept {
        let next = |command: &str, what: &str| format!("  {}  {what}\n", styled(NAME, format!("{command:<22}")));
        text.push_str(&format!("\n{}\n", styled(STRONG, "What next")));
        text.push_str(&next("ossicle demo --keep", "the same, and the emulator stays to try commands on"));
        text.push_str(&next("ossicle cert --help", "your own bucket: where to put its name and the access key"));
        text.push_str(&next("ossicle blob --help", "the blobs of a registry in it"));
        text.push_str(&next("ossicle emulator", "an emulator for your own tests"));
    }
    output::print(&text)
}

/// How to reach the emulator from another terminal.
pub fn kept(stage: &Stage) -> Result<(), WriteError> {
    let text = [
        format!("\n{}\n", styled(STRONG, "The emulator runs until Ctrl-C. In another terminal:")),
        format!("  export OSS_ENDPOINT={} OSS_BUCKET={BUCKET} OSS_REGION={REGION}\n", stage.emulator.endpoint()),
        format!("  export OSS_ACCESS_KEY_ID={KEY_ID} OSS_ACCESS_KEY_SECRET={SECRET}\n"),
        "  ossicle cert ls -rl\n".to_owned(),
    ];
    output::print(&text.concat())
}
