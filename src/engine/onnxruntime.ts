/** onnxruntime-node, with its telemetry off and its log silent: for everybody in this kit. */
import '../lib/no-telemetry.ts';
import { env } from 'onnxruntime-node';
export * from 'onnxruntime-node';

env.logLevel = 'fatal'; // its errors are thrown; the log would say them again
