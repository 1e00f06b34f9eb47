import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { codeOf, UserError } from '../../lib/errors.ts';
import { createApp } from './app.ts';
import type { AppOptions } from './app.ts';
import { expectKeyOrLoopback } from './hosts.ts';
import type { Served } from './answer.ts';
import { LIMITS } from './limits.ts';
import type { Limits } from './limits.ts';

export interface ServeOptions extends Omit<AppOptions, 'limits'> {
  /** 0: any that is free. */
  readonly port: number;
  readonly limits?: Partial<Limits>;
}

export interface Listening {
  /** `http://127.0.0.1:8000/v1` */
  readonly url: string;
  /** Takes nothing more, and waits so long for what is being answered; what is late then is told so and dropped. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves a model over HTTP, in OpenAI's protocol.
 *
 * @throws UserError where the address cannot be had, or other machines could reach it without a key.
 */
export async function startServer(served: Served, { port, ...options }: ServeOptions): Promise<Listening> {
  expectKeyOrLoopback(options);
  const limits = { ...LIMITS, ...options.limits };
  const app = await createApp(served, { ...options, limits });
  const server = await listen(app.fetch, options.host, port, limits);
  const { address, port: actual, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}/v1`,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      app.close();
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      const late = setTimeout(() => {
        app.abort();
        // what an aborted request is told still has to be sent
        setTimeout(() => server.closeAllConnections(), 100);
      }, graceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(late);
    },
  };
}

function listen(fetch: (request: Request) => Response | Promise<Response>, host: string, port: number, limits: Limits) {
  return new Promise<Server>((resolve, reject) => {
    const serverOptions = {
      requestTimeout: limits.receiveMs,
      headersTimeout: limits.receiveMs / 3,
      connectionsCheckingInterval: limits.receiveMs / 10,
    };
    const server = serve({ fetch, hostname: host, port, serverOptions }, () => resolve(server)) as Server;
    server.maxConnections = limits.connections;
    // a client that stops reading its answer is dropped some time after the answer's own limit
    server.setTimeout(limits.answerMs + limits.receiveMs);
    server.on('error', (error) => reject(cannotListen(error, host, port)));
  });
}

function cannotListen(error: Error, host: string, port: number): Error {
  const problems: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something else listens there; give another --port (0: any that is free)',
    EACCES: 'you may not use that port; give one above 1023',
    EADDRNOTAVAIL: 'that is no address of this machine; give --host 127.0.0.1',
    ENOTFOUND: 'there is no such host; give --host 127.0.0.1',
  };
  const problem = problems[codeOf(error) ?? ''];
  return problem ? new UserError(`cannot listen on ${host}:${port}: ${problem}`) : error;
}
