-- Keep the company's rules for accounts payable rows without a line as its profile lists them; one row per rule number.
insert into core.ap_rule as kept (
    company_id, rule_no, kind, tax_id, debit_account, cost_code, description_pattern, approved_by
)
values (
    %(company_id)s,
    %(rule_no)s,
    %(kind)s,
    nullif(%(tax_id)s, ''),
    nullif(%(debit_account)s, ''),
    nullif(%(cost_code)s, ''),
    nullif(%(description_pattern)s, ''),
    %(approved_by)s
)
on conflict (company_id, rule_no) do update set
    kind = excluded.kind,
    tax_id = excluded.tax_id,
    debit_account = excluded.debit_account,
    cost_code = excluded.cost_code,
    description_pattern = excluded.description_pattern,
    approved_by = excluded.approved_by
where exists (
    select
        kept.kind,
        kept.tax_id,
        kept.debit_account,
        kept.cost_code,
        kept.description_pattern,
        kept.approved_by
    except
    select
        excluded.kind,
        excluded.tax_id,
        excluded.debit_account,
        excluded.cost_code,
        excluded.description_pattern,
        excluded.approved_by
)
