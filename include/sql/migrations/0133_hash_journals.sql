-- A proposal and a sign-off rest on the journal as well.

-- One hash over everything a run proposes, as before, with the lines of the journal.
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

-- What stands booked in a month, as before, with the journal's lines: entries of the month, reversals of the one
-- before.
create or replace function recon.period_rows(wanted_company text, wanted_period text)
returns table (row_kind text, row_key text, row_hash text)
language sql stable as $$
    select
        'Sage row' as row_kind,
        t.row_id as row_key,
        recon.row_hash(t) as row_hash
    from core.job_cost_transaction as t
    where
        t.company_id = wanted_company and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        and t.accounting_date >= to_date(wanted_period, 'YYYY-MM')
        and t.accounting_date < to_date(wanted_period, 'YYYY-MM') + interval '1 month'
    union all
    select
        'posting' as row_kind,
        p.posting_reference as row_key,
        encode(
            sha256(
                convert_to(
                    concat_ws(
                        E'\x1f', p.kind, p.job, p.extra, p.cost_code, p.category, p.transaction_date::text,
                        p.amount::text, p.debit_account, p.credit_account
                    ),
                    'UTF8'
                )
            ),
            'hex'
        ) as row_hash
    from outbox.cost_posting as p
    where
        p.company_id = wanted_company and p.state <> 'reversed'
        and p.accounting_date >= to_date(wanted_period, 'YYYY-MM')
        and p.accounting_date < to_date(wanted_period, 'YYYY-MM') + interval '1 month'
    union all
    select
        'journal line' as row_kind,
        l.reference as row_key,
        encode(
            sha256(
                convert_to(
                    concat_ws(
                        E'\x1f', l.kind, l.commitment, l.item_number::text, l.amount::text, l.debit_account,
                        l.credit_account
                    ),
                    'UTF8'
                )
            ),
            'hex'
        ) as row_hash
    from outbox.journal_line as l
    where
        l.company_id = wanted_company
        and l.accounting_date >= to_date(wanted_period, 'YYYY-MM')
        and l.accounting_date < to_date(wanted_period, 'YYYY-MM') + interval '1 month'
$$;
