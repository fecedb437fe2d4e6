"""A made-up rule file that uses every condition, every action and every limit."""

RICH = """\
# Made up, and long on purpose.
- id: everything-about-the-text
  name: "Words, patterns: and signs"
  status: live
  when:
    all:
      - text: {contains_any: [refund, "money back", c++], contains_all: [order]}
      - text:
          matches: "\\\\border #[0-9]+"
      - language: [en, de, pt-BR]
      - intent: [question, billing]
      - reason: [waiting, late]
      - sentiment:
          - negative
          - very_negative
      - compound: {below: -0.1}
      - unhappiness: {at_least: 0.5}
    any:
      - mentions_rival: [Shaw]
      - tender_topic: true
      - asks_for_human: false
      - none:
          - near_duplicate_of_recent: true
    none:
      - author.in_list: staff
  then:
    - escalate: {team: support, severity: high, assignee: sam_demo}
    - tag: [refund, text]
    - assign: sam_demo
    - notify: console
    - webhook: crm
  stop: true
  tests:
    - name: has nothing to do with it
      mention:
        text: "Hello"
        title: "Greetings"
        source: reddit
        subreddit: acme
        kind: comment
        age: 3h
        author: {handle: maple_fan_demo, followers: 3, account_age: 40d, verified: false}
        customer: {contacts_in_30_days: 2, open_case: true, last_outcome: resolved, vip: true}
        engagement: {likes: 1, replies: 2, score: -3, growth: 0.5}
        language: en
        at: 2026-03-02T23:00
      expect: {matches: false}

- id: everything-about-people
  status: shadow
  when:
    all:
      - platform: [x, reddit]
      - watch: acme-x-mentions
      - subreddit: [acme, r/gadgets]
      - kind: [post, comment, reply]
      - addressed_to_us: true
      - author.followers: {at_least: 10, below: 100000}
      - author.account_age: {at_least: 30d}
      - author.verified: false
      - customer.contacts_in_7_days: {between: [1, 3]}
      - customer.open_case: false
      - customer.last_outcome: [resolved, refunded]
      - customer.vip: false
      - customer.opted_out: false
    any:
      - engagement.likes: {at_least: 5}
      - engagement.replies: {above: 2}
      - engagement.score: {at_most: 500}
      - engagement.growth: {at_least: 1.5}
      - age: {at_most: 24h}
      - time: {business: true, weekdays: [mon-fri], between: "09:00-18:00"}
    none:
      - unhappiness: {above: 0.3}
  then:
    - draft: {template: thanks}
    - ignore: {reason: "a reason: with a colon"}
  limits: {per_day: 20, per_hour: 5, per_author: 1/30d, per_thread: 1/7d}
  tests:
    - name: somebody else
      mention: {text: "Hello", kind: review}
      expect: {matches: false, actions: [ignore]}
"""
