-- Rows as they were written when this was the newest migration.
INSERT INTO "models" ("name", "last_version") VALUES ('elder', 1), ('small', 3);
INSERT INTO "model_versions" ("name", "version", "card", "root", "path", "size_bytes", "run_id", "created_at") VALUES
('elder', 1, '{
  "name": "elder", "version": 1, "architecture": "bert-2x16",
  "spec": {"kind": "bert", "vocabularySize": 300, "hiddenSize": 16, "layers": 2, "heads": 2, "intermediateSize": 32, "maxPositions": 64, "typeVocabularySize": 2, "layerNormEpsilon": 1e-12, "dropout": 0.1, "pooling": "cls"},
  "parameters": 12000, "maxTokens": 64, "tokenizer": {"kind": "wordpiece", "vocabularySize": 300},
  "dataset": {"name": "sample", "fingerprint": "abc"}, "method": "teacher", "parentTeacher": null, "temperature": null, "seed": 1,
  "training": {"epochs": 2}, "engine": "onnx",
  "metrics": {"validation": {"reviews": 100, "accuracy": 0.9, "precision": 0.9, "recall": 0.9, "f1": 0.9, "calibrationError": 0.03}, "test": null},
  "origin": null, "licence": null, "createdAt": "2026-01-01T00:00:00.000Z"
}', 'data', 'elder/1', 48000, '00000000-0000-4000-8000-00000000000a', '2026-01-01T00:10:00.123456Z'),
('small', 3, '{
  "name": "small", "version": 3, "architecture": "gru-8",
  "spec": {"kind": "gru", "vocabularySize": 100, "embeddingSize": 4, "hiddenSize": 8, "dropout": 0},
  "parameters": 1000, "maxTokens": 32, "tokenizer": {"kind": "word", "vocabularySize": 100},
  "dataset": {"name": "sample", "fingerprint": "abc"}, "method": "distilled", "parentTeacher": "elder@1", "temperature": 2, "seed": 7,
  "training": {}, "engine": "onnx", "metrics": {"validation": null, "test": null},
  "origin": null, "licence": null, "createdAt": "2026-01-02T00:00:00.000Z"
}', 'data', 'small/3', 4000, NULL, '2026-01-02T00:00:00Z');
INSERT INTO "model_aliases" ("alias", "name", "version", "updated_at") VALUES
('teacher', 'elder', 1, '2026-01-01T00:10:00.123456Z'),
('champion', 'small', 3, '2026-01-03T00:00:00Z');
INSERT INTO "runs" ("id", "kind", "config", "used_models", "state", "created_at", "started_at", "ended_at", "error_code", "error_message", "model_name", "model_version", "report", "last_sequence") VALUES
('00000000-0000-4000-8000-00000000000a', 'teacher', '{"kind": "teacher", "name": "elder", "dataset": "sample", "checkpoint": null, "encoder": {"layers": 2, "hiddenSize": 16, "heads": 2, "intermediateSize": 32}, "epochs": 2, "batchSize": 32, "learningRate": 5e-5, "warmup": 0.1, "weightDecay": 0.01, "clipNorm": 1, "dropout": 0.1, "seed": 1, "maxTokens": 64, "trainReviews": null, "threads": null}',
  '[]', 'succeeded', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:10:00Z', NULL, NULL, 'elder', 1, NULL, 3),
('00000000-0000-4000-8000-00000000000b', 'student', '{"kind": "student", "name": "gone", "dataset": "no-such", "architecture": "gru-8", "vocabularySize": 20000, "embeddingSize": 64, "epochs": 3, "batchSize": 64, "learningRate": 0.001, "warmup": 0.1, "weightDecay": 0, "clipNorm": 1, "dropout": 0.2, "seed": 1, "maxTokens": 256, "trainReviews": null, "threads": null}',
  '[]', 'failed', '2026-01-01T01:00:00Z', '2026-01-01T01:00:01Z', '2026-01-01T01:00:02Z', 'NOT_FOUND', 'There is no dataset "no-such".', NULL, NULL, NULL, 2),
('00000000-0000-4000-8000-00000000000c', 'benchmark', '{"kind": "benchmark", "models": ["elder@1", "small@3"], "dataset": "sample", "split": "test", "reviews": null, "latencyReviews": 200, "batchSize": 32, "threads": null, "seed": 1}',
  '["elder@1", "small@3"]', 'succeeded', '2026-01-01T02:00:00Z', '2026-01-01T02:00:01Z', '2026-01-01T02:00:09Z', NULL, NULL, NULL, NULL,
  '{"dataset": "sample", "split": "test", "reviews": 100, "machine": "a machine", "threads": 2, "entries": [{"model": "small", "version": 3, "architecture": "gru-8", "method": "distilled", "parameters": 1000, "fileBytes": 4000, "metrics": {"reviews": 100, "accuracy": 0.8, "precision": 0.8, "recall": 0.8, "f1": 0.8, "calibrationError": 0.05}, "latency": {"samples": 200, "p50Ms": 0.25, "p95Ms": 0.5, "p99Ms": 0.75, "meanMs": 0.3}, "reviewsPerSecond": 4000}]}', 2),
('00000000-0000-4000-8000-00000000000d', 'distillation', '{"kind": "distillation", "name": "later", "dataset": "sample", "architecture": "gru-8", "vocabularySize": 20000, "embeddingSize": 64, "epochs": 3, "batchSize": 64, "learningRate": 0.001, "warmup": 0.1, "weightDecay": 0, "clipNorm": 1, "dropout": 0.2, "seed": 1, "maxTokens": 256, "trainReviews": null, "threads": null, "teacher": "elder", "temperature": 2, "hardLabelWeight": 0, "unlabelledReviews": 0, "hardLabelEpochs": 0}',
  '["elder@1"]', 'queued', '2026-01-01T03:00:00Z', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1);
INSERT INTO "progress_events" ("run_id", "sequence", "at", "phase", "state", "epoch", "step", "total", "loss", "message") VALUES
('00000000-0000-4000-8000-00000000000a', 1, '2026-01-01T00:00:00Z', 'queued', 'queued', NULL, NULL, NULL, NULL, NULL),
('00000000-0000-4000-8000-00000000000a', 2, '2026-01-01T00:05:00Z', 'training', 'running', 1, 5, 10, 0.6931471805599453, NULL),
('00000000-0000-4000-8000-00000000000a', 3, '2026-01-01T00:10:00Z', 'ended', 'succeeded', NULL, NULL, NULL, NULL, 'Published elder@1.'),
('00000000-0000-4000-8000-00000000000b', 1, '2026-01-01T01:00:00Z', 'queued', 'queued', NULL, NULL, NULL, NULL, NULL),
('00000000-0000-4000-8000-00000000000b', 2, '2026-01-01T01:00:02Z', 'ended', 'failed', NULL, NULL, NULL, NULL, 'There is no dataset "no-such".'),
('00000000-0000-4000-8000-00000000000c', 1, '2026-01-01T02:00:00Z', 'queued', 'queued', NULL, NULL, NULL, NULL, NULL),
('00000000-0000-4000-8000-00000000000c', 2, '2026-01-01T02:00:09Z', 'ended', 'succeeded', NULL, NULL, NULL, NULL, 'Models measured: 1.'),
('00000000-0000-4000-8000-00000000000d', 1, '2026-01-01T03:00:00Z', 'queued', 'queued', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "run_epochs" ("run_id", "position", "phase", "epoch", "loss", "validation") VALUES
('00000000-0000-4000-8000-00000000000a', 0, 'training', 1, 0.5, '{"reviews": 100, "accuracy": 0.85, "precision": 0.8, "recall": 0.9, "f1": 0.85, "calibrationError": 0.04}'),
('00000000-0000-4000-8000-00000000000a', 1, 'training', 2, 0.25, NULL);
