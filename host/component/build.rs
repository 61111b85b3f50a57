//! Builds the guest, once for each world, and the faces, which are composed with it.

use ossicle_componentize::{Error, Guest, compose, or_end};

fn main() {
    or_end(build());
}

fn build() -> Result<(), Error> {
    let guest = Guest::new("ossicle-guest", "../../guest").also("../../wit");
    let certificates = guest.clone().features(["certificates"]).build("ossicle-certificates")?;
    let blobs = guest.features(["blobs"]).build("ossicle-blobs")?;

    let faces = "../../guest/faces";
    let command = Guest::new("ossicle-command-face", format!("{faces}/command"))
        .also(format!("{faces}/command/wit"))
        .also(format!("{faces}/terms"))
        .build("ossicle-command-face")?;
    compose("ossicle-command", &command, &[&certificates, &blobs])?;
    Ok(())
}
