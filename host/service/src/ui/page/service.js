// Reads from the API as the bearer of a token.

/** Reads a path. The error of what can't be read says why in words. */
export async function read(token, path) {
  let response;
  try {
    response = await fetch(new URL(path, location.origin), { headers: { Authorization: `Bearer ${token}` } });
  } catch {
    throw new Error('The service can\'t be reached.');
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Error(`${said.title ?? 'The service answered'} (${response.status})${said.detail ? `: ${said.detail}` : ''}.`);
}

/** Reads a path whose answer is JSON. */
export async function readDocument(token, path) {
  return (await read(token, path)).json();
}
