INSERT INTO case_tickets (case_id, system, key, url, status, closed_at, linked_by, linked_at, changed_at) VALUES
  (1, 'desk', 'T-1', 'https://desk.example/T-1', 'open', NULL, 'agent_demo', 1785758400000, 1785758400000);
INSERT INTO customer_tenures (customer_id, since, noted_by, noted_at) VALUES (1, '2019', 'agent_demo', 1785758400000);
INSERT INTO mention_readings (mention_id, latest, latest_at, earlier_at, growth, asked, news_at) VALUES
  (1, '{"likes":3}', 1785758400000, NULL, NULL, NULL, NULL);
INSERT INTO case_continuations
  (case_id, channel, secret_hash, note, made_by, made_at, expires_at, used_at, revoked_by, revoked_at)
VALUES (1, 'phone', 'ab12', 'has the receipt', 'agent_demo', 1785758400000, 1786968000000, NULL, NULL, NULL);
INSERT INTO case_contacts (case_id, channel, is_inbound, at, minutes, text, noted_by, noted_at) VALUES
  (1, 'email', true, 1785758310000, 5, 'sent the receipt', 'agent_demo', 1785758400000),
  (1, 'email', false, 1785758320000, NULL, 'asked for the number', 'agent_demo', 1785758400000);
