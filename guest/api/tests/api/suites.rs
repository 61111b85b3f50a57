//! What clients rely on, of the core: at one process, and at another one for each request.

use ossicle_api::memory::run;
use ossicle_api_suites::{for_each_suite, suites};

use crate::client::{Client, Processes};

macro_rules! test_each {
    ($($suite:ident,)*) => {
        $(
            #[test]
            fn $suite() {
                run(suites::$suite(&Client::default()));
                run(suites::$suite(&Processes(Client::default())));
            }
        )*
    };
}

for_each_suite!(test_each);
