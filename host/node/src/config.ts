/** A bucket, how to reach it and who asks, as callers write it. */

import type * as wit from './components/certificates/interfaces/ossicle-storage-types.js';
import { seconds, wholeOr } from './numbers.js';

/** An access key. */
export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string;
}

/** An access key that holds for a while. */
export interface TemporaryCredentials extends Credentials {
  /** When it ceases to hold. Without it, it is used until OSS refuses it. */
  expires?: Date;
}

/** Where credentials come from: an access key that never changes, or one of the other sources. */
export type CredentialSource =
  | Credentials
  | ({ source: 'ecs-role' } & Partial<wit.EcsRole>)
  | ({ source: 'oidc-role' } & wit.OidcRole)
  /** The program hands them over with `supplyCredentials`. */
  | { source: 'host' };

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** Until a connection stands. Default 5 000. */
  connect?: number;
  /** From the request's end to the first byte of the answer. Default 20 000. */
  firstByte?: number;
  /** Between two pieces of an answer's body. Default 20 000. */
  betweenBytes?: number;
  /** For a whole request with all its attempts. Default 60 000. */
  operation?: number;
}

const NAMED = ['public', 'internal', 'dual-stack', 'accelerate', 'accelerate-overseas'] as const;

/** One of OSS's hosts, or a host given in full: `host:port`, `http://host:port`. */
export type Endpoint = (typeof NAMED)[number] | (string & {});

/** A bucket, how to reach it and who asks. */
export interface Config {
  bucket: string;
  /** `cn-hangzhou`. */
  region: string;
  /** Default `public`. */
  endpoint?: Endpoint;
  /** Where the bucket's name stands in a request. Default `automatic`. */
  addressing?: wit.Addressing;
  /** HTTPS or plain HTTP. Default: as the endpoint's scheme says, HTTPS where there is none. */
  secure?: boolean;
  /** A prefix that stands before every key. */
  root?: string;
  /** Default `v4`. */
  signature?: wit.SignatureVersion;
  credentials: CredentialSource;
  /** RAM roles that are taken on one after the other. */
  roles?: wit.AssumedRole[];
  timeouts?: Timeouts;
  /** How often a request is sent at most. Default 3. */
  attempts?: number;
  /** The ACL of what is written. Default `private`. */
  acl?: wit.ObjectAcl;
}

export function toConfig(config: Config): wit.Config {
  const timeouts = config.timeouts ?? {};
  return {
    ...config,
    endpoint: config.endpoint === undefined ? undefined : toEndpoint(config.endpoint),
    credentials: toSource(config.credentials),
    roles: config.roles ?? [],
    timeouts: {
      connect: wholeOr(timeouts.connect, 'timeouts.connect'),
      firstByte: wholeOr(timeouts.firstByte, 'timeouts.firstByte'),
      betweenBytes: wholeOr(timeouts.betweenBytes, 'timeouts.betweenBytes'),
      operation: wholeOr(timeouts.operation, 'timeouts.operation'),
    },
  };
}

export function toEndpoint(endpoint: Endpoint): wit.Endpoint {
  const named = NAMED.find((name) => name === endpoint);
  return named === undefined ? { tag: 'custom', val: endpoint } : { tag: named };
}

export function toTemporary({ expires, ...credentials }: TemporaryCredentials): wit.TemporaryCredentials {
  return { credentials, expires: expires === undefined ? undefined : seconds(expires, 'expires') };
}

function toSource(source: CredentialSource): wit.CredentialSource {
  if (!('source' in source)) {
    return { tag: 'fixed', val: source };
  }
  switch (source.source) {
    case 'ecs-role':
      return { tag: 'ecs-role', val: { ...source, hardenedOnly: source.hardenedOnly ?? false } };
    case 'oidc-role':
      return { tag: 'oidc-role', val: source };
    case 'host':
      return { tag: 'host' };
  }
}
