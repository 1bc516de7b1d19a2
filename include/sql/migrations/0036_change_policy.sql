-- A policy that changes, today or for a day long past, takes back what the old one posted and books what the new one
-- wants, dated at the change and never in what is posted already: from its cutover on job cost is what the new policy
-- says of all that happened since the line is managed (domain 5).

-- The policy of every managed PO line by day, as before; first_from: since when the line is managed; policy_before:
-- what held until valid_from. A fact counts for every spell that ends after it, if the line was managed by then.
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
        p.valid_to
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
    coalesce(lag(s.policy) over by_day, '') as policy_before
from spell as s
window
    of_line as (partition by s.company_id, s.commitment, s.item_number),
    by_day as (partition by s.company_id, s.commitment, s.item_number order by s.valid_from);
comment on column ledger.line_policy.first_from is 'First day on which the line is managed';
comment on column ledger.line_policy.policy_before is 'Policy that held until valid_from; empty in the first spell';

-- By how much a fact of a kind that one policy posts moves at a spell of its line: 1 where it is booked, -1 where it is
-- taken back, 0 where nothing changes. is_earlier: the fact lies before the spell, so that the policy before had it.
create function ledger.steps_of_kind(kind_policy text, policy text, policy_before text, is_earlier boolean)
returns integer
language sql immutable parallel safe
return (policy = kind_policy)::integer - (is_earlier and policy_before = kind_policy)::integer;
comment on function ledger.steps_of_kind
is 'By how much a fact moves at a spell of its line''s policy: 1 booked, -1 taken back, 0 unchanged';

-- What policy `installation` wants of every entry of consumption, by day: booked on its day, or on the day the policy
-- comes to hold; taken back on the day another policy does. One row per entry and day.
create view ledger.consumption_target as
select
    e.company_id,
    e.entry_id,
    greatest(e.entry_date, y.valid_from) as due_date,
    ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > e.entry_date) as times
from ledger.value_entry as e
inner join ledger.line_policy as y
    on
        y.company_id = e.company_id and y.commitment = e.commitment and y.item_number = e.item_number
        and e.entry_date >= y.first_from and e.entry_date < y.valid_to
where
    e.measure in ('installed', 'wasted')
    and ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > e.entry_date) <> 0;
comment on view ledger.consumption_target
is 'What the policies want posted of every entry of consumption, by day; key: entry_id, due_date';
comment on column ledger.consumption_target.company_id is 'The company: one Sage data folder';
comment on column ledger.consumption_target.entry_id is 'Value entry';
comment on column ledger.consumption_target.due_date is 'Day of the line that carries it or takes it back';
comment on column ledger.consumption_target.times is '1: booked; -1: taken back';

-- An entry goes out on a line, comes back on another, and goes out again where the policy returns.
alter table outbox.posting_entry
drop constraint posting_entry_pkey,
add column turn smallint not null default 1 check (turn > 0),
add column times smallint not null default 1 check (times <> 0),
add primary key (entry_id, turn);
comment on table outbox.posting_entry
is 'Which value entries a consumption line carries or takes back; key: entry_id, turn';
comment on column outbox.posting_entry.entry_id is 'Value entry';
comment on column outbox.posting_entry.turn is 'Number of the line among those that move the entry, from 1';
comment on column outbox.posting_entry.times is '1: the line carries the entry; -1: it takes it back';

-- Target less what is on lines, per entry and day: what is to be posted next; empty when all is done.
create view outbox.consumption_due with (security_invoker = true) as
with side as (
    select
        t.company_id,
        t.entry_id,
        t.due_date,
        t.times
    from ledger.consumption_target as t
    union all
    select
        p.company_id,
        l.entry_id,
        p.transaction_date as due_date,
        -l.times as times
    from outbox.posting_entry as l
    inner join outbox.cost_posting as p on p.posting_id = l.posting_id
)

select
    s.company_id,
    s.entry_id,
    s.due_date,
    sum(s.times)::integer as times
from side as s
group by s.company_id, s.entry_id, s.due_date
having sum(s.times) <> 0;
comment on view outbox.consumption_due
is 'Entries of consumption that are not on lines as the policies want them; key: entry_id, due_date';
comment on column outbox.consumption_due.company_id is 'The company: one Sage data folder';
comment on column outbox.consumption_due.entry_id is 'Value entry';
comment on column outbox.consumption_due.due_date is 'Day of the line that is missing';
comment on column outbox.consumption_due.times is '1: to be carried; -1: to be taken back';

create or replace view mart.event_posting as
select
    v.company_id,
    v.event_id,
    p.posting_reference,
    p.kind,
    p.transaction_date,
    p.accounting_date,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    sum(l.times * v.units)::numeric(18, 4) as units,
    sum(l.times * v.amount)::numeric(14, 2) as amount,
    p.state,
    p.sage_transaction_id
from ledger.value_entry as v
inner join outbox.posting_entry as l on l.entry_id = v.entry_id
inner join outbox.cost_posting as p on p.posting_id = l.posting_id
group by
    v.company_id, v.event_id, p.posting_reference, p.kind, p.transaction_date, p.accounting_date, p.job, p.extra,
    p.cost_code, p.category, p.state, p.sage_transaction_id;
comment on column mart.event_posting.amount
is 'Share of the event''s value on that posting; negative where the posting takes it back';

-- Every figure of job_cost_by_period as it moves, as before; what a change of policy moves is dated at the change.
create or replace view recon.monthly_movement as
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
    from recon.sage_cost_row as s
    inner join ledger.line_policy as p
        on
            p.company_id = s.company_id and p.commitment = s.commitment and p.item_number = s.item_number
            and s.transaction_date >= p.first_from and s.transaction_date < p.valid_to
    where s.kind = 'invoice'
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
