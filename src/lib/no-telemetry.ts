/**
 * Imported before onnxruntime-node: the binary of 1.30 keeps a database of its use, and a device id, under the user's cache
 * folder, and holds the address of a collector. It looks at this when it is loaded. Whoever set it has the last word.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
