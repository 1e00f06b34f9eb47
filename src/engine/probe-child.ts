/** The process that opens a device, so that no driver can bring another one down. Started by probe.ts. */
import * as ort from './onnxruntime.ts';
import { messageOf } from '../lib/errors.ts';
import type { Answer } from './probe.ts';
import { createCopy } from './device-state.ts';

const answer = (message: Answer): void => void process.send?.(message);

process.on('disconnect', () => process.exit()); // whoever asked is gone
try {
  const session = await createCopy('cpu');
  await session.run({ x: new ort.Tensor(Float32Array.of(1), [1]) });
  answer({ opened: true });
  if (process.argv[2] === 'timed') {
    const { timeTrial } = await import('./trial.ts');
    answer({ msPerStep: await timeTrial({ provider: 'webgpu' }, () => performance.now()) });
  }
} catch (error) {
  // `FILE:LINE FUNCTION CONDITION was false. WHAT`: the last is for people
  answer({
    reason: messageOf(error)
      .replace(/^[^]* was false\. /, '')
      .trim(),
  });
}
process.disconnect();
