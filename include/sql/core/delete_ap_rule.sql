-- Drop the company's rules that its profile no longer lists: those numbered above the last one.
delete from core.ap_rule
where
    company_id = %(company_id)s
    and rule_no > %(last_rule_no)s
