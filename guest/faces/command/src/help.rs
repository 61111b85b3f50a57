//! What the command says of itself.

use ossicle_terms::Exit;

const VERBS: &str = "\
Certificates, locks and blobs in Alibaba Cloud OSS: the command `ossicle`, as far as it needs no files and runs no commands.

  cert store KEY [-n] [--allow-empty]    standard input
  cert load KEY                          standard output, once its checksum is that of OSS
  cert rm KEY [-r] [-f]
  cert ls [PREFIX] [-r] [-l]
  cert stat KEY
  cert exists KEY
  cert reencrypt [PREFIX]
  lock status NAME
  lock break NAME [-f]
  blob put PATH [-n] [--offset BYTES] [--content-type TYPE]      standard input, of any size
  blob cat PATH [--offset BYTES] [--length BYTES]                standard output, of any size
  blob stat PATH
  blob ls [PATH] [-l]
  blob walk [PATH] [-l]
  blob cp SOURCE DESTINATION [-n]
  blob mv SOURCE DESTINATION [-n]
  blob rm PATH [-r] [-f]
  blob url PATH [--head] [--expires TIME]
  blob uploads [PATH] [--older-than TIME [--remove]]
With -q what was done is not told.

Settings are variables of the environment:
  OSS_BUCKET, OSS_REGION [, OSS_ENDPOINT]
  OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET [, OSS_SESSION_TOKEN], or else
  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET [, ALIBABA_CLOUD_SECURITY_TOKEN], or else
  OSSICLE_CREDENTIALS=ecs-role: the role of the ECS instance
  OSSICLE_ADDRESSING, OSSICLE_ROOT, OSSICLE_SIGNATURE, OSSICLE_ACL, OSSICLE_LOCK_FOLDER
  OSSICLE_KEY_SET, the text of a key set, which encrypts certificates [, OSSICLE_CLEAR_VALUES]
    [, OSSICLE_KEY_ENCRYPTION_KEY_SET, OSSICLE_KEY_ENCRYPTION_ASSOCIATED_DATA]
  OSSICLE_CERT_STORAGE_CLASS, OSSICLE_CERT_SERVER_SIDE_ENCRYPTION [, OSSICLE_CERT_KMS_KEY_ID], of what is stored
  OSSICLE_PART_SIZE, OSSICLE_PARTS_IN_FLIGHT, OSSICLE_URL_ENDPOINT, OSSICLE_URL_ADDRESSING

";

/// How the command is used, in two parts: the verbs and settings, and the exit codes that all faces of the command share.
pub const HELP: [&str; 2] = [VERBS, Exit::CODES];
