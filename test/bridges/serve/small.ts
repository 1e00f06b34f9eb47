import OpenAI from 'openai';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Generator } from '../../../src/nn/models/generate.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import { startServer } from '../../../src/bridges/serve/index.ts';
import type { Listening, ServeOptions } from '../../../src/bridges/serve/index.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';
import type { ChatTokenizer } from '../../../src/world/tokenizer/load.ts';

export const NAME = 'tiny/organism';

export interface Small {
  readonly generator: Generator;
  readonly tokenizer: ChatTokenizer;
  dispose(): Promise<void>;
}

/** A model of a few thousand parameters whose next token depends on the whole prefix, over 300 tokens. */
export async function smallModel(nPositions = 96): Promise<Small> {
  const tokenizer = await trainTokenizer(['What is 12 + 30? The answer is 42.', 'Où est la bibliothèque ? 🙂'], {
    vocabSize: 300,
  });
  const model = models.gpt2.create(
    models.gpt2.params.parse({ nLayer: 2, nHead: 2, nEmbd: 16, nPositions }),
    tokenizer.vocabSize,
  );
  const parameters = Object.entries(initParameters(model, createRng(5))).map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((x) => x * (shape.length > 1 ? 10 : 1)) },
  ]);
  const engine = await createEngine({ threads: 1 });
  const state = engine.createState(Object.fromEntries(parameters));
  return {
    tokenizer,
    generator: { engine, model, state },
    async dispose() {
      state.dispose();
      await engine.dispose();
    },
  };
}

export interface Serving extends Listening {
  readonly client: OpenAI;
  /** What went wrong inside. */
  readonly failures: unknown[];
}

export async function serveSmall(small: Small, options: Partial<ServeOptions> = {}): Promise<Serving> {
  const failures: unknown[] = [];
  const server = await startServer(
    { name: NAME, ...small },
    { host: '127.0.0.1', port: 0, seed: 1, now: Date.now, onFailure: (error) => failures.push(error), ...options },
  );
  return {
    ...server,
    failures,
    client: new OpenAI({ baseURL: server.url, apiKey: options.apiKey ?? 'none', maxRetries: 0 }),
  };
}

/** A request as it stands, answered with status and JSON. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{
  status: number;
  json: Record<string, never> & { error: { message: string; type: string; param: string | null; code: string | null } };
}> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as never };
}
