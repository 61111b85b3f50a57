//! Builds the guest.

fn main() {
    ossicle_componentize::Guest::new("ossicle-guest", "../../guest").also("../../wit").build_script("ossicle.wasm");
}
