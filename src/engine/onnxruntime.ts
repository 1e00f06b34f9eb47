/** onnxruntime-node, with its telemetry off: for everybody in this kit. */
import '../lib/no-telemetry.ts';
export * from 'onnxruntime-node';
