import { defineConfig } from 'vitest/config';

/** Which tests are in which tier is told by their names; test/README.md says what belongs where. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: 'test/suite.ts',
    setupFiles: 'test/tokenizers.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.long.test.ts', 'test/slow/**'],
          isolate: false, // loading the kit anew for every file would take a third of the time
        },
      },
      { extends: true, test: { name: 'long', include: ['test/**/*.long.test.ts'], testTimeout: 240_000 } },
      {
        extends: true,
        test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 1_800_000, maxWorkers: 1 },
      },
    ],
  },
});
