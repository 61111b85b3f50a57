use super::*;
use proptest::prelude::*;

fn rule(is_in_path: bool) -> BucketRule {
    BucketRule { name: "own".to_owned(), is_in_path }
}

fn is_named_by(path: &str) -> bool {
    rule(true).is_named_by(path)
}

#[test]
fn a_path_is_the_buckets_own_or_below_it() {
    for path in ["/own", "/own/", "/own/key", "/own//key", "/own/a/b%20c", "/own/a%2Fb", "/own/own2", "/own/%E6%B5%8B"]
    {
        assert!(is_named_by(path), "{path}");
    }
    for path in [
        "",
        "/",
        "*",
        "own",
        "own/key",
        "//own/key",
        "///own",
        "/.",
        "/./own/key",
        "/ownx",
        "/own2/key",
        "/own.other/key",
        "/ow",
        "/Own/key",
        "/OWN/key",
        "/%6fwn/key",
        "/own%2Fkey",
        "/own%2f..",
        "/own\\key",
        "/own;x/key",
        "/own%00/key",
        "/own?",
        "/other",
        "/other/key",
        "/other/own/key",
        "http://host/own/key",
    ] {
        assert!(!is_named_by(path), "{path}");
    }
}

/// A root such as `a/../b` is another place than `b`, and blobs there can be had as long as nobody could take it for above.
#[test]
fn dots_are_names_as_long_as_they_lead_nowhere_else() {
    for path in
        ["/own/...", "/own/..a/b..", "/own/a/../b", "/own/a/b/../../c", "/own/./a", "/own/a/..", "/own/%252e%252e/a"]
    {
        assert!(is_named_by(path), "{path}");
    }
    for path in [
        "/own/..",
        "/own/../",
        "/own/../other/key",
        "/own/a/../../other/key",
        "/own/./../other",
        "/own//../other",
        "/own/%2e%2e/other",
        "/own/%2E./other",
        "/own/.%2e/other",
        "/own/..%2Fother",
        "/own/..%2fother",
        "/own/..%5Cother",
        "/own/..\\other",
        "/own/a%2Fb/../../other",
        "/own/a%5Cb%2F..%2F../../other",
        "/own/..;/other",
        "/own/..;x=y/other",
        "/own/;/../other",
        "/own/;%5Ca/../other",
        "/own/%2F/../other",
        "/own/a/../b/../../other/..",
    ] {
        assert!(!is_named_by(path), "{path}");
    }
}

#[test]
fn the_source_of_a_copy_is_in_the_bucket_however_that_is_addressed() {
    let check = |is_in_path: bool, name: &str, sources: &[&[u8]]| {
        let mut request = Request::put("http://host/own/key");
        for source in sources {
            request = request.header(name, *source);
        }
        rule(is_in_path).check(&request.body(()).unwrap())
    };
    for is_in_path in [true, false] {
        for name in ["x-oss-copy-source", "X-Oss-Copy-Source", "x-amz-copy-source"] {
            assert_eq!(check(is_in_path, name, &[]), Ok(()));
            assert_eq!(check(is_in_path, name, &[b"/own/a%20key?versionId=CAEQ"]), Ok(()));
            let others: [&[&[u8]]; 7] = [
                &[b"/other/key"],
                &[b"other/key"],
                &[b"own/key"],
                &[b"/own/../other/key"],
                &[b"/own/key", b"/other/key"],
                &[b"/own\xff"],
                &[b""],
            ];
            for sources in others {
                assert_eq!(check(is_in_path, name, sources), Err(Refusal::CopySource), "{name}: {sources:?}");
            }
        }
    }
}

/// What somebody on the way to OSS might do to a path.
#[derive(Debug, Clone, Copy)]
struct Resolver {
    decodes_dots: bool,
    decodes_slashes: bool,
    decodes_backslashes: bool,
    splits_at_backslashes: bool,
    merges_slashes: bool,
    drops_parameters: bool,
}

impl Resolver {
    /// The components of what comes of it.
    fn resolve(self, path: &str) -> Vec<String> {
        let decode = |text: String, is_wanted: bool, code: &str, character: &str| {
            if is_wanted { text.replace(code, character).replace(&code.to_uppercase(), character) } else { text }
        };
        let text = decode(path.to_owned(), self.decodes_dots, "%2e", ".");
        let text = decode(text, self.decodes_slashes, "%2f", "/");
        let text = decode(text, self.decodes_backslashes, "%5c", "\\");
        let text = if self.splits_at_backslashes { text.replace('\\', "/") } else { text };
        let mut components = Vec::new();
        for segment in text.split('/').skip(1) {
            let segment = if self.drops_parameters { segment.split(';').next().unwrap() } else { segment };
            match segment {
                ".." => drop(components.pop()),
                "." => {}
                "" if self.merges_slashes => {}
                other => components.push(other.to_owned()),
            }
        }
        components
    }
}

fn resolver() -> impl Strategy<Value = Resolver> {
    any::<[bool; 6]>().prop_map(
        |[
            decodes_dots,
            decodes_slashes,
            decodes_backslashes,
            splits_at_backslashes,
            merges_slashes,
            drops_parameters,
        ]| Resolver {
            decodes_dots,
            decodes_slashes,
            decodes_backslashes,
            splits_at_backslashes,
            merges_slashes,
            drops_parameters,
        },
    )
}

/// Mostly what paths are led astray by.
fn path() -> impl Strategy<Value = String> {
    const PIECES: &[&str] =
        &["/", "/", "..", ".", "a", "other", "own", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", "\\", ";", "%"];
    let piece = proptest::sample::select(PIECES);
    (any::<bool>(), proptest::collection::vec(piece, 0..16))
        .prop_map(|(is_own, pieces)| [if is_own { "/own/" } else { "/" }, &pieces.concat()].concat())
}

/// As the component encodes the name of an object.
fn encoded(name: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    name.bytes().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// It is in the bucket for whoever resolves it, in whatever way.
    #[test]
    fn a_path_that_is_taken_leads_nowhere_else(path in path(), resolver in resolver()) {
        if is_named_by(&path) {
            let resolved = resolver.resolve(&path);
            prop_assert_eq!(resolved.first().map(String::as_str), Some("own"), "{} by {:?}: {:?}", path, resolver, resolved);
        }
    }

    /// Keys have no component `..`, but whatever else.
    #[test]
    fn what_the_component_asks_for_is_taken(key in "[^\\\\]{0,40}") {
        let key: Vec<_> = key.split('/').filter(|component| *component != "..").collect();
        let path = ["/own/", &encoded(&key.join("/"))].concat();
        prop_assert!(is_named_by(&path), "{}", path);
    }
}
