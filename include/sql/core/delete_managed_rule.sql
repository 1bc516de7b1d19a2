-- Drop the company's rules for managed lines that its profile no longer lists: those numbered above the last one.
delete from core.managed_rule
where
    company_id = %(company_id)s
    and rule_no > %(last_rule_no)s
