-- Decide about a proposal of a mapping in the name of a person; one row.
select core.decide_mapping(%(proposal_no)s, %(decision)s, %(comment)s, %(decided_by)s) as decision
