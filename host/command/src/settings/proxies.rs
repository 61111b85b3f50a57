//! The proxies of the environment.

use super::problem::Problem;
use ossicle::Proxies;

/// Those of the environment.
pub fn proxies() -> Result<Proxies, Problem> {
    Proxies::from_environment().map_err(|problem| {
        Problem::from(problem).hint("unset it, or leave hosts out by NO_PROXY, where no proxy is to be used")
    })
}
