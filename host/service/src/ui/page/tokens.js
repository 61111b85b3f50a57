// Tokens, for a registry that takes no passwords but sends its clients to a token server. (For passwords the browser asks by
// itself.) User and password stay in this script's memory, and are sent to the token server alone.

/** For how long a token is used again, in milliseconds: less than the minute that every token holds. */
const LIFETIME = 50_000;

let authorization = '';
const tokens = new Map();

/** The parts of a challenge for a token; `null` where another thing is asked for. */
export function parse(challenge) {
  if (!/^bearer /i.test(challenge)) return null;
  const parts = [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const { realm = '', service = '', scope = '' } = Object.fromEntries(parts);
  return { realm, service, scope };
}

/** Takes a user and a password for what is asked from now on. */
export function signIn(user, password) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  tokens.clear();
}

/** The token for a challenge, for whoever signed in or else for anybody; nothing where the token server gives none. */
export async function get({ realm, service, scope }, signal) {
  const key = `${service} ${scope}`;
  const known = tokens.get(key);
  if (known !== undefined && Date.now() < known.until) return known.token;
  const url = new URL(realm);
  url.searchParams.set('service', service);
  if (scope !== '') url.searchParams.set('scope', scope);
  // Without the browser's own credentials, for which it would ask in a window of its own.
  const headers = authorization === '' ? {} : { Authorization: authorization };
  const response = await fetch(url, { signal, credentials: 'omit', headers });
  if (!response.ok) return '';
  const { access_token: other = '', token = other } = await response.json();
  tokens.set(key, { token, until: Date.now() + LIFETIME });
  return token;
}
