-- What Sage holds that offsets are to take out, by PO line: its invoices, and the shares of freight.
create view recon.offset_source with (security_invoker = true) as
select
    s.company_id,
    s.row_id,
    s.kind,
    s.commitment,
    s.item_number,
    s.invoice,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    s.amount
from recon.sage_cost_row as s
where s.kind = 'invoice'
union all
select
    f.company_id,
    f.row_id,
    'freight' as kind,
    f.commitment,
    f.item_number,
    f.invoice,
    f.job,
    f.extra,
    f.cost_code,
    f.category,
    f.transaction_date,
    f.amount
from outbox.freight_share as f
where f.is_present;

-- As before, with the shares of freight among what is offset.
create or replace view recon.monthly_movement with (security_invoker = true) as
with commitments as (
    select
        i.company_id,
        c.commitment_date as moved_on,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        i.amount
    from core.commitment_item as i
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
    union all
    select
        i.company_id,
        o.change_order_date as moved_on,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        x.amount
    from core.change_order as o
    inner join core.change_order_item as x
        on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
    inner join core.commitment_item as i
        on i.company_id = x.company_id and i.commitment = x.commitment and i.item_number = x.item_number
    where o.status = 'Approved'
),

entries as (
    select
        v.company_id,
        date_trunc('month', v.entry_date)::date as month,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.measure,
        sum(v.amount) as amount
    from ledger.value_entry as v
    group by
        v.company_id, date_trunc('month', v.entry_date)::date, v.job, v.extra, v.cost_code, v.category, v.measure
),

consumed as (
    select
        v.company_id,
        date_trunc('month', t.due_date)::date as month,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        sum(t.times * v.amount) as amount
    from ledger.consumption_target as t
    inner join ledger.value_entry as v on v.entry_id = t.entry_id
    group by v.company_id, date_trunc('month', t.due_date)::date, v.job, v.extra, v.cost_code, v.category
),

costs as (
    select
        c.company_id,
        date_trunc('month', c.entry_date)::date as month,
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        c.kind,
        sum(c.amount) as amount
    from ledger.cost_entry as c
    group by c.company_id, date_trunc('month', c.entry_date)::date, c.job, c.extra, c.cost_code, c.category, c.kind
),

sage_rows as (
    select
        s.company_id,
        date_trunc('month', s.transaction_date)::date as month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.kind,
        s.is_accepted,
        sum(s.amount) as amount
    from recon.sage_cost_row as s
    group by
        s.company_id, date_trunc('month', s.transaction_date)::date, s.job, s.extra, s.cost_code, s.category,
        s.kind, s.is_accepted
),

-- Invoices and the months in which their offsets are due. Planned apart: with the grouping in sight, rows and policies
-- are compared each with each.
offset_due as materialized (
    select
        s.company_id,
        date_trunc('month', greatest(s.transaction_date, p.valid_from))::date as month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        -ledger.steps_of_kind('installation', p.policy, p.policy_before, p.valid_from > s.transaction_date)
        * s.amount as amount
    from recon.offset_source as s
    inner join ledger.line_policy as p
        on
            p.company_id = s.company_id and p.commitment = s.commitment and p.item_number = s.item_number
            and s.transaction_date >= p.first_from and s.transaction_date < p.valid_to
),

offsets as (
    select
        d.company_id,
        d.month,
        d.job,
        d.extra,
        d.cost_code,
        d.category,
        sum(d.amount) as amount
    from offset_due as d
    group by d.company_id, d.month, d.job, d.extra, d.cost_code, d.category
),

booked as (
    select
        p.company_id,
        date_trunc('month', p.transaction_date)::date as month,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        sum(p.amount) as amount
    from outbox.cost_posting as p
    where
        p.state in ('posted', 'reversed')
        or exists (
            select
            from core.job_cost_transaction as t
            where
                t.company_id = p.company_id and t.ref_1 = p.posting_reference and t.ref_1 <> ''
                and t.transaction_type = 'JC cost' and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        )
    group by p.company_id, date_trunc('month', p.transaction_date)::date, p.job, p.extra, p.cost_code, p.category
),

adjustments as (
    select
        a.company_id,
        date_trunc('month', a.transaction_date)::date as month,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        sum(a.amount) as amount
    from recon.adjustment as a
    where a.state in ('approved', 'sent', 'posted')
    group by a.company_id, date_trunc('month', a.transaction_date)::date, a.job, a.extra, a.cost_code, a.category
),

movements as (
    select
        m.company_id,
        date_trunc('month', m.moved_on)::date as month,
        m.job,
        m.extra,
        m.cost_code,
        m.category,
        'committed' as measure,
        sum(m.amount) as amount
    from commitments as m
    group by m.company_id, date_trunc('month', m.moved_on)::date, m.job, m.extra, m.cost_code, m.category
    union all
    select
        e.company_id,
        e.month,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.measure,
        e.amount
    from entries as e
    union all
    -- What the policy of the line makes of it: what job cost must show (expected), and what we post for it (target).
    select
        e.company_id,
        e.month,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        w.measure,
        e.amount
    from consumed as e
    cross join (values ('expected'), ('target')) as w (measure)
    union all
    -- Before its cutover, and where it is not managed, an invoice is cost as it stands; its offset takes it out.
    select
        o.company_id,
        o.month,
        o.job,
        o.extra,
        o.cost_code,
        o.category,
        w.measure,
        o.amount
    from offsets as o
    cross join (values ('expected'), ('target')) as w (measure)
    union all
    select
        c.company_id,
        c.month,
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        case w.measure when 'kind' then c.kind else w.measure end as measure,
        c.amount
    from costs as c
    cross join (values ('expected'), ('target'), ('kind')) as w (measure)
    union all
    select
        s.company_id,
        s.month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        'expected' as measure,
        s.amount
    from sage_rows as s
    where s.kind = 'invoice'
    union all
    select
        s.company_id,
        s.month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        case
            when s.kind in ('own', 'invoice') then s.kind
            when s.kind in ('tax', 'freight', 'unmanaged', 'outside') or s.is_accepted then 'explained'
            else 'unexplained'
        end as measure,
        s.amount
    from sage_rows as s
    union all
    select
        b.company_id,
        b.month,
        b.job,
        b.extra,
        b.cost_code,
        b.category,
        'booked' as measure,
        b.amount
    from booked as b
    union all
    select
        a.company_id,
        a.month,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        'adjusted' as measure,
        a.amount
    from adjustments as a
)

select
    m.company_id,
    m.month,
    m.job,
    m.extra,
    m.cost_code,
    m.category,
    m.measure,
    m.amount
from movements as m;

comment on view recon.offset_source
is 'What Sage holds that offsets take out: invoices of PO lines, and shares of freight spread over them; '
'key: company_id, row_id, commitment, item_number';
comment on column recon.offset_source.company_id is 'The company: one Sage data folder';
comment on column recon.offset_source.row_id is 'Row id in Sage';
comment on column recon.offset_source.kind is 'invoice, or freight: a share of it';
comment on column recon.offset_source.commitment is 'Commitment (purchase order) in Sage';
comment on column recon.offset_source.item_number is 'Item number of the commitment (PO line)';
comment on column recon.offset_source.invoice is 'Invoice number';
comment on column recon.offset_source.job is 'Job the row stands on';
comment on column recon.offset_source.extra is 'Extra of the job';
comment on column recon.offset_source.cost_code is 'Cost code the row stands on';
comment on column recon.offset_source.category is 'Category the row stands on';
comment on column recon.offset_source.transaction_date is 'Day of the row in Sage';
comment on column recon.offset_source.amount is 'Money in company currency, signed';
