-- Hash of each thing a sign-off rests on, as known now; one row per part, every list in a fixed order.
with part as (
    select
        'rows of the month' as part,
        s.row_kind || E'\x1f' || s.row_key as place,
        s.row_hash as content
    from recon.period_rows(%(company_id)s, %(period)s) as s
    union all
    select
        'value entries' as part,
        lpad(v.entry_id::text, 20, '0') as place,
        v.entry_date || '|' || v.measure || '|' || v.units || '|' || v.amount as content
    from ledger.value_entry as v
    where v.company_id = %(company_id)s and v.entry_date <= %(period_end)s
    union all
    select
        'bridges' as part,
        concat_ws(
            '|', v.bridge, v.component, v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number
        ) as place,
        v.units || '|' || v.amount as content
    from recon.variance as v
    where v.company_id = %(company_id)s and v.period = %(period)s and v.run_no = %(run_no)s
    union all
    select
        'differences' as part,
        lpad(d.difference_id::text, 20, '0') as place,
        concat_ws('|', d.cause, d.reference, d.amount_ours, d.amount_sage, d.state) as content
    from recon.difference as d
    where d.company_id = %(company_id)s and d.run_no in (%(run_no)s, %(proves_run_no)s)
    union all
    select
        'proposal' as part,
        r.run_no::text as place,
        r.content_hash as content
    from recon.run as r
    where r.company_id = %(company_id)s and r.run_no = %(proves_run_no)s
    union all
    select
        'approval' as part,
        a.approval_id::text as place,
        concat_ws('|', a.content_hash, a.prepared_by, a.decided_by, a.decision, a.comment) as content
    from audit.approval as a
    where a.company_id = %(company_id)s and a.approval_id = %(approval_id)s
    union all
    select
        'event chain' as part,
        lpad(h.batch::text, 20, '0') as place,
        encode(h.root, 'hex') as content
    from audit.chain_head as h
    where h.company_id = %(company_id)s
    union all
    select
        'mappings and rules' as part,
        'mapping' || concat_ws('|', m.material_class, m.job, m.effective_from) as place,
        concat_ws('|', m.effective_to, m.extra, m.cost_code, m.category) as content
    from core.mapping as m
    where m.company_id = %(company_id)s
    union all
    select
        'mappings and rules' as part,
        'rule' || u.rule_no as place,
        concat_ws('|', u.kind, u.tax_id, u.debit_account, u.cost_code, u.description_pattern) as content
    from core.ap_rule as u
    where u.company_id = %(company_id)s
)

select
    p.part,
    count(*) as lines,
    encode(
        sha256(
            convert_to(
                string_agg(p.place || E'\x1e' || coalesce(p.content, ''), E'\n' order by p.place collate "C"), 'UTF8'
            )
        ),
        'hex'
    ) as sha256
from part as p
group by p.part
order by p.part collate "C"
