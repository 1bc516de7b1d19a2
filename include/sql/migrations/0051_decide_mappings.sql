-- The walls of mappings: who may propose and decide, and that no day that is over changes (domain 3).

-- Refuse a proposal that could not be approved, in one sentence; a person proposes in the own name only.
create function core.judge_mapping_proposal() returns trigger
language plpgsql as $$
declare
    fault record;
begin
    if tg_op = 'UPDATE' then
        if old.state <> 'open'
            or (to_jsonb(new) - '{state,decided_by,decided_at,comment}'::text[])
            is distinct from (to_jsonb(old) - '{state,decided_by,decided_at,comment}'::text[])
        then
            raise exception 'RS-133 a proposal of a mapping is not changed; record: proposal %; '
                'next step: propose what is right as a new row', old.proposal_no
                using errcode = 'integrity_constraint_violation';
        end if;
        return new;
    end if;
    if not pg_has_role(session_user, 'pipeline', 'member') then
        new.proposed_by := session_user;
        new.origin := 'table';
        new.state := 'open';
        new.decided_by := null;
        new.decided_at := null;
    end if;
    select f.* into fault
    from core.mapping_fault(
        new.company_id, new.material_class, new.job, new.extra, new.cost_code, new.category, new.effective_from
    ) as f
    limit 1;
    if found then
        raise exception 'RS-131 a mapping cannot be as proposed; record: %, column %; expected: %; found: %; '
            'next step: correct the value and propose it again',
            new.origin, fault.setting, fault.allowed, fault.found
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger judge before insert or update on core.mapping_proposal
for each row execute function core.judge_mapping_proposal();
create trigger append_only before delete or truncate on core.mapping_proposal
for each statement execute function audit.refuse_change();
alter table core.mapping_proposal enable always trigger append_only;

-- The wall before core.mapping, whoever writes: a row follows from an approved proposal, no two rows of a class and job
-- hold on one day, and no day that is locked changes.
create function core.keep_mapping_past() returns trigger
language plpgsql as $$
declare
    kept core.mapping := coalesce(new, old);
    first_changed date;
    locked_through date;
begin
    first_changed := case tg_op
        when 'UPDATE' then least(coalesce(old.effective_to, 'infinity'), coalesce(new.effective_to, 'infinity')) + 1
        else kept.effective_from
    end;
    if tg_op = 'UPDATE' and (to_jsonb(new) - 'effective_to') is distinct from (to_jsonb(old) - 'effective_to') then
        first_changed := least(old.effective_from, new.effective_from);
    end if;
    locked_through := core.mapping_locked_through(kept.company_id, kept.material_class, kept.job);
    if first_changed <= locked_through then
        raise exception 'RS-132 a mapping would change the past; record: %, class %, job "%"; expected: days after %; '
            'found: %; next step: propose it from a later day on',
            kept.company_id, kept.material_class, kept.job, locked_through, first_changed
            using errcode = 'integrity_constraint_violation';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    if not exists (
        select
        from core.mapping_proposal as p
        where
            p.proposal_no = new.proposal_no and p.state = 'approved' and p.decided_by = new.approved_by
            and (p.company_id, p.material_class, p.job, p.extra, p.cost_code, p.category)
            = (new.company_id, new.material_class, new.job, new.extra, new.cost_code, new.category)
            and new.effective_from >= p.effective_from
            and coalesce(new.effective_to, 'infinity') <= coalesce(p.effective_to, 'infinity')
    ) then
        raise exception 'RS-631 a mapping without an approval of exactly this content; record: %, class %, job "%", '
            'from %; next step: propose it in core.mapping_proposal and let another person decide',
            new.company_id, new.material_class, new.job, new.effective_from
            using errcode = 'integrity_constraint_violation';
    end if;
    if exists (
        select
        from core.mapping as m
        where
            m.company_id = new.company_id and m.material_class = new.material_class and m.job = new.job
            and m.effective_from <> case tg_op when 'UPDATE' then old.effective_from else date '-infinity' end
            and m.effective_from <= coalesce(new.effective_to, 'infinity')
            and new.effective_from <= coalesce(m.effective_to, 'infinity')
    ) then
        raise exception 'RS-134 two mappings hold on one day; record: %, class %, job "%", from %; '
            'next step: propose the change in core.mapping_proposal, which shortens the other one',
            new.company_id, new.material_class, new.job, new.effective_from
            using errcode = 'exclusion_violation';
    end if;
    return new;
end
$$;
create trigger keep_past before insert or update or delete on core.mapping
for each row execute function core.keep_mapping_past();
alter table core.mapping enable always trigger keep_past;

-- Decide about a proposal: approved, it holds from its first to its last day and what held there is cut back. Lines of
-- events whose codes move are valued again. The person is the login, unless the pipeline names who decided in the UI.
create function core.decide_mapping(
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
        e.company_id,
        e.commitment,
        e.item_number
    from ledger.mapped_event as e
    where
        e.company_id = wanted.company_id and e.material_class = wanted.material_class
        and wanted.job in ('', e.job) and e.event_date between wanted.effective_from and last_day
    on conflict do nothing;
    return p_decision;
end
$$;

-- People propose and decide; nobody writes what is in force by hand. The pipeline stores what files say.
revoke insert, update on core.mapping from finance;
revoke update, delete on core.mapping_proposal from pipeline;
grant insert (
    company_id, material_class, job, extra, cost_code, category, effective_from, effective_to, owner
) on core.mapping_proposal to finance;
revoke execute on function core.decide_mapping from public;
grant execute on function core.decide_mapping to finance, pipeline;
