//! Names of repositories and tags.

use crate::api::Call;
use crate::client::Client;
use crate::content::Algorithm;
use crate::life::live;
use crate::package::{IMAGE, Package};
use crate::run::Run;
use crate::upload::uploads_of;

/// Names that are none, as paths have them.
const WRONG: [(&str, &str); 9] = [
    ("upper case", "Upper/case"),
    ("dot at the beginning", ".hidden"),
    ("dash at the end", "dash-/x"),
    ("two dots", "two..dots"),
    ("three underscores", "three___underscores"),
    ("empty component", "empty//component"),
    ("parent", "a/../b"),
    ("space", "a%20b"),
    ("other letters", "%C3%A4"),
];

/// Names that have all that names may have, words of the protocol too.
const RIGHT: [(&str, &str); 4] = [
    ("separators", "a.b_c__d---e/0"),
    ("words of the protocol", "blobs/manifests/tags/uploads"),
    ("many components", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"),
    ("one letter", "a"),
];

/// Tags that are none.
const WRONG_TAGS: [(&str, &str); 4] =
    [("dot at the beginning", ".x"), ("dash at the beginning", "-x"), ("plus", "x+y"), ("other letters", "%C3%A4")];

/// Names of repositories and tags.
pub async fn names(client: &impl Client) {
    let run = Run::new(client, "names");
    let digest = Algorithm::Sha256.digest(b"x");
    let mut wrong: Vec<(&str, String)> = WRONG.map(|(case, name)| (case, name.to_owned())).into();
    wrong.push(("more than 255 characters", "a".repeat(256)));
    for (case, name) in wrong {
        for call in [
            Call::get(format!("/v2/{name}/tags/list")),
            Call::get(format!("/v2/{name}/manifests/latest")),
            Call::get(format!("/v2/{name}/blobs/{digest}")),
            Call::get(format!("/v2/{name}/referrers/{digest}")),
            Call::new("POST", uploads_of(&name)).body(""),
            Call::new("PUT", format!("/v2/{name}/manifests/latest")).header("content-type", IMAGE).body("{}"),
        ] {
            run.check(format!("wrong/{case}"), call.expect_error(client, 400, "NAME_INVALID")).await;
        }
    }
    let longest = format!("{}/{}", "a".repeat(127), "b".repeat(127));
    let mut right: Vec<(&str, &str)> = RIGHT.into();
    right.push(("255 characters", &longest));
    for (case, name) in right {
        let mut package = Package::new(Algorithm::Sha256);
        package.image(case, &"t".repeat(128));
        let life = async {
            // A run of its own, whose cases are those of a form.
            let inner = Run::new(client, "image");
            live(&inner, name, &package).await;
            inner.check_list();
        };
        run.check(format!("right/{case}"), life).await;
    }
    let mut wrong: Vec<(&str, String)> = WRONG_TAGS.map(|(case, tag)| (case, tag.to_owned())).into();
    wrong.push(("more than 128 characters", "t".repeat(129)));
    for (case, tag) in wrong {
        for method in ["GET", "PUT", "DELETE"] {
            let call = Call::new(method, format!("/v2/a/manifests/{tag}")).header("content-type", IMAGE).body("{}");
            run.check(format!("wrong tag/{case}"), call.expect_error(client, 400, "TAG_INVALID")).await;
        }
    }
    run.check_list();
}
