-- Mappings are proposed, looked at, approved by another person, and never change a day that is over (domain 3).

-- What somebody wants a material class to be booked on from a day on; kept for ever, with who decided. Of the approved
-- proposals that cover a day the one approved last holds; core.mapping shows the result as stretches of days.
create table core.mapping_proposal (
    proposal_no bigint generated always as identity primary key,
    company_id text not null references core.company,
    material_class text not null check (material_class <> ''),
    job text not null default '',
    extra text not null default '',
    cost_code text not null,
    category text not null,
    effective_from date not null,
    effective_to date,
    owner text not null check (owner <> ''),
    origin text not null default 'table',
    proposed_by text not null default session_user,
    proposed_at timestamptz not null default clock_timestamp(),
    state text not null default 'open' check (state in ('open', 'approved', 'refused')),
    decided_by text,
    decided_at timestamptz,
    comment text not null default '',
    check ((cost_code = '') = (category = '')),
    check (effective_to is null or effective_to >= effective_from),
    check ((state = 'open') = (decided_by is null)),
    check ((state = 'open') = (decided_at is null)),
    constraint decided_by_another check (decided_by <> proposed_by)
);
create index on core.mapping_proposal (company_id, material_class, job);
comment on table core.mapping_proposal
is 'Changes of mappings that were asked for, with who decided; never deleted; key: proposal_no';
comment on column core.mapping_proposal.proposal_no is 'Number of the proposal';
comment on column core.mapping_proposal.company_id is 'The company: one Sage data folder';
comment on column core.mapping_proposal.material_class is 'Class of the material, as the catalog names it';
comment on column core.mapping_proposal.job is 'Job it is for; empty = every job';
comment on column core.mapping_proposal.extra is 'Extra of the job; empty = base job';
comment on column core.mapping_proposal.cost_code is 'Cost code; empty = the mapping ends';
comment on column core.mapping_proposal.category is 'Category of the cost code; empty = the mapping ends';
comment on column core.mapping_proposal.effective_from is 'First day it holds';
comment on column core.mapping_proposal.effective_to is 'Last day it holds; empty = until further notice';
comment on column core.mapping_proposal.owner is 'Who answers for the mapping';
comment on column core.mapping_proposal.origin is 'Where it came from: table, or file and line';
comment on column core.mapping_proposal.proposed_by is 'Who proposed it';
comment on column core.mapping_proposal.proposed_at is 'When';
comment on column core.mapping_proposal.state is 'open, approved or refused';
comment on column core.mapping_proposal.decided_by is 'Who decided; never who proposed';
comment on column core.mapping_proposal.decided_at is 'When';
comment on column core.mapping_proposal.comment is 'What was said with the decision';

-- What was there before becomes an approved proposal, or an open one where nobody had approved it.
insert into core.mapping_proposal (
    company_id, material_class, job, extra, cost_code, category, effective_from, effective_to, owner, origin,
    proposed_by, state, decided_by, decided_at
)
select
    m.company_id,
    m.material_class,
    m.job,
    m.extra,
    m.cost_code,
    m.category,
    m.effective_from,
    m.effective_to,
    m.owner,
    'before proposals' as origin,
    m.owner || ' (owner)' as proposed_by,
    case when m.approved_by is null then 'open' else 'approved' end as state,
    m.approved_by,
    case when m.approved_by is not null then now() end as decided_at
from core.mapping as m;
delete from core.mapping
where approved_by is null;
alter table core.mapping alter column approved_by set not null;
alter table core.mapping add column proposal_no bigint references core.mapping_proposal;
update core.mapping as m
set proposal_no = p.proposal_no
from core.mapping_proposal as p
where
    p.company_id = m.company_id and p.material_class = m.material_class and p.job = m.job
    and p.effective_from = m.effective_from;
alter table core.mapping alter column proposal_no set not null;
comment on table core.mapping
is 'Material class to codes in force, by day; key: company_id, material_class, job, effective_from';
comment on column core.mapping.proposal_no is 'The approved proposal it follows from';

-- The one mapping that holds for a class and job on a day: the job's own before the company's.
create function core.mapping_in_force(p_company text, p_class text, p_job text, p_day date)
returns setof core.mapping
language sql stable as $$
    select m.*
    from core.mapping as m
    where
        m.company_id = p_company and m.material_class = p_class and m.job in ('', p_job)
        and p_day between m.effective_from and coalesce(m.effective_to, 'infinity')
    order by m.job desc
    limit 1
$$;

-- Events whose codes come from a mapping, or that wait for one; one row per event.
create view ledger.mapped_event as
select
    t.company_id,
    t.event_id,
    e.event_type,
    e.event_date,
    t.effect,
    t.owner_event_id,
    t.status,
    t.commitment,
    t.item_number,
    l.job,
    i.standard_item,
    i.material_class
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
inner join core.commitment_item as l
    on l.company_id = t.company_id and l.commitment = t.commitment and l.item_number = t.item_number
inner join core.item as i
    on i.company_id = t.company_id and i.standard_item = coalesce(e.standard_item, l.standard_item)
where
    i.material_class <> ''
    and (t.source = 'mapping' or (t.status = 'waiting' and t.rule = 'untagged' and l.cost_code = ''));
comment on view ledger.mapped_event
is 'Events whose codes come from a mapping, or that wait for one; key: company_id, event_id';
comment on column ledger.mapped_event.company_id is 'The company: one Sage data folder';
comment on column ledger.mapped_event.event_id is 'Id of the event, made by the field device';
comment on column ledger.mapped_event.event_type is 'Type of the event';
comment on column ledger.mapped_event.event_date is 'Day at the site; mappings are asked for this day';
comment on column ledger.mapped_event.effect is 'What the event does to its layer';
comment on column ledger.mapped_event.owner_event_id is 'The event it takes back; null where it names none';
comment on column ledger.mapped_event.status is 'tagged or waiting';
comment on column ledger.mapped_event.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.mapped_event.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.mapped_event.job is 'Job of the PO line; a mapping of that job goes before the company''s';
comment on column ledger.mapped_event.standard_item is 'Material: standard item of the catalog';
comment on column ledger.mapped_event.material_class is 'Class of the material; leads to codes by core.mapping';

-- The last day that a mapping of this class and job must not touch, -infinity where there is none: months closed in
-- Sage's job cost or signed by us, and days whose mapped cost is on its way to Sage or there.
create function core.mapping_locked_through(p_company text, p_class text, p_job text)
returns date
language sql stable as $$
    select coalesce(
        greatest(
            (
                select (to_date(max(f.period), 'YYYY-MM') + interval '1 month' - interval '1 day')::date
                from core.fiscal_period as f
                where f.company_id = p_company and f.application = 'JC' and f.status = 'Closed'
            ),
            (
                select (to_date(max(c.period), 'YYYY-MM') + interval '1 month' - interval '1 day')::date
                from ledger.period_close as c
                where c.company_id = p_company
            ),
            (
                select max(e.event_date)
                from ledger.mapped_event as e
                left join lateral core.mapping_in_force(e.company_id, e.material_class, e.job, e.event_date) as m
                    on true
                where
                    e.company_id = p_company and e.material_class = p_class and e.status = 'tagged'
                    and ((p_job = '' and m.job = '') or (p_job <> '' and e.job = p_job))
                    and exists (
                        select
                        from ledger.value_entry as v
                        inner join outbox.posting_entry as x on x.entry_id = v.entry_id
                        inner join outbox.cost_posting as c on c.posting_id = x.posting_id
                        where
                            v.company_id = e.company_id and v.event_id = e.event_id
                            and c.state not in ('eligible', 'held')
                    )
            )
        ),
        '-infinity'
    )
$$;

-- What is wrong with a mapping as somebody wants it; one row per setting, none = it may be approved. What Sage has not
-- sent yet cannot be compared: a company without catalog or codes takes every class or code.
create function core.mapping_fault(
    p_company text, p_class text, p_job text, p_extra text, p_cost_code text, p_category text, p_from date
)
returns table (setting text, found text, allowed text)
language sql stable as $$
    select
        'material_class' as setting,
        p_class as found,
        'a class of the catalog: ' || (
            select string_agg(c.material_class, ', ' order by c.material_class)
            from (
                select distinct i.material_class
                from core.item as i
                where i.company_id = p_company and i.material_class <> ''
                order by i.material_class
                limit 20
            ) as c
        ) as allowed
    where
        exists (select from core.item as i where i.company_id = p_company and i.material_class <> '')
        and not exists (select from core.item as i where i.company_id = p_company and i.material_class = p_class)
    union all
    select
        'job' as setting,
        p_job as found,
        'empty, or a job of Sage: ' || (
            select string_agg(c.job, ', ' order by c.job)
            from (
                select j.job
                from core.job as j
                where j.company_id = p_company and j.status = 'In progress'
                order by j.job
                limit 20
            ) as c
        ) as allowed
    where
        p_job <> '' and exists (select from core.job as j where j.company_id = p_company)
        and not exists (select from core.job as j where j.company_id = p_company and j.job = p_job)
    union all
    select
        'cost_code' as setting,
        concat_ws(' / ', nullif(p_extra, ''), p_cost_code, p_category) as found,
        'codes that take cost' || case when p_job = '' then ' on a job' else ' on job ' || p_job end || ': ' || (
            select coalesce(string_agg(c.codes, ', ' order by c.codes), 'there are none')
            from (
                select distinct concat_ws(' / ', nullif(k.extra, ''), k.cost_code, k.category) as codes
                from ledger.code_status as k
                where k.company_id = p_company and p_job in ('', k.job) and k.rule is null
                order by codes
                limit 20
            ) as c
        ) as allowed
    where
        p_cost_code <> '' and exists (select from core.category as k where k.company_id = p_company)
        and not exists (
            select
            from ledger.code_status as k
            where
                k.company_id = p_company and p_job in ('', k.job) and k.extra = p_extra
                and k.cost_code = p_cost_code and k.category = p_category and k.rule is null
        )
    union all
    select
        'effective_from' as setting,
        p_from::text as found,
        'a day after ' || l.locked_through || ': what is posted or lies in a closed month keeps its codes' as allowed
    from core.mapping_locked_through(p_company, p_class, p_job) as l (locked_through)
    where p_from <= l.locked_through
$$;
