INSERT INTO case_contacts (case_id, channel, is_inbound, at, minutes, text, noted_by, noted_at) VALUES
  (1, 'phone', true, 1785758300000, 65, 'they held the line', 'agent_demo', 1785758400000);
INSERT INTO case_remedies (case_id, key, remedy, problem, cause, was_reached, at, failed_at) VALUES
  (2, 'new modem', 'a new modem', 'defect', 'ours', 'partly', 1785758400000, NULL);
INSERT INTO case_clocks
  (case_id, kind, policy, span_s, is_business_time, began_at, due_at, paused_at, left_s, told, tell_at, ended_at)
VALUES (1, 'first_reply', 'default', 86400, false, 1785758100000, 1785844500000, NULL, NULL, 1, 1785827220000, NULL);
INSERT INTO case_messages (case_id, channel, reference, shown, changed_at) VALUES
  (1, 'slack', '{"channel":"C1","ts":"1.2"}', 'ab12', 1785758400000);
INSERT INTO chat_people (channel, native_id, user_id, waiting, code_hash, changed_at) VALUES
  ('slack', 'U1', 1, NULL, NULL, 1785758400000);
INSERT INTO customer_notes (customer_id, kind, text, basis, noted_by, noted_at, ended_by, ended_at) VALUES
  (1, 'note', 'likes to be called', NULL, 'agent_demo', 1785758400000, NULL, NULL);
INSERT INTO customer_tags (customer_id, tag, tagged_by, tagged_at) VALUES (1, 'modem', 'agent_demo', 1785758400000);
INSERT INTO customer_links (customer_id, other_id, basis, reason, linked_by, linked_at, ended_by, ended_at) VALUES
  (1, 2, 'said_it_themselves', 'they said so', 'agent_demo', 1785758400000, NULL, NULL);
