#!/usr/bin/env node
import { codeOf } from '../lib/errors.ts';
import { main } from './program.ts';

// `dormouse list | head` closes the pipe: that is no error
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') process.exit();
    throw error;
  });

process.exitCode = await main(process.argv);
