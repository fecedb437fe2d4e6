UPDATE rule_sets SET marks = '{"rest":"abc"}', changes = '["first set, 1 rules"]';
INSERT INTO rule_counts (hour, rule_id, live, shadow, fresh) VALUES (1785758400000, 'rest', 5, 1, 2);
INSERT INTO rule_faults (rule_id, mark, rule_set, first_at, last_at, count, error, mention_id, lifted_at,
    lifted_by) VALUES
  ('odd', 'abc', 'set-1', 1785758400000, 1785758400100, 2, 'KeyError', 1, 1785758400200, 'agent_demo');
INSERT INTO rule_pauses (rule_id, mark, paused_at, matched, allowed, resumed_at, resumed_by) VALUES
  ('rest', 'abc', 1785758400000, 101, 100, 1785758400100, 'agent_demo');
