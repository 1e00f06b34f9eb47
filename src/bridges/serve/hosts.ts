import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { UserError } from '../../lib/errors.ts';
import { ApiError } from './api-error.ts';

/** Who may ask: those that mean this server by the name that they call it. */
export interface Door {
  /** An address of this machine, or a name of one. */
  readonly host: string;
  /** Other names that the server answers to. */
  readonly allowHosts?: readonly string[];
  /** Asked of every request but those to /health, where it is given. */
  readonly apiKey?: string | undefined;
}

const isLoopback = (name: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(name);

/** @throws UserError (exit code 2) where other machines could ask without a key. */
export function expectKeyOrLoopback({ host, apiKey }: Door): void {
  if (apiKey === undefined && !isLoopback(host))
    throw new UserError(
      `--host ${host} lets other machines in, and anybody there could use the model; ` +
        'add --api-key VARIABLE, or listen on 127.0.0.1',
      2,
    );
}

/**
 * Refuses what is meant for somebody else, and what another site's page sends: whoever owns a name can point it at this machine,
 * and browsers then take the server for a part of their site (DNS rebinding). A number cannot be pointed elsewhere.
 */
export function expectHost({ host, allowHosts = [] }: Door): MiddlewareHandler {
  const names = [host, ...allowHosts].flatMap(
    (name) => nameIn(`http://${isIP(name) === 6 ? `[${name}]` : name}`) ?? [],
  );
  const takesNumbers = ['0.0.0.0', '::'].includes(host);
  const isOurs = (name: string | undefined): name is string =>
    name !== undefined &&
    (isLoopback(name) || names.includes(name) || (takesNumbers && isIP(name.replace(/[[\]]/g, '')) > 0));
  return async (context, next) => {
    const asked = context.req.header('host') ?? '';
    const origin = context.req.header('origin');
    const refused = !isOurs(nameIn(`http://${asked}`))
      ? `this server is not ${asked.slice(0, 80) || '(no Host)'}; --allow-host NAME lets it answer to a name`
      : origin !== undefined && !isOurs(nameIn(origin))
        ? `pages of ${origin.slice(0, 80)} may not ask this server; --allow-host NAME lets those of a host`
        : undefined;
    if (refused !== undefined) throw new ApiError(403, refused, { code: 'host_not_allowed' });
    await next();
  };
}

/** Of a URL: the host's name in lower case, without its port. */
const nameIn = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined);
