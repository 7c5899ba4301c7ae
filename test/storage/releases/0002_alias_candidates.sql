-- Rows as they were written when this was the newest migration, beside those of the ones before.
INSERT INTO "alias_candidates" ("alias", "name", "version", "share", "shadow", "since") VALUES
('champion', 'elder', 1, 0.05, true, '2026-03-01T00:00:00Z');
