/**
 * Reads a folder of weights and writes it again in every type: the other half of check_weights.py.
 *
 *     npx tsx scripts/interop/weights.ts FROM TO
 *
 * Writes TO/float32, TO/float16 and TO/bfloat16, the last in shards.
 */
import path from 'node:path';
import { readWeights, writeWeights } from '../../src/nn/checkpoints/weights.ts';

const [from = '', to = ''] = process.argv.slice(2);
const parameters = readWeights(from);
writeWeights(path.join(to, 'float32'), parameters);
writeWeights(path.join(to, 'float16'), parameters, { dtype: 'float16' });
writeWeights(path.join(to, 'bfloat16'), parameters, { dtype: 'bfloat16', maxShardBytes: 200_000 });
