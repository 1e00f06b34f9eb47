import { expect, it, vi } from 'vitest';
import { downloadRepo } from '../../../src/bridges/hub/index.ts';

vi.mock('@huggingface/hub', () => {
  throw new Error('Cannot find package');
});

it('without the hub’s client a download says what to install', async () => {
  const download = downloadRepo({
    ...{ repo: 'owner/tiny', type: 'model', signal: new AbortController().signal },
    env: { HF_ENDPOINT: 'http://127.0.0.1:9', HOME: '/nonexistent' },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  await expect(download).rejects.toThrow(
    /^downloads need the package @huggingface\/hub, which is not installed; run: npm install @huggingface\/hub$/,
  );
});
