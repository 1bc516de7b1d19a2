-- A mapping is asked for the job the event says, else the job of its PO line; of a transfer, for the job it goes to;
-- and also for draws by item and location (domain 3).

-- Events whose codes come from a mapping, or that wait for one; one row per event. A draw that names no line has the
-- codes of the first layer it took from.
create or replace view ledger.mapped_event with (security_invoker = true) as
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
    case e.event_type when 'transferred' then e.to_job else coalesce(e.job, l.job, t.job, '') end as job,
    i.standard_item,
    i.material_class
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
left join core.commitment_item as l
    on l.company_id = t.company_id and l.commitment = t.commitment and l.item_number = t.item_number
inner join core.item as i
    on i.company_id = t.company_id and i.standard_item = coalesce(e.standard_item, l.standard_item)
where
    i.material_class <> ''
    and (
        t.source = 'mapping'
        or (
            t.status = 'waiting' and t.rule = 'untagged' and (t.commitment is null or l.commitment is not null)
            and (e.job is null or e.cost_code is null)
            and (
                t.commitment is null or e.event_type = 'transferred'
                or l.cost_code = '' or e.job <> l.job or e.cost_code <> l.cost_code
            )
        )
    );
comment on column ledger.mapped_event.job
is 'Job whose mapping is asked for: the event''s, else the PO line''s; of a transfer the job it goes to';

-- Decide about a proposal, as before; what is valued again now includes draws by item and location, transfers to the
-- job and events that name only the job.
create or replace function core.decide_mapping(
    p_proposal bigint, p_decision text, p_comment text default '', p_decided_by text default session_user
)
returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wanted core.mapping_proposal;
    fault record;
    decider text := case when pg_has_role(session_user, 'pipeline', 'member') then p_decided_by else session_user end;
    last_day date;
begin
    if p_decision not in ('approved', 'refused') then
        raise exception 'RS-632 no such decision; record: proposal %; expected: approved or refused; found: %; '
            'next step: decide again', p_proposal, p_decision using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(hashtext('sage-bridge valuation'));
    select p.* into wanted from core.mapping_proposal as p where p.proposal_no = p_proposal for update;
    if not found or wanted.state <> 'open' then
        raise exception 'RS-632 no open proposal of a mapping has this number; record: proposal %; '
            'next step: take the number from mart.mapping_proposal', p_proposal using errcode = 'no_data_found';
    end if;
    if decider = wanted.proposed_by then
        raise exception 'RS-633 who proposed a mapping may not decide about it; record: proposal % of %; '
            'next step: let another person decide', p_proposal, decider using errcode = 'insufficient_privilege';
    end if;
    if p_decision = 'approved' then
        select f.* into fault
        from core.mapping_fault(
            wanted.company_id, wanted.material_class, wanted.job, wanted.extra, wanted.cost_code, wanted.category,
            wanted.effective_from
        ) as f
        limit 1;
        if found then
            raise exception 'RS-131 a mapping cannot be as proposed; record: %, column %; expected: %; found: %; '
                'next step: refuse it and propose it anew', wanted.origin, fault.setting, fault.allowed, fault.found
                using errcode = 'check_violation';
        end if;
    end if;
    update core.mapping_proposal
    set state = p_decision, decided_by = decider, decided_at = clock_timestamp(), comment = p_comment
    where proposal_no = p_proposal;
    if p_decision = 'refused' then
        return p_decision;
    end if;

    last_day := coalesce(wanted.effective_to, 'infinity');
    create temporary table mapping_cut on commit drop as
    select m.*
    from core.mapping as m
    where
        m.company_id = wanted.company_id and m.material_class = wanted.material_class and m.job = wanted.job
        and m.effective_from <= last_day and coalesce(m.effective_to, 'infinity') >= wanted.effective_from;
    delete from core.mapping as m
    using mapping_cut as c
    where
        m.company_id = c.company_id and m.material_class = c.material_class and m.job = c.job
        and m.effective_from = c.effective_from and c.effective_from >= wanted.effective_from;
    update core.mapping as m
    set effective_to = wanted.effective_from - 1
    from mapping_cut as c
    where
        m.company_id = c.company_id and m.material_class = c.material_class and m.job = c.job
        and m.effective_from = c.effective_from and c.effective_from < wanted.effective_from;
    insert into core.mapping (
        company_id, material_class, job, effective_from, effective_to, extra, cost_code, category, owner, approved_by,
        proposal_no
    )
    select
        c.company_id,
        c.material_class,
        c.job,
        last_day + 1 as effective_from,
        c.effective_to,
        c.extra,
        c.cost_code,
        c.category,
        c.owner,
        c.approved_by,
        c.proposal_no
    from mapping_cut as c
    where coalesce(c.effective_to, 'infinity') > last_day
    union all
    select
        wanted.company_id,
        wanted.material_class,
        wanted.job,
        wanted.effective_from,
        wanted.effective_to,
        wanted.extra,
        wanted.cost_code,
        wanted.category,
        wanted.owner,
        decider as approved_by,
        wanted.proposal_no
    where wanted.cost_code <> '';
    drop table mapping_cut;

    insert into ledger.touched_line (company_id, commitment, item_number)
    select distinct
        m.company_id,
        m.commitment,
        m.item_number
    from ledger.mappable_line as m
    inner join core.item as i on i.company_id = m.company_id and i.standard_item = m.standard_item
    where
        m.company_id = wanted.company_id and i.material_class = wanted.material_class
        and wanted.job in ('', m.job) and m.event_date between wanted.effective_from and last_day
    on conflict do nothing;
    return p_decision;
end
$$;

-- As before, with the job that is asked for.
create or replace function mart.explain_event_codes(company_id text, event_id text)
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
            coalesce(e.job, l.job) = l.job and coalesce(e.cost_code, l.cost_code) = l.cost_code as is_agreed,
            coalesce(e.standard_item, l.standard_item) as standard_item,
            nullif(i.material_class, '') as material_class,
            nullif(
                coalesce(case when e.event_type = 'transferred' then e.to_job end, e.job, l.job, t.job), ''
            ) as asked_job,
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
            e.company_id, i.material_class,
            coalesce(case when e.event_type = 'transferred' then e.to_job end, e.job, l.job, t.job, ''), e.event_date
        ) as m on true
        where
            e.company_id = explain_event_codes.company_id and e.event_id = explain_event_codes.event_id
            and core.sees(explain_event_codes.company_id)
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
            case when k.is_agreed then nullif(k.line_job, '') end as job,
            k.line_extra as extra,
            case when k.is_agreed then nullif(k.line_cost_code, '') end as cost_code,
            k.line_category as category,
            case
                when k.commitment is null then 'the event has no PO line'
                when k.line_job is null
                    then 'commitment ' || k.commitment || ' item ' || k.item_number || ' is not in Sage''s mirror'
                when k.line_cost_code = ''
                    then 'commitment ' || k.commitment || ' item ' || k.item_number || ' names no cost code'
                when k.said_job <> k.line_job or k.said_cost_code <> k.line_cost_code
                    then 'commitment ' || k.commitment || ' item ' || k.item_number
                        || ' names others than the event'
                else 'commitment ' || k.commitment || ' item ' || k.item_number || ' names them'
            end as reason
        from known as k
        union all
        select
            4 as step,
            'mapping' as source,
            case when k.mapping_cost_code is not null then k.asked_job end as job,
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
