-- Rows as they were written when this was the newest migration, beside those of the ones before.
INSERT INTO "surveys" ("id", "name", "spec", "state", "created_at", "ended_at", "error_code", "error_message", "analysis_run", "report") VALUES
('00000000-0000-4000-8000-0000000000e1', 'sizes', '{"name": "sizes", "title": "Sizes", "dataset": "sample", "teacher": "elder@1", "beside": [], "seeds": [1], "training": {}, "threads": 1, "latencyReviews": 200, "grids": [{"name": "a", "question": "Does size matter?", "students": [{"network": "gru", "sizes": [8], "training": {}}], "targets": ["scratch", "soft"], "temperatures": [2], "hardLabelWeights": [0], "labelled": [{"reviews": null, "epochs": null}], "unlabelled": [0], "restUnlabelled": false, "training": {}, "published": []}]}',
  'cancelled', '2026-02-01T00:00:00Z', '2026-02-01T01:00:00Z', 'CANCELLED', 'The survey was cancelled.', NULL, NULL);
INSERT INTO "survey_runs" ("survey_id", "key", "run_id", "adopted") VALUES
('00000000-0000-4000-8000-0000000000e1', '24a543f907e1', '00000000-0000-4000-8000-00000000000b', true);
