-- An AP row that names no PO line is linked to one by an approved decision, bound to the row's content (domain 5).
alter table recon.foreign_decision
add column commitment text,
add column item_number integer,
drop constraint foreign_decision_decision_check,
add constraint foreign_decision_decision_check check (decision in ('accept', 'reverse', 'link')),
add constraint foreign_decision_line_check check (
    (decision = 'link') = (commitment is not null and item_number is not null)
);
comment on column recon.foreign_decision.decision
is 'accept: it stands; reverse: an adjustment takes it back; link: it is an invoice of the PO line';
comment on column recon.foreign_decision.commitment is 'Of a link: commitment the row belongs to';
comment on column recon.foreign_decision.item_number is 'Of a link: item number of that commitment';

-- The PO line that AP rows were linked to, as far as the newest approved decision says so and the row is what it was.
create view recon.ap_link as
with newest as (
    select distinct on (f.company_id, f.row_id)
        f.company_id,
        f.row_id,
        f.row_hash,
        f.commitment,
        f.item_number
    from recon.foreign_decision as f
    where f.state = 'approved'
    order by f.company_id asc, f.row_id asc, f.decision_id desc
)

select
    n.company_id,
    n.row_id,
    n.commitment,
    n.item_number
from newest as n
inner join core.job_cost_transaction as t on t.company_id = n.company_id and t.row_id = n.row_id
where n.commitment is not null and n.row_hash = recon.row_hash(t);
comment on view recon.ap_link is 'PO line that an AP row was linked to by decision; key: company_id, row_id';
comment on column recon.ap_link.company_id is 'The company: one Sage data folder';
comment on column recon.ap_link.row_id is 'Row id of the AP cost in Sage';
comment on column recon.ap_link.commitment is 'Commitment it belongs to';
comment on column recon.ap_link.item_number is 'Item number of the commitment (PO line)';

-- Every posted cost row of Sage with what it is to us, as before; an AP row counts on the line it was linked to.
create or replace view recon.sage_cost_row as
with decision as (
    select distinct on (f.company_id, f.row_id)
        f.company_id,
        f.row_id,
        f.decision = 'accept' and f.row_hash = recon.row_hash(c) as is_accepted
    from recon.foreign_decision as f
    inner join core.job_cost_transaction as c on c.company_id = f.company_id and c.row_id = f.row_id
    where f.state = 'approved'
    order by f.company_id asc, f.row_id asc, f.decision_id desc
),

posted as (
    select
        t.*,
        coalesce(nullif(ca.accumulate_as, ''), nullif(sc.accumulate_as, ''), 'Material') ilike 'm%' as is_material
    from core.job_cost_transaction as t
    left join core.category as ca
        on
            ca.company_id = t.company_id and ca.job = t.job and ca.extra = t.extra
            and ca.cost_code = t.cost_code and ca.category = t.category
    left join core.standard_category as sc on sc.company_id = t.company_id and sc.category = t.category
    where
        t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        and t.transaction_type in ('JC cost', 'AP cost', 'PR cost', 'EQ cost', 'IV cost', 'SM cost')
)

select
    t.company_id,
    t.row_id,
    t.job,
    t.extra,
    t.cost_code,
    t.category,
    t.transaction_type,
    t.transaction_date,
    t.accounting_date,
    t.description,
    t.units,
    t.amount,
    t.vendor,
    t.invoice,
    t.ref_1 as reference,
    t.batch,
    p.posting_id,
    p.kind as posting_kind,
    case
        when p.posting_id is not null then p.commitment
        when i.item_number is not null then i.commitment
        else ''
    end as commitment,
    case
        when p.posting_id is not null then coalesce(p.item_number, 0)
        else coalesce(i.item_number, 0)
    end as item_number,
    case
        when p.posting_id is not null then 'own'
        when i.item_number is not null then 'invoice'
        when r.kind is not null then r.kind
        when not t.is_material then 'outside'
        when t.transaction_type = 'AP cost' then 'ap_unmatched'
        else 'foreign'
    end as kind,
    coalesce(d.is_accepted, false) as is_accepted,
    t.operator_stamp,
    t.stamped_at
from posted as t
left join outbox.cost_posting as p
    on p.company_id = t.company_id and p.posting_reference = t.ref_1 and t.transaction_type = 'JC cost'
left join recon.ap_link as k on k.company_id = t.company_id and k.row_id = t.row_id
left join core.commitment_item as i
    on
        i.company_id = t.company_id and i.commitment = coalesce(k.commitment, t.commitment)
        and i.item_number = coalesce(k.item_number, t.item_number)
        and t.transaction_type = 'AP cost'
left join lateral (
    select u.kind
    from core.ap_rule as u
    where
        t.transaction_type = 'AP cost' and i.item_number is null
        and u.company_id = t.company_id
        and (coalesce(u.tax_id, '') = '' or u.tax_id = t.tax_id)
        and (coalesce(u.debit_account, '') = '' or u.debit_account = t.debit_account)
        and (coalesce(u.cost_code, '') = '' or u.cost_code = t.cost_code)
        -- The edge of a word is \b in the profile and \y in Postgres.
        and (coalesce(u.description_pattern, '') = '' or t.description ~* replace(u.description_pattern, '\b', '\y'))
    order by u.rule_no
    limit 1
) as r on true
left join decision as d on d.company_id = t.company_id and d.row_id = t.row_id;

-- One hash over everything a run proposes: its terms and tie-out, every adjustment, decision and proposed event.
-- Whoever posts recomputes it and compares it with the approval, so that nothing but what was shown can be sent.
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

-- Every posted AP row on a PO line as it stands in CURRENT or HISTORY, with the key that outlives both; one row per AP
-- row. A row that is gone counts until both extracts have come once more: it may be on its way to the history.
create or replace view outbox.mirrored_ap_row with (security_invoker = true) as
with standing as (
    select
        t.*,
        i.commitment as line_commitment,
        i.item_number as line_item_number,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.distribution_sequence, i.commitment, i.item_number,
                t.transaction_date, t.accounting_date
            order by t.run, t.sequence, t.row_id
        ) as occurrence
    from core.job_cost_transaction as t
    left join recon.ap_link as k on k.company_id = t.company_id and k.row_id = t.row_id
    inner join core.commitment_item as i
        on
            t.company_id = i.company_id and coalesce(k.commitment, t.commitment) = i.commitment
            and coalesce(k.item_number, t.item_number) = i.item_number
    where
        t.transaction_type = 'AP cost'
        and t.source in ('CURRENT', 'HISTORY')
        and (
            t.gone_at is null
            or exists (
                select
                from audit.watermark as w
                where w.company_id = t.company_id and w.flow in ('JCT', 'JCH') and w.landed_at <= t.gone_at
            )
        )
)

select
    s.company_id,
    s.row_id,
    s.vendor,
    s.invoice,
    s.line_commitment as commitment,
    s.line_item_number as item_number,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    s.accounting_date,
    s.debit_account,
    s.units,
    s.amount,
    concat_ws(
        '|', s.vendor, s.invoice, coalesce(s.distribution_sequence, 0), s.line_commitment, s.line_item_number,
        to_char(s.transaction_date, 'YYYYMMDD'), to_char(s.accounting_date, 'YYYYMMDD'), s.occurrence
    ) as source_key
from standing as s;
