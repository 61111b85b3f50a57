use serde::Deserialize;

/// Where the bucket's name stands in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Addressing {
    /// Path style when the endpoint's host is an IP address or `localhost`, virtual-hosted otherwise.
    #[default]
    Automatic,
    /// `https://<bucket>.<endpoint>/<key>`: the only style OSS's public hosts serve.
    VirtualHosted,
    /// `https://<endpoint>/<bucket>/<key>`. An object whose name leads above the bucket, such as `../x`, can't be reached.
    Path,
    /// `https://<endpoint>/<key>`, the endpoint being a domain bound to the bucket. Needs [`Endpoint::Custom`].
    ///
    /// [`Endpoint::Custom`]: crate::Endpoint::Custom
    CustomDomain,
}
