-- What job cost holds of a line at its cutover: entered in Sage by the controller, from mart.opening_entry, or posted
-- by the bridge (profile: opening_entry), so that stored materials agree from the cutover day on (domain 5).

-- The policy of every managed PO line by day, as before.
create or replace view ledger.line_policy as
with ruled as (
    select distinct m.company_id
    from core.managed_rule as m
),

fitting as (
    select
        i.company_id,
        i.commitment,
        i.item_number,
        (array_agg(m.cutover order by m.rule_no))[1] as cutover
    from core.managed_rule as m
    inner join core.commitment_item as i on i.company_id = m.company_id
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
    left join core.item as t on t.company_id = i.company_id and t.standard_item = i.standard_item
    left join core.category as ca
        on
            ca.company_id = i.company_id and ca.job = i.job and ca.extra = i.extra and ca.cost_code = i.cost_code
            and ca.category = i.category
    left join core.standard_category as sc on sc.company_id = i.company_id and sc.category = i.category
    where
        m.commitment_type in ('', c.commitment_type)
        and m.material_class in ('', t.material_class)
        and coalesce(nullif(ca.accumulate_as, ''), nullif(sc.accumulate_as, ''), 'Material') ilike 'm%'
    group by i.company_id, i.commitment, i.item_number
),

spell as (
    select
        i.company_id,
        i.commitment,
        i.item_number,
        p.policy,
        p.is_price_posted,
        greatest(p.valid_from, f.cutover, o.opened_on) as valid_from,
        p.valid_to,
        greatest(f.cutover, o.opened_on) as cutover
    from core.commitment_item as i
    inner join ledger.job_policy as p on p.company_id = i.company_id and p.job = i.job
    left join ruled as r on r.company_id = i.company_id
    left join fitting as f
        on f.company_id = i.company_id and f.commitment = i.commitment and f.item_number = i.item_number
    left join ledger.opening_balance as o
        on o.company_id = i.company_id and o.commitment = i.commitment and o.item_number = i.item_number
    where
        (r.company_id is null or f.cutover is not null)
        and greatest(p.valid_from, f.cutover, o.opened_on) < p.valid_to
    union all
    -- Where the opening entry is posted, job cost until the cutover is what AP posted; it ends by a change of policy.
    select
        i.company_id,
        i.commitment,
        i.item_number,
        'invoice' as policy,
        coalesce(y.profile ->> 'price_variance', 'posted') = 'posted' as is_price_posted,
        date '-infinity' as valid_from,
        greatest(f.cutover, o.opened_on) as valid_to,
        greatest(f.cutover, o.opened_on) as cutover
    from core.commitment_item as i
    inner join core.company as y on y.company_id = i.company_id
    left join ruled as r on r.company_id = i.company_id
    left join fitting as f
        on f.company_id = i.company_id and f.commitment = i.commitment and f.item_number = i.item_number
    left join ledger.opening_balance as o
        on o.company_id = i.company_id and o.commitment = i.commitment and o.item_number = i.item_number
    where
        y.profile ->> 'opening_entry' = 'posted'
        and (r.company_id is null or f.cutover is not null)
        and greatest(f.cutover, o.opened_on) is not null
)

select
    s.company_id,
    s.commitment,
    s.item_number,
    s.policy,
    s.is_price_posted,
    s.valid_from,
    s.valid_to,
    min(s.valid_from) over of_line as first_from,
    coalesce(lag(s.policy) over by_day, '') as policy_before,
    s.cutover
from spell as s
window
    of_line as (partition by s.company_id, s.commitment, s.item_number),
    by_day as (partition by s.company_id, s.commitment, s.item_number order by s.valid_from);

-- Price variance that was consumed before a line's cutover: derived, replaced whenever prices are valued.
create table ledger.opening_price (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    amount numeric(14, 2) not null,
    primary key (company_id, commitment, item_number, job, extra, cost_code, category)
);
comment on table ledger.opening_price
is 'Price variance consumed before a line''s cutover; derived; key: company_id, commitment, item_number, codes';
comment on column ledger.opening_price.company_id is 'The company: one Sage data folder';
comment on column ledger.opening_price.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.opening_price.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.opening_price.job is 'Job it was consumed on';
comment on column ledger.opening_price.extra is 'Extra of the job';
comment on column ledger.opening_price.cost_code is 'Cost code it was consumed on';
comment on column ledger.opening_price.category is 'Category it was consumed on';
comment on column ledger.opening_price.amount is 'Money in company currency, signed';
grant delete on ledger.opening_price to pipeline;
comment on column ledger.line_policy.cutover is 'First day the line is managed, where rule or opening say so';

-- The opening entry of every line with a cutover, by the codes it stands on: what job cost holds of it from before,
-- less what the policy of that day wants. Under `installation` it takes stored materials out of job cost into clearing.
create view mart.opening_entry as
with line as (
    select
        p.company_id,
        p.commitment,
        p.item_number,
        p.cutover,
        p.policy,
        y.profile ->> 'opening_entry' = 'posted' as is_posted_by_runblu
    from ledger.line_policy as p
    inner join core.company as y on y.company_id = p.company_id
    where p.cutover is not null and p.cutover >= p.valid_from and p.cutover < p.valid_to
),

part as (
    select
        l.company_id,
        l.commitment,
        l.item_number,
        r.job,
        r.extra,
        r.cost_code,
        r.category,
        'billed' as part,
        r.amount
    from line as l
    inner join outbox.mirrored_ap_row as r
        on
            r.company_id = l.company_id and r.commitment = l.commitment and r.item_number = l.item_number
            and r.transaction_date < l.cutover
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        'consumed' as part,
        v.amount
    from line as l
    inner join ledger.value_entry as v
        on
            v.company_id = l.company_id and v.commitment = l.commitment and v.item_number = l.item_number
            and v.entry_date < l.cutover and v.measure in ('installed', 'wasted')
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        o.job,
        o.extra,
        o.cost_code,
        o.category,
        'price' as part,
        o.amount
    from line as l
    inner join ledger.opening_price as o
        on o.company_id = l.company_id and o.commitment = l.commitment and o.item_number = l.item_number
    where l.policy = 'installation'
    union all
    select
        l.company_id,
        l.commitment,
        l.item_number,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        'accrued' as part,
        a.amount_received_not_invoiced as amount
    from (
        select distinct
            company_id,
            cutover
        from line
        where policy = 'receipt'
    ) as d
    cross join lateral mart.commitment_position_at(d.company_id, d.cutover - 1) as a
    inner join line as l
        on
            l.company_id = d.company_id and l.cutover = d.cutover and l.policy = 'receipt'
            and l.commitment = a.commitment and l.item_number = a.item_number
    inner join core.commitment_item as i
        on i.company_id = l.company_id and i.commitment = l.commitment and i.item_number = l.item_number
)

select
    p.company_id,
    p.commitment,
    p.item_number,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    l.cutover,
    l.policy,
    coalesce(sum(p.amount) filter (where p.part = 'billed'), 0)::numeric(14, 2) as amount_billed,
    coalesce(sum(p.amount) filter (where p.part = 'consumed'), 0)::numeric(14, 2) as amount_consumed,
    coalesce(sum(p.amount) filter (where p.part = 'price'), 0)::numeric(14, 2) as amount_price_variance,
    coalesce(sum(p.amount) filter (where p.part = 'accrued'), 0)::numeric(14, 2) as amount_accrual,
    sum(case p.part when 'billed' then -p.amount else p.amount end)::numeric(14, 2) as amount_entry,
    coalesce(l.is_posted_by_runblu, false) as is_posted_by_runblu
from part as p
inner join line as l
    on l.company_id = p.company_id and l.commitment = p.commitment and l.item_number = p.item_number
group by
    p.company_id, p.commitment, p.item_number, p.job, p.extra, p.cost_code, p.category, l.cutover, l.policy,
    l.is_posted_by_runblu;
comment on view mart.opening_entry
is 'What job cost has to be moved by at the cutover of each PO line; key: company_id, commitment, item_number, codes';
comment on column mart.opening_entry.company_id is 'The company: one Sage data folder';
comment on column mart.opening_entry.commitment is 'Commitment (purchase order) in Sage';
comment on column mart.opening_entry.item_number is 'Item number of the commitment (PO line)';
comment on column mart.opening_entry.job is 'Job';
comment on column mart.opening_entry.extra is 'Extra of the job';
comment on column mart.opening_entry.cost_code is 'Cost code';
comment on column mart.opening_entry.category is 'Category';
comment on column mart.opening_entry.cutover is 'Day of the entry: the first day the line is managed';
comment on column mart.opening_entry.policy is 'Policy of the line on that day';
comment on column mart.opening_entry.amount_billed is 'AP cost of days before, as it stands on the codes in Sage';
comment on column mart.opening_entry.amount_consumed is 'Installed and wasted before, at the PO''s price';
comment on column mart.opening_entry.amount_price_variance is 'Price variance on that, where it is posted';
comment on column mart.opening_entry.amount_accrual is 'Received and not invoiced by then, under policy receipt';
comment on column mart.opening_entry.amount_entry
is 'Entry: debit the cost account, credit the clearing account, signed; negative takes cost out of the job';
comment on column mart.opening_entry.is_posted_by_runblu
is 'The bridge posts it (profile: opening_entry); else the controller enters it in Sage as an entry of others';
