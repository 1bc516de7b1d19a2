-- Work table of one run: what offsets are to take out by the period's end: invoices, and freight spread over lines, on
-- the day a policy wants it; one row per source, line and spell. Gone at commit.
create temporary table work_offset on commit drop as
with source as (
    select
        s.kind,
        s.row_id,
        s.invoice,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        s.transaction_date,
        s.amount
    from work_sage_row as s
    where s.kind = 'invoice'
    union all
    select
        f.kind,
        f.row_id,
        f.invoice,
        f.job,
        f.extra,
        f.cost_code,
        f.category,
        f.commitment,
        f.item_number,
        f.transaction_date,
        f.amount
    from recon.offset_source as f
    where f.company_id = %(company_id)s and f.kind = 'freight'
)

select
    s.kind,
    s.row_id,
    s.invoice,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.commitment,
    s.item_number,
    greatest(s.transaction_date, y.valid_from) as due_date,
    s.amount
    * ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > s.transaction_date) as amount
from source as s
inner join work_line_policy as y
    on
        y.commitment = s.commitment and y.item_number = s.item_number
        and s.transaction_date >= y.first_from and s.transaction_date < y.valid_to
where greatest(s.transaction_date, y.valid_from) <= %(period_end)s
