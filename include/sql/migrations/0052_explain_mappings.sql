-- What a mapping does, before and after: preview of a change, and why an event has its codes.

-- What a change would move, while nothing is written: one row per event, measure and codes as recorded now. *_then
-- empty = the event would wait. Events that wait now have no value yet; their row says units as recorded on site.
create function core.preview_mapping(
    p_company text, p_class text, p_job text, p_extra text, p_cost_code text, p_category text, p_from date,
    p_to date default null
)
returns table (
    event_id text, event_type text, event_date date, commitment text, item_number integer, measure text, job text,
    extra_now text, cost_code_now text, category_now text, extra_then text, cost_code_then text, category_then text,
    units numeric, amount numeric
)
language sql stable as $$
    with moved as (
        select
            e.company_id,
            e.event_id,
            e.event_type,
            e.event_date,
            e.effect,
            e.status,
            e.commitment,
            e.item_number,
            e.job,
            n.extra as extra_now,
            n.cost_code as cost_code_now,
            n.category as category_now,
            case when p_cost_code <> '' then p_extra else w.extra end as extra_then,
            case when p_cost_code <> '' then p_cost_code else w.cost_code end as cost_code_then,
            case when p_cost_code <> '' then p_category else w.category end as category_then
        from ledger.mapped_event as e
        left join lateral core.mapping_in_force(e.company_id, e.material_class, e.job, e.event_date) as n on true
        left join lateral core.mapping_in_force(e.company_id, e.material_class, '', e.event_date) as w
            on p_job <> ''
        where
            e.company_id = p_company and e.material_class = p_class and p_job in ('', e.job)
            and e.event_date between p_from and coalesce(p_to, 'infinity')
            -- A company's mapping says nothing where the job has its own.
            and (p_job <> '' or coalesce(n.job, '') = '')
            -- What is given back goes where it came from.
            and not (e.effect = 'give_back' and e.owner_event_id is not null)
    ),

    differing as (
        select m.*
        from moved as m
        where
            (m.extra_now, m.cost_code_now, m.category_now)
            is distinct from (m.extra_then, m.cost_code_then, m.category_then)
    ),

    worth as (
        select
            d.event_id as owner_event_id,
            v.event_id,
            v.measure,
            v.units,
            v.amount
        from differing as d
        inner join ledger.event_tag as t
            on
                t.company_id = d.company_id
                and (t.event_id = d.event_id or (t.effect = 'give_back' and t.owner_event_id = d.event_id))
        inner join ledger.value_entry as v
            on
                v.company_id = t.company_id and v.event_id = t.event_id and v.job = d.job
                and (v.extra, v.cost_code, v.category) = (d.extra_now, d.cost_code_now, d.category_now)
    )

    select
        d.event_id,
        d.event_type,
        d.event_date,
        d.commitment,
        d.item_number,
        w.measure,
        d.job,
        d.extra_now,
        d.cost_code_now,
        d.category_now,
        d.extra_then,
        d.cost_code_then,
        d.category_then,
        sum(w.units) as units,
        sum(w.amount) as amount
    from differing as d
    inner join worth as w on w.owner_event_id = d.event_id
    group by
        d.event_id, d.event_type, d.event_date, d.commitment, d.item_number, w.measure, d.job, d.extra_now,
        d.cost_code_now, d.category_now, d.extra_then, d.cost_code_then, d.category_then
    having sum(w.units) <> 0 or sum(w.amount) <> 0
    union all
    select
        d.event_id,
        d.event_type,
        d.event_date,
        d.commitment,
        d.item_number,
        null as measure,
        d.job,
        d.extra_now,
        d.cost_code_now,
        d.category_now,
        d.extra_then,
        d.cost_code_then,
        d.category_then,
        e.quantity as units,
        null as amount
    from differing as d
    inner join ledger.material_event as e on e.company_id = d.company_id and e.event_id = d.event_id
    where d.status = 'waiting'
$$;

create view mart.mapping as
select
    m.company_id,
    m.material_class,
    m.job,
    j.description as job_name,
    m.extra,
    m.cost_code,
    m.category,
    m.effective_from,
    m.effective_to,
    m.owner,
    m.approved_by,
    p.proposed_by,
    p.decided_at as approved_at,
    p.origin,
    m.proposal_no
from core.mapping as m
inner join core.mapping_proposal as p on p.proposal_no = m.proposal_no
left join core.job as j on j.company_id = m.company_id and j.job = m.job;
comment on view mart.mapping
is 'Material class to codes in force, by day; key: company_id, material_class, job, effective_from';
comment on column mart.mapping.company_id is 'The company: one Sage data folder';
comment on column mart.mapping.material_class is 'Class of the material, as the catalog names it';
comment on column mart.mapping.job is 'Job it is for; empty = every job without one of its own';
comment on column mart.mapping.job_name is 'Name of the job';
comment on column mart.mapping.extra is 'Extra of the job; empty = base job';
comment on column mart.mapping.cost_code is 'Cost code it leads to';
comment on column mart.mapping.category is 'Category it leads to';
comment on column mart.mapping.effective_from is 'First day it holds';
comment on column mart.mapping.effective_to is 'Last day it holds; empty = until further notice';
comment on column mart.mapping.owner is 'Who answers for it';
comment on column mart.mapping.approved_by is 'Who approved it; never who proposed it';
comment on column mart.mapping.proposed_by is 'Who proposed it';
comment on column mart.mapping.approved_at is 'When it was approved';
comment on column mart.mapping.origin is 'Where it came from: table, or file and line';
comment on column mart.mapping.proposal_no is 'The proposal it follows from';

create view mart.mapping_proposal as
select
    p.proposal_no,
    p.company_id,
    p.material_class,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.effective_from,
    p.effective_to,
    p.owner,
    p.origin,
    p.proposed_by,
    p.proposed_at,
    p.state,
    p.decided_by,
    p.decided_at,
    p.comment
from core.mapping_proposal as p;
comment on view mart.mapping_proposal
is 'Changes of mappings that were asked for, with who decided; key: proposal_no';
comment on column mart.mapping_proposal.proposal_no is 'Number of the proposal';
comment on column mart.mapping_proposal.company_id is 'The company: one Sage data folder';
comment on column mart.mapping_proposal.material_class is 'Class of the material, as the catalog names it';
comment on column mart.mapping_proposal.job is 'Job it is for; empty = every job';
comment on column mart.mapping_proposal.extra is 'Extra of the job; empty = base job';
comment on column mart.mapping_proposal.cost_code is 'Cost code; empty = the mapping ends';
comment on column mart.mapping_proposal.category is 'Category of the cost code; empty = the mapping ends';
comment on column mart.mapping_proposal.effective_from is 'First day it holds';
comment on column mart.mapping_proposal.effective_to is 'Last day it holds; empty = until further notice';
comment on column mart.mapping_proposal.owner is 'Who answers for the mapping';
comment on column mart.mapping_proposal.origin is 'Where it came from: table, or file and line';
comment on column mart.mapping_proposal.proposed_by is 'Who proposed it';
comment on column mart.mapping_proposal.proposed_at is 'When';
comment on column mart.mapping_proposal.state is 'open, approved or refused';
comment on column mart.mapping_proposal.decided_by is 'Who decided; never who proposed';
comment on column mart.mapping_proposal.decided_at is 'When';
comment on column mart.mapping_proposal.comment is 'What was said with the decision';

-- Every mapping of a class that could hold for a job on a day, and why it does or does not; in force first.
create function mart.explain_mapping(company_id text, material_class text, job text, day date)
returns table (
    mapping_job text, effective_from date, effective_to date, extra text, cost_code text, category text, owner text,
    approved_by text, is_in_force boolean, reason text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        m.job as mapping_job,
        m.effective_from,
        m.effective_to,
        m.extra,
        m.cost_code,
        m.category,
        m.owner,
        m.approved_by,
        m.proposal_no is not distinct from f.proposal_no and m.effective_from = f.effective_from as is_in_force,
        case
            when m.effective_from > explain_mapping.day then 'begins on ' || m.effective_from
            when m.effective_to < explain_mapping.day then 'ended on ' || m.effective_to
            when m.job <> f.job then 'job ' || f.job || ' has a mapping of its own, which goes first'
            when m.job = '' then 'holds for every job without a mapping of its own'
            else 'holds for job ' || m.job
        end as reason
    from core.mapping as m
    left join lateral core.mapping_in_force(
        explain_mapping.company_id, explain_mapping.material_class, explain_mapping.job, explain_mapping.day
    ) as f on true
    where
        m.company_id = explain_mapping.company_id and m.material_class = explain_mapping.material_class
        and m.job in ('', explain_mapping.job)
    order by is_in_force desc, m.job desc, m.effective_from desc
$$;
comment on function mart.explain_mapping
is 'Mappings of a material class that could hold for a job on a day, each with the reason why it does or does not';

-- Why an event has its codes, or none: the four sources in the order they are asked; one row per source.
create function mart.explain_event_codes(company_id text, event_id text)
returns table (
    step integer, source text, verdict text, job text, extra text, cost_code text, category text, reason text
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with known as (
        select
            e.company_id,
            e.event_id,
            e.event_type,
            e.event_date,
            e.job as said_job,
            e.extra as said_extra,
            e.cost_code as said_cost_code,
            e.category as said_category,
            t.status,
            t.rule,
            t.source,
            t.effect,
            t.job as tag_job,
            t.extra as tag_extra,
            t.cost_code as tag_cost_code,
            t.category as tag_category,
            t.commitment,
            t.item_number,
            l.job as line_job,
            l.extra as line_extra,
            l.cost_code as line_cost_code,
            l.category as line_category,
            coalesce(e.standard_item, l.standard_item) as standard_item,
            nullif(i.material_class, '') as material_class,
            m.job as mapping_job,
            m.extra as mapping_extra,
            m.cost_code as mapping_cost_code,
            m.category as mapping_category,
            m.effective_from,
            m.approved_by
        from ledger.material_event as e
        left join ledger.event_tag as t on t.company_id = e.company_id and t.event_id = e.event_id
        left join core.commitment_item as l
            on l.company_id = e.company_id and l.commitment = t.commitment and l.item_number = t.item_number
        left join core.item as i
            on i.company_id = e.company_id and i.standard_item = coalesce(e.standard_item, l.standard_item)
        left join lateral core.mapping_in_force(
            e.company_id, i.material_class, coalesce(l.job, ''), e.event_date
        ) as m on true
        where e.company_id = explain_event_codes.company_id and e.event_id = explain_event_codes.event_id
    ),

    asked as (
        select
            1 as step,
            'event' as source,
            k.said_job as job,
            k.said_extra as extra,
            k.said_cost_code as cost_code,
            k.said_category as category,
            case
                when k.said_job is null and k.said_cost_code is null then 'the event carries no job and cost code'
                when k.said_job is null or k.said_cost_code is null
                    then 'the event carries only a part: job ' || coalesce(k.said_job, 'none') || ', cost code '
                        || coalesce(k.said_cost_code, 'none')
                else 'job and cost code were given on site'
            end as reason
        from known as k
        union all
        select
            2 as step,
            'allocation' as source,
            case when k.source = 'allocation' then k.tag_job end as job,
            case when k.source = 'allocation' then k.tag_extra end as extra,
            case when k.source = 'allocation' then k.tag_cost_code end as cost_code,
            case when k.source = 'allocation' then k.tag_category end as category,
            case
                when k.source = 'allocation' then 'the stock it draws from was allocated to these codes'
                when k.effect = 'consume' then 'the stock it draws from was not allocated to codes by then'
                else 'only what is built in or wasted follows an allocation'
            end as reason
        from known as k
        union all
        select
            3 as step,
            'commitment_item' as source,
            nullif(k.line_job, '') as job,
            k.line_extra as extra,
            nullif(k.line_cost_code, '') as cost_code,
            k.line_category as category,
            case
                when k.commitment is null then 'the event has no PO line'
                when k.line_job is null
                    then 'commitment ' || k.commitment || ' item ' || k.item_number || ' is not in Sage''s mirror'
                when k.line_cost_code = ''
                    then 'commitment ' || k.commitment || ' item ' || k.item_number || ' names no cost code'
                else 'commitment ' || k.commitment || ' item ' || k.item_number || ' names them'
            end as reason
        from known as k
        union all
        select
            4 as step,
            'mapping' as source,
            case when k.mapping_cost_code is not null then nullif(k.line_job, '') end as job,
            k.mapping_extra as extra,
            k.mapping_cost_code as cost_code,
            k.mapping_category as category,
            case
                when k.standard_item is null then 'the event has no standard item'
                when k.material_class is null then 'standard item ' || k.standard_item || ' has no material class'
                when k.mapping_cost_code is null
                    then 'no mapping of class ' || k.material_class || ' holds on ' || k.event_date
                else 'class ' || k.material_class || ', mapping '
                    || case k.mapping_job when '' then 'of every job' else 'of job ' || k.mapping_job end
                    || ' from ' || k.effective_from || ', approved by ' || k.approved_by
            end as reason
        from known as k
    )

    select
        a.step,
        a.source,
        case
            when k.status = 'tagged' and k.source = a.source then 'taken'
            when a.job is null or a.cost_code is null then 'gives none'
            when k.status = 'tagged' then 'not needed'
            else 'not taken: ' || coalesce(w.reason, k.rule, 'waits')
        end as verdict,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        a.reason
    from asked as a
    cross join known as k
    left join (
        select
            r.rule,
            'the event waits, ' || r.rule || '; ' || r.remedy as reason
        from ledger.waiting_rule as r
    ) as w on w.rule = k.rule
    order by a.step
$$;
comment on function mart.explain_event_codes
is 'Why an event has its codes, or none: event, allocation, PO line and mapping, each with its verdict and reason';

revoke execute on function mart.explain_mapping, mart.explain_event_codes from public;
grant execute on function mart.explain_mapping, mart.explain_event_codes
to pipeline, finance, oncall, analyst, auditor;
