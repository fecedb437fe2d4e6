UPDATE rule_sets SET rates = '{"rest":2.5}';
