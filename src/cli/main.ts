#!/usr/bin/env node
import { codeOf } from '../lib/errors.ts';
import { keepHeap } from './heap.ts';
import { main } from './program.ts';

keepHeap(process.argv[2] === 'run'); // the verb that trains in this process

// `dormouse list | head` closes the pipe, and a window is closed over a run: neither is an error. Who works saves first.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!['EPIPE', 'EIO'].includes(codeOf(error) ?? '')) throw error;
    if (!process.emit('SIGHUP', 'SIGHUP') && codeOf(error) === 'EPIPE') process.exit();
  });

process.exitCode = await main(process.argv);
