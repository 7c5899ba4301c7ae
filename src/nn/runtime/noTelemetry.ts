/** Imported before onnxruntime-node, whose native library otherwise reports its use to its maker's servers. */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
