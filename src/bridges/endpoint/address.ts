import { UserError } from '../../lib/errors.ts';

/** Where an endpoint is, and which of its models is asked. */
export interface Address {
  /** Up to and including `/v1`, without a slash at its end. */
  readonly url: string;
  /** Absent: the only one that it serves. */
  readonly model?: string;
}

const EXAMPLE = 'openai:http://127.0.0.1:8000/v1#my-model';

/**
 * `URL#MODEL`, as in `https://api.example.com/v1#my-model`. What stands after the first `#` is the model's name, slashes and all.
 *
 * @throws UserError (exit code 2) for anything else, and for a URL that holds a key: keys belong in the environment.
 */
export function parseAddress(text: string): Address {
  const at = text.indexOf('#');
  const [base, model] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()];
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UserError(`not an endpoint's address: ${base}; give http(s)://HOST/v1#MODEL, as in ${EXAMPLE}`, 2);
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw new UserError(
      `an endpoint's address holds no keys and no query: ${url.origin}${url.pathname}; put the key into an environment variable (--key-env NAME)`,
      2,
    );
  return { url: (url.origin + url.pathname).replace(/\/+$/, ''), ...(model !== '' && { model }) };
}

/** Is this a server on the same machine? */
const isLoopback = (url: string): boolean => {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
};

/** Would a key sent there be readable on the way? */
export const isInTheClear = (url: string): boolean => url.startsWith('http:') && !isLoopback(url);
