UPDATE mentions SET praise = 0.25, reason = 'billing', flags = '{"tender":false,"human":true}' WHERE id = 1;
INSERT INTO verdicts (mention_id, is_unhappy, is_praise, source, at, "by") VALUES
  (3, false, true, 'approval', 1785758400800, 'agent_demo');
INSERT INTO site_models (version, made_at, state, weights, figures, made_by, note) VALUES
  ('site-1', 1785758400000, 'retired', NULL, '{"auc":0.9}', 'engagebot', 'the first');
