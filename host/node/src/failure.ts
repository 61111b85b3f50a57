/** What Node says of a connection, as WASI's error codes: by them a component tells what was sent from what was not. */

import { HttpError } from '@bytecodealliance/preview3-shim/http';

const CODES: Record<string, string> = {
  EAI_AGAIN: 'DNS-timeout',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-terminated',
  EHOSTUNREACH: 'destination-IP-unroutable',
  ENETUNREACH: 'destination-IP-unroutable',
  ENOTFOUND: 'destination-not-found',
  EPIPE: 'connection-terminated',
  // By Node itself, where the kernel gives a connection up before the time to connect is over.
  ETIMEDOUT: 'connection-timeout',
  CERT_HAS_EXPIRED: 'TLS-certificate-error',
  CERT_NOT_YET_VALID: 'TLS-certificate-error',
  CERT_REVOKED: 'TLS-certificate-error',
  CERT_UNTRUSTED: 'TLS-certificate-error',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS-certificate-error',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS-certificate-error',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS-certificate-error',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS-certificate-error',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS-certificate-error',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS-certificate-error',
};

export function failure(error: unknown): HttpError {
  if (error instanceof HttpError) {
    return error;
  }
  // One of several addresses that were tried.
  const one = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = (one as NodeJS.ErrnoException | undefined)?.code;
  const known = typeof code === 'string' ? CODES[code] : undefined;
  if (known !== undefined) {
    return new HttpError(known);
  }
  if (typeof code === 'string' && code.startsWith('HPE_')) {
    return new HttpError('HTTP-protocol-error');
  }
  return new HttpError('internal-error', undefined, String(one));
}
