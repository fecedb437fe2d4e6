UPDATE mentions SET fingerprint = 3545288423224803204, copy_of = 1, checked_at = 1785758999999,
  redacted_at = 1785759000000 WHERE id = 10;
UPDATE customers SET opted_out_at = 1785758400300 WHERE id = 2;
INSERT INTO reads (day, connector, watch, unit, count) VALUES ('2026-08-03', 'fake', 'talk', 'posts', 41);
INSERT INTO coverage (watch, kind, from_at, until_at, reason, noted_at, healed_at) VALUES
  ('talk', 'heard', 1785758000000, 1785758400000, NULL, 1785758400000, NULL),
  ('talk', 'gap', 1785757000000, 1785758000000, 'the listing ended', 1785758400000, 1785758500000);
INSERT INTO mutes (source, kind, key, muted_by, muted_at) VALUES
  ('fake', 'author', 'maple_9_demo', 'agent_demo', 1785758400000);
