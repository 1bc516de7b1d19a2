-- One hash over everything a run proposes, as before, with the accruals it releases.
create or replace function recon.proposal_hash(wanted_run bigint) returns text
language sql stable as $$
    with parts as (
        select
            0 as place,
            r.run_no as number,
            array[
                r.company_id, r.scope, r.period, r.job, r.mode, r.materiality::text, r.prepared_by, r.tie_out::text
            ] as fields
        from recon.run as r
        where r.run_no = wanted_run
        union all
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
            ] as fields
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
    )

    select encode(
        sha256(
            convert_to(
                string_agg(
                    p.place || E'\x1f' || p.number || E'\x1f' || array_to_string(p.fields, E'\x1f', E'\x1e'), E'\n'
                    order by p.place, p.number
                ),
                'UTF8'
            )
        ),
        'hex'
    )
    from parts as p
$$;
