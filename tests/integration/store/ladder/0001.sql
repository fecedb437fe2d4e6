-- A site of revision 0001: each of its tables has rows, each state of a draft has one.
INSERT INTO site (key, value, changed_at) VALUES
  ('heartbeat', 'true', 1785758400000),
  ('paused', '"agent_demo"', 1785758400000);
INSERT INTO users (name, role, password_hash, is_service, is_disabled, created_at) VALUES
  ('agent_demo', 'owner', 'no hash of any password', false, false, 1785758400000),
  ('robot_demo', 'support', NULL, true, true, 1785758400000);
INSERT INTO keys (user_id, kind, secret_hash, created_at, last_used_at, expires_at) VALUES
  (1, 'session', 'aa11', 1785758400000, 1785758500000, 1785800000000),
  (2, 'token', 'bb22', 1785758400000, NULL, NULL),
  (NULL, 'setup', 'cc33', 1785758400000, NULL, 1785844800000);
INSERT INTO rule_sets (hash, sources, author, note, live_at) VALUES
  ('set-1', '{"10-all.yaml":"- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}\n"}',
   'agent_demo', 'the first rules', 1785758400000);
INSERT INTO connectors (name, paused_until, problem, problem_kind) VALUES
  ('fake', 1785762000000, 'asked to wait', 'RateLimited');
INSERT INTO watches (name, connector, spec, cursor, next_poll_at, started_at, last_poll_at, last_success_at,
    failures, last_error, error_kind, note, is_stopped, owner, fence, lease_until) VALUES
  ('talk', 'fake', '["fake", "search", {"query": "acme"}]', '13', 1785758700000, 1785758400000, 1785758400000,
   1785758400000, 2, 'no answer', 'Unavailable', 'a note', false, 'worker', 7, 1785758700000);
INSERT INTO customers (source, account_key, handle, name, url, first_seen_at, last_seen_at, contacts, is_vip,
    is_opted_out) VALUES
  ('fake', 'id-1', 'maple_1_demo', 'Maple "One" – ünö', 'https://fake.example/1', 1785758400000, 1785758400000,
   3, true, false),
  ('fake', 'id-2', 'maple_2_demo', NULL, NULL, 1785758400000, 1785758400000, 1, NULL, true);
INSERT INTO mentions (source, native_id, watch, customer_id, kind, text, title, lang, url, author,
    parent_native_id, conversation_id, community, addressed_to_us, engagement, platform, posted_at, fetched_at,
    is_history, reply_route, reply_reason, state, compound, sentiment, unhappiness, intents, language, cues,
    scorer, outcome, tags) VALUES
  ('fake', 'n1', 'talk', 1, 'post', 'the modem is dead again 😞', 'A title', 'en', 'https://fake.example/n1',
   '{"handle":"maple_1_demo","native_id":"id-1"}', 'n0', 'c1', 'acme', true, '{"likes":3}', '{"kind":"t3"}',
   1785758100000, 1785758400001, false, 'api', 'they wrote to us', 'decided', -0.6486, 'negative', 0.663,
   '["complaint","bug"]', 'en', '[["word","dead",13,17,-2.53]]', 'engagebot-1', 'escalated', '["defect"]'),
  ('fake', 'n2', 'talk', 2, 'comment', 'I love it', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   1785758100000, 1785758400002, true, 'blocked', 'the thread is locked', 'new', NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL),
  ('fake', 'd1', 'talk', 1, 'post', 'one', NULL, NULL, NULL, NULL, NULL, 'c1', NULL, true, NULL, NULL,
   1785758100000, 1785758400003, false, 'api', 'they wrote to us', 'decided', 0.6, 'positive', 0.01, '["praise"]',
   'en', NULL, 'engagebot-1', 'drafted', NULL);
INSERT INTO mentions (source, native_id, kind, text, posted_at, fetched_at, is_history, reply_route,
    reply_reason, state) VALUES
  ('fake', 'd2', 'post', 'two', 1785758100000, 1785758400004, false, 'api', 'they wrote to us', 'decided'),
  ('fake', 'd3', 'post', 'three', 1785758100000, 1785758400005, false, 'api', 'they wrote to us', 'decided'),
  ('fake', 'd4', 'post', 'four', 1785758100000, 1785758400006, false, 'api', 'they wrote to us', 'decided'),
  ('fake', 'd5', 'post', 'five', 1785758100000, 1785758400007, false, 'api', 'they wrote to us', 'decided'),
  ('fake', 'd6', 'post', 'six', 1785758100000, 1785758400008, false, 'api', 'they wrote to us', 'decided'),
  ('fake', 'd7', 'post', 'seven', 1785758100000, 1785758400009, false, 'by_hand', 'not asked', 'decided'),
  ('fake', 'd8', 'post', 'eight', 1785758100000, 1785758400010, false, 'by_hand', 'not asked', 'decided');
INSERT INTO decisions (mention_id, rule_set, decided_at, outcome, matched, shadow, failed, planned, facts, notes)
VALUES
  (1, 'set-1', 1785758400100, 'escalated', '["dead"]', '["trial"]', '["odd"]',
   '[{"rule":"dead","action":"escalate","team":"support","severity":"high"}]',
   '{"now":"2026-08-03T12:00:00+00:00","contact_ages_days":[0.0]}', '["a note"]'),
  (3, 'set-1', 1785758400100, 'drafted', '["love"]', NULL, NULL,
   '[{"rule":"love","action":"draft","template":"thanks"}]',
   '{"now":"2026-08-03T12:00:00+00:00","contact_ages_days":[0.0]}', NULL);
INSERT INTO drafts (mention_id, customer_id, rule_id, source, conversation_id, is_proactive, text, missing,
    version, state, held_from, reply_route, reply_reason, created_at, updated_at, approved_by, approved_at,
    approved_hash, due_at, attempts, attempt_started_at, attempt_ended_at, settle_tries, native_id, url,
    posted_at, last_error, assignee, snoozed_until, owner, fence) VALUES
  (3, 1, 'love', 'fake', 'c1', true, 'Thänks!', '["name"]', 4, 'sent', NULL, 'api', 'they wrote to us',
   1785758400200, 1785758400900, 'agent_demo', 1785758400300, 'hash', 1785758400310, 1, 1785758400400,
   1785758400500, 2, 'r1', 'https://fake.example/r1', 1785758400450, 'slow', 'agent_demo', 1785758500000,
   'worker', 3);
INSERT INTO drafts (mention_id, rule_id, source, is_proactive, text, version, state, held_from, reply_route,
    reply_reason, created_at, updated_at) VALUES
  (2, 'love', 'fake', false, 'Thanks!', 1, 'rejected', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (2, 'love', 'fake', false, 'Thanks!', 1, 'expired', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (2, 'love', 'fake', false, 'Thanks!', 1, 'withdrawn', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (2, 'love', 'fake', false, 'Thanks!', 1, 'failed', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (2, 'love', 'fake', false, 'Thanks!', 1, 'proposed', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (4, 'love', 'fake', false, 'Thanks!', 1, 'approved', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (5, 'love', 'fake', false, 'Thanks!', 1, 'sending', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (6, 'love', 'fake', false, 'Thanks!', 1, 'unknown', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (7, 'love', 'fake', false, 'Thanks!', 1, 'needs_person', NULL, 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (8, 'love', 'fake', false, 'Thanks!', 1, 'held', 'approved', 'api', 'they wrote to us', 1785758400200, 1785758400200),
  (9, 'love', 'fake', false, 'Thanks!', 1, 'by_hand', NULL, 'by_hand', 'not asked', 1785758400200, 1785758400200),
  (10, 'love', 'fake', false, 'Thanks!', 1, 'posted_by_hand', NULL, 'by_hand', 'not asked', 1785758400200, 1785758400200);
INSERT INTO cases (customer_id, state, severity, team, assignee, title, why, rule_id, opened_at, updated_at,
    first_symptom_at, first_reply_due_at, first_reply_at, snoozed_until, resolved_at, outcome) VALUES
  (1, 'acknowledged', 'high', 'support', 'agent_demo', 'the modem is dead', 'Negative', 'dead', 1785758400100,
   1785758400100, 1785758100000, 1785844800000, NULL, NULL, NULL, NULL),
  (2, 'resolved', 'low', 'support', NULL, 'was it me', 'Negative', NULL, 1785758400100, 1785758400100,
   1785758100000, NULL, 1785758400200, 1785758400300, 1785758400400, 'solved');
INSERT INTO case_mentions (case_id, mention_id) VALUES (1, 1), (2, 2);
INSERT INTO deliveries (notice_id, channel, kind, case_id, mention_id, state, payload, created_at, due_at,
    attempts, attempt_started_at, delivered_at, last_error, owner, fence) VALUES
  ('case-1-mention-1', 'console', 'case', 1, 1, 'delivered', '{"title":"a case","text":"of Maple"}', 1785758400100,
   1785758400100, 1, 1785758400200, 1785758400300, NULL, 'worker', 1),
  ('case-1-mention-1', 'slack', 'case', 1, 1, 'dead', '{"title":"a case","text":"of Maple"}', 1785758400100,
   1785758400100, 9, 1785758400200, NULL, 'gone', NULL, 9);
INSERT INTO audit (at, actor, action, subject, detail) VALUES
  (1785758400100, 'rule:dead', 'case.opened', 'case:1', '{"severity":"high"}'),
  (1785758400600, 'agent_demo', 'mention.corrected', 'mention:1',
   '{"before":{"sentiment":"neutral"},"after":{"sentiment":"negative"}}'),
  (1785758400700, 'agent_demo', 'site.paused', 'site', NULL);
