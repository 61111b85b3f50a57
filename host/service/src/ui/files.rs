//! The files.

use ring::digest::{SHA256, digest};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of the page.
#[derive(Debug)]
pub(crate) struct PageFile {
    path: &'static str,
    pub media_type: &'static str,
    pub content: &'static str,
}

macro_rules! files {
    ($($path:literal $media_type:ident $name:literal,)*) => {
        [$(PageFile { path: $path, media_type: $media_type, content: include_str!(concat!("page/", $name)) }),*]
    };
}

/// The files of a page.
#[derive(Debug)]
pub(crate) struct Page(&'static [PageFile]);

/// The page of the registry.
pub(crate) static REGISTRY: Page = Page(&files![
    "/ui" HTML "page.html",
    "/ui/page.css" CSS "page.css",
    "/ui/icon.svg" SVG "icon.svg",
    "/ui/address.js" SCRIPT "address.js",
    "/ui/elements.js" SCRIPT "elements.js",
    "/ui/format.js" SCRIPT "format.js",
    "/ui/image.js" SCRIPT "image.js",
    "/ui/image_view.js" SCRIPT "image_view.js",
    "/ui/layers.js" SCRIPT "layers.js",
    "/ui/main.js" SCRIPT "main.js",
    "/ui/manifest.js" SCRIPT "manifest.js",
    "/ui/pages.js" SCRIPT "pages.js",
    "/ui/registry.js" SCRIPT "registry.js",
    "/ui/repositories_view.js" SCRIPT "repositories_view.js",
    "/ui/repository_view.js" SCRIPT "repository_view.js",
    "/ui/tokens.js" SCRIPT "tokens.js",
]);

/// The page of the API.
pub(crate) static API: Page = Page(&files![
    "/" HTML "api.html",
    "/ui/page.css" CSS "page.css",
    "/ui/icon.svg" SVG "icon.svg",
    "/ui/api.js" SCRIPT "api.js",
    "/ui/elements.js" SCRIPT "elements.js",
    "/ui/service.js" SCRIPT "service.js",
    "/ui/tenant_view.js" SCRIPT "tenant_view.js",
    "/ui/x509.js" SCRIPT "x509.js",
]);

impl Page {
    /// The file at a path.
    pub fn find(&self, path: &str) -> Option<&'static PageFile> {
        self.0.iter().find(|file| file.path == path)
    }
}

impl PageFile {
    /// The name of this content, by which a browser asks whether it changed.
    pub fn etag(&self) -> String {
        let hash = digest(&SHA256, self.content.as_bytes());
        // 64 bits: two versions of a file must differ, and nobody else chooses the content.
        let hex: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the files name is there, and nothing is fetched from elsewhere.
    #[test]
    fn every_file_that_is_named_is_one_of_the_page() {
        for (page, file) in [&REGISTRY, &API].into_iter().flat_map(|page| page.0.iter().map(move |file| (page, file))) {
            for name in file.content.split(['"', '\'']).filter(|name| name.ends_with(".js") || name.ends_with(".css")) {
                let path = name.strip_prefix("./").map_or_else(|| name.to_owned(), |name| format!("/ui/{name}"));
                assert!(page.find(&path).is_some(), "{} names {name}", file.path);
            }
            assert!(!file.content.replace("http://www.w3.org/", "").contains("://"), "{}", file.path);
        }
    }

    #[test]
    fn page_is_small_and_its_files_differ() {
        for Page(files) in [&REGISTRY, &API] {
            let size: usize = files.iter().map(|file| file.content.len()).sum();
            // All of it is read with the first view, on a phone's connection too.
            assert!(size < 40 << 10, "{size} bytes");
            let mut etags: Vec<_> = files.iter().map(PageFile::etag).collect();
            etags.sort();
            etags.dedup();
            assert_eq!(etags.len(), files.len());
        }
    }
}
