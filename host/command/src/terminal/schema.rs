//! What `--json` prints, told in the help. Tests hold every command against it.

/// For `--help`, before the documents of the command's own.
pub const HELP: &str = "\
JSON (--json): one document on standard output. A failure is one document on standard error, and so are warnings, with the
failure where there is one; a log that -v asks for stands on lines of its own before it. Names are in snake_case. What is
not known or does not apply is left out: nothing is null. Sizes are in bytes, times in RFC 3339 and UTC.
  standard error  {error?: {kind, message, retryable, action?, key?, lock?, holder?: {owner, token, remaining_ms}, field?,
                  origin?, config?, oss?: {status, code?, ec?, request_id?, message?, endpoint?}, cause?,
                  hints?: [text]}, warnings?: [text]}";

/// The documents of `ossicle cert`.
pub const CERT: &str = "\
  cert store      {key, size}
  cert load       {key, size, text | base64 | file, protection?: {sealed, key?, primary?}}
  cert rm         {key, removed}
  cert ls         {entries: [{key, kind?, size?, modified?}], left_out}
  cert stat       {key, kind, size?, modified, protection?: {sealed, key?, primary?}}
  cert exists     {key, exists}
  cert reencrypt  {current, reencrypted: {from_clear, from_another_key}, failed: [{key, error, retryable}]}";

/// The documents of `ossicle blob`.
pub const BLOB: &str = "\
  blob get        {path, size, file}
  blob put        {path, size, written}
  blob stat       {path, kind, size?, modified?}
  blob ls         {entries: [{path, kind?, size?, modified?}], left_out?, next?}
  blob walk       {path, kind, size?, modified?}, one on each line
  blob cp         {source, destination}
  blob mv         {source, destination}
  blob rm         {path | paths: [text], removed}
  blob url        {path, url, expires}, the time it holds in seconds
  blob uploads    {path, upload_id, initiated, removed}, one for each upload, on a line of its own";

/// The documents of `ossicle lock`.
pub const LOCK: &str = "\
  lock status     {lock, state, object, length, holder?: {owner, token, remaining_ms}, last_token?, remaining_ms?}
  lock break      {lock, broken, token?}";

/// The documents of `ossicle keyset`.
pub const KEYSET: &str = "\
  keyset info     {primary, keys: [{id, type, status, prefix, primary}]}
  keyset create   {file, key, primary}, and so for add, rotate, promote, disable and enable";

/// The documents of `ossicle serve`.
pub const SERVE: &str = "\
  serve           {url, tenant?, token?}, once it listens; the last two without a config
  serve token     {token, id, sha256, rights: [text], config}";

/// The documents of `ossicle registry`.
pub const REGISTRY: &str = "\
  registry        {url, emulator}, once it listens
  registry check  {repositories, tags, manifests, layers, blobs, size, broken, danger, untidy, findings: [{finding, severity, message}]}
  registry gc     {dry_run, untagged?: [{repository, digest}], blobs: {count, size}, garbage: {count, size}, rescued: {count, size},
                  deleted: {count, size}, left: {count, size}, without_blob: [text], unreadable: [text], not_deleted: [{path, reason}]}
  registry purge  {dry_run, folders: [text], uploads: [{path, upload_id}], not_deleted: [{path, reason}]}
  registry tags   {repositories: [{name, tags?: [text]}]}
  registry rm     {repository, reference, removed}";
