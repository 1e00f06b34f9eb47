/**
 * Runs before the install scripts of any dependency, when the kit is installed as a package. onnxruntime-node's own
 * script fetches its CUDA libraries from another server than the registry, and fails the whole installation where that cannot be reached;
 * it lets be what is there already. So that installing needs the registry alone, empty files stand in for the three
 * libraries. Who wants CUDA runs what `dormouse doctor` says, which puts the real ones in their place.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

try {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const folder = path.join(path.dirname(main), 'bin/napi-v6/linux/x64');
  for (const provider of process.platform === 'linux' && process.arch === 'x64' ? ['cuda', 'shared', 'tensorrt'] : []) {
    const file = path.join(folder, `libonnxruntime_providers_${provider}.so`);
    if (!existsSync(file)) writeFileSync(file, '');
  }
} catch (error) {
  console.error(
    `dormouse: could not prepare onnxruntime-node (${error instanceof Error ? error.message : error}); ` +
      'if its install script fails, set ONNXRUNTIME_NODE_INSTALL=skip and install again',
  );
}
