UPDATE drafts SET approved_for = 'cd34' WHERE id = 6;
INSERT INTO breakers (source, failures, opened_at, probe_at, reason) VALUES
  ('fake', 5, 1785758400000, 1785758430000, 'the platform does not answer');
INSERT INTO shut_channels (channel, shut_at, reason, mark) VALUES
  ('webhook:crm', 1785758400000, 'it says that it is gone for good', 'ab12');
INSERT INTO unreached (notice_id, kind, case_id, since, channel, reason, known_by, known_at) VALUES
  ('case-1-mention-1', 'case', 1, 1785758400000, 'webhook:crm', 'no answer', 'agent_demo', 1785758500000);
INSERT INTO seeded_checks (draft_id, kind, because, text, covers, planted_at, ended_at, answered_by, outcome, standing)
VALUES (6, 'blame', 'it blames the person', 'That is your own fault.', 'ab12', 1785758400000, NULL, NULL, NULL, 1);
