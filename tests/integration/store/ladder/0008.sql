UPDATE drafts SET said_at = 1785758100000, answer_by = 1785844800000, lane = 'appreciation', rank = 3,
  unhappiness = 0.01, reach = 12000, first_reader = 'agent_demo', woke_because = 'they wrote again';
INSERT INTO variants (draft_id, number, text, missing) VALUES (6, 2, 'Thank you!', '["name"]');
INSERT INTO writings (draft_id, person, text, version, saved_at) VALUES
  (6, 'agent_demo', 'half a word', 1, 1785758400000);
INSERT INTO presence (draft_id, person, seen_at, typed_at) VALUES (6, 'agent_demo', 1785758400000, 1785758400000);
INSERT INTO claims (draft_id, person, since, until) VALUES (6, 'agent_demo', 1785758400000, 1785758700000);
INSERT INTO preferences (person, "values", changed_at) VALUES ('agent_demo', '{"undo":30}', 1785758400000);
INSERT INTO views (owner, name, query, made_by, made_at) VALUES
  (NULL, 'Worst first', 'feeling:unhappy', 'agent_demo', 1785758400000);
