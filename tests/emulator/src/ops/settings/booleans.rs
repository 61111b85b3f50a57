//! Booleans of settings: the service takes them in any mixture of cases and gives them back in small letters.
//! (oss2's `test_public_access_block.py`, `test_website.py`, `test_lifecycle_versioning.py`.)

use crate::xml::Element;

/// The elements that hold a boolean, of all settings.
const NAMES: &[&str] = &[
    "AllowEmptyReferer",
    "AllowSmallFile",
    "AllowTruncateQueryString",
    "BlockPublicAccess",
    "Enable",
    "EnableReplacePrefix",
    "Enabled",
    "ExpiredObjectDeleteMarker",
    "IsAccessTime",
    "IsEnabled",
    "MirrorCheckMd5",
    "MirrorFollowRedirect",
    "MirrorPassOriginalSlashes",
    "MirrorPassQueryString",
    "MirrorProxyPass",
    "MirrorSaveOssMeta",
    "MirrorSNI",
    "MirrorSwitchAllErrors",
    "MirrorUserLastModified",
    "PassAll",
    "PassQueryString",
    "ResponseVary",
    "ReturnToStdWhenVisit",
    "SupportSubDir",
    "TruncatePath",
];

/// Spells every boolean of a document as the service does.
pub(super) fn spell(element: &mut Element) {
    if NAMES.contains(&element.name.as_str()) {
        let text = element.text.trim().to_ascii_lowercase();
        if matches!(text.as_str(), "true" | "false") {
            element.text = text;
        }
    }
    element.children.iter_mut().for_each(spell);
}
