//! What the help says of the settings.

/// For `--help`.
pub const HELP: &str = "\
Credentials come from the first of these that is there, in the order of Alibaba Cloud's libraries:
  OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET [, OSS_SESSION_TOKEN]
  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET [, ALIBABA_CLOUD_SECURITY_TOKEN]
  ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE
    [, ALIBABA_CLOUD_ROLE_SESSION_NAME, ALIBABA_CLOUD_STS_REGION, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED]
  [credentials] in the config file
  ~/.aliyun/config.json, the profile ALIBABA_CLOUD_PROFILE or the current one, of any mode but External
    [ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true passes it over]
  ALIBABA_CLOUD_CREDENTIALS_FILE, ~/.alibabacloud/credentials.ini or ~/.alibabacloud/credentials
  the RAM role of the ECS instance, ALIBABA_CLOUD_ECS_METADATA or the one it has
    [ALIBABA_CLOUD_ECS_METADATA_DISABLED=true, ALIBABA_CLOUD_IMDSV1_DISABLED=true]
  ALIBABA_CLOUD_CREDENTIALS_URI
Over plain HTTP only this machine and the metadata service's address are asked for credentials.
What is empty of these is passed over.
--credentials SOURCE names one; ram-role takes on role-arn of the config file with the access key. The access key has no flag: a command line is seen by everybody on the machine and kept in the shell's history.
For the rest a flag counts before an environment variable, and that before the config file: the one of --config or
OSSICLE_CONFIG, or else ossicle/ossicle.toml in the user's config folder. Nothing is taken from the working directory unless it is named. Relative paths in the file begin at its folder. -v and errors name the file.
OSSICLE_KEY_SET and OSSICLE_KEY_ENCRYPTION_KEY_SET are key sets by their text, in place of files.
HTTPS trusts the authorities that Mozilla and the operating system trust; SSL_CERT_FILE names others.
HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name a proxy, http://[USER:PASSWORD@]HOST:PORT, and NO_PROXY the hosts, with all below
them, and networks that it is not for. An https:// endpoint is reached in a tunnel, with TLS from end to end. This machine and
the metadata service are never reached through a proxy.

A config file:
  bucket = \"my-certificates\"
  region = \"cn-hangzhou\"
  endpoint = \"internal\"          # or public, dual-stack, accelerate, or a host; one that is bound
                                 # to the bucket with addressing = \"custom-domain\"
  root = \"production\"            # keys are kept below this prefix
  acl = \"private\"                # or default: the bucket's own
  [credentials]                  # then: chmod 600
  access-key-id = \"...\"
  access-key-secret = \"...\"
  [encryption]
  key-set-file = \"keys.json\"     # made by `ossicle keyset create`; beside the config file
  [certificates]
  storage-class = \"standard\"     # how OSS keeps them; server-side-encryption = \"aes256\"
  [timeouts]
  operation = \"30s\"
  [locks]
  lease = \"30s\"                  # how long a holder that died blocks a lock";
