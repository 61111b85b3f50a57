//! Builds the guest, once for each world.

fn main() {
    let guest = ossicle_componentize::Guest::new("ossicle-guest", "../../guest").also("../../wit");
    for world in ["certificates", "blobs"] {
        guest.clone().features([world]).build_script(&format!("ossicle-{world}"));
    }
}
