-- A proposal rests on the money of its change orders and on the lines as they were; the data flow has its row.

-- As before; a correction of a commitment says its money and what the line was. Proposals made before say what they
-- said.
create or replace function recon.proposal_line(wanted_run bigint)
returns table (line text, place integer, number bigint, fields text[], line_hash text)
language sql stable as $$
    with parts as (
        select
            1 as place,
            a.adjustment_id as number,
            array[
                a.corrects_reference, a.job, a.extra, a.cost_code, a.category, a.commitment, a.item_number::text,
                to_char(a.transaction_date, 'YYYY-MM-DD'), a.amount::text, a.reason
            ] as fields
        from recon.adjustment as a
        where a.run_no = wanted_run
        union all
        select
            2 as place,
            d.decision_id as number,
            array[
                d.row_id, d.row_hash, d.decision || coalesce(' ' || d.commitment || '/' || d.item_number, '')
            ] as fields
        from recon.foreign_decision as d
        where d.run_no = wanted_run
        union all
        select
            3 as place,
            e.proposal_id as number,
            array[
                e.event_type, e.commitment, e.item_number::text, e.job, e.extra, e.cost_code, e.category,
                e.quantity::text, e.unit, e.reason
            ]
            || case
                when e.amount is null then array[]::text []
                else array[e.amount::text, e.units_ordered::text, e.amount_ordered::text]
            end as fields
        from recon.proposed_event as e
        where e.run_no = wanted_run
        union all
        select
            4 as place,
            j.proposal_id as number,
            array[
                j.period, j.commitment, j.item_number::text, j.side, j.amount::text, j.debit_account, j.credit_account
            ] as fields
        from recon.journal as j
        where j.run_no = wanted_run
        union all
        select
            5 as place,
            l.release_id as number,
            array[
                l.decision, l.commitment, l.item_number::text, to_char(l.released_on, 'YYYY-MM-DD'), l.units_kept::text,
                l.units_open::text, l.amount::text, l.job, l.extra, l.cost_code, l.category, l.reason
            ] as fields
        from recon.accrual_release as l
        where l.run_no = wanted_run
        union all
        select
            6 as place,
            x.dismissal_id as number,
            array[
                x.cause, x.reference, x.job, x.extra, x.cost_code, x.category, x.commitment, x.item_number::text,
                x.amount_ours::text, x.amount_sage::text, x.row_hash, x.reason
            ] as fields
        from recon.dismissal as x
        where x.run_no = wanted_run
    )

    select
        substr('AEPJRD', p.place, 1) || p.number as line,
        p.place,
        p.number,
        p.fields,
        encode(
            sha256(convert_to(wanted_run || E'\x1f' || array_to_string(p.fields, E'\x1f', E'\x1e'), 'UTF8')), 'hex'
        ) as line_hash
    from parts as p
$$;

-- As before, with the money of a correction.
create or replace view mart.proposal_line with (security_invoker = true) as
with proposed as (
    select
        a.run_no,
        'A' || a.adjustment_id as line,
        'adjustment' as kind,
        concat_ws(' / ', a.job, nullif(a.extra, ''), a.cost_code, a.category) as subject,
        a.amount,
        a.reason as proposed_because
    from recon.adjustment as a
    union all
    select
        f.run_no,
        'E' || f.decision_id as line,
        'entry' as kind,
        f.row_id as subject,
        null as amount,
        f.decision || coalesce(' to ' || f.commitment || '/' || f.item_number, '') as proposed_because
    from recon.foreign_decision as f
    union all
    select
        e.run_no,
        'P' || e.proposal_id as line,
        e.event_type as kind,
        e.commitment || '/' || e.item_number as subject,
        e.amount,
        e.reason as proposed_because
    from recon.proposed_event as e
    union all
    select
        j.run_no,
        'J' || j.proposal_id as line,
        'journal' as kind,
        j.commitment || '/' || j.item_number as subject,
        j.amount,
        j.side as proposed_because
    from recon.journal as j
    union all
    select
        l.run_no,
        'R' || l.release_id as line,
        l.decision as kind,
        l.commitment || '/' || l.item_number as subject,
        l.amount,
        l.reason as proposed_because
    from recon.accrual_release as l
    union all
    select
        x.run_no,
        'D' || x.dismissal_id as line,
        'dismissal' as kind,
        x.reference as subject,
        x.amount_sage - x.amount_ours as amount,
        x.reason as proposed_because
    from recon.dismissal as x
)

select
    r.company_id,
    r.period,
    r.run_no,
    p.line,
    p.kind,
    p.subject,
    p.amount::numeric(14, 2) as amount,
    p.proposed_because,
    r.prepared_by as proposed_by,
    d.decision,
    d.reason,
    v.decided_by,
    v.decided_at
from proposed as p
inner join recon.run as r on r.run_no = p.run_no
left join recon.line_decision as d on d.run_no = p.run_no and d.line = p.line
left join audit.approval as v on v.approval_id = d.approval_id;

-- Data flows of the profile as rows, as before, with the corrections of commitments; a company that was stored before
-- has them off.
create or replace view core.data_flow with (security_invoker = true) as
select
    y.company_id,
    f.flow,
    f.direction,
    coalesce(
        (y.profile #>> array['flows', f.flow, 'is_on'])::boolean, f.flow not in ('journals', 'commitment_changes')
    ) as is_on,
    coalesce(
        y.profile #>> array['flows', f.flow, 'rhythm'],
        case when f.flow in ('journals', 'commitment_changes') then 'on demand' else 'continuous' end
    ) as rhythm,
    coalesce(y.profile #>> array['flows', f.flow, 'transport'], 'files') as transport,
    y.time_zone
from core.company as y
cross join (
    values
    ('jobs', 'sage_to_core'),
    ('commitments', 'sage_to_core'),
    ('vendors_and_items', 'sage_to_core'),
    ('job_cost', 'sage_to_core'),
    ('results', 'sage_to_core'),
    ('material_events', 'runblu_to_core'),
    ('receipts', 'core_to_sage'),
    ('material_costs', 'core_to_sage'),
    ('adjustments', 'core_to_sage'),
    ('journals', 'core_to_sage'),
    ('commitment_changes', 'core_to_sage'),
    ('master_data', 'core_to_runblu')
) as f (flow, direction);
