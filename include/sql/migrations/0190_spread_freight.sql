-- Freight that is billed apart stays cost at its AP date, unless the profile spreads it over the lines by value
-- (`freight`, domain 5): then it is price of these lines and follows their consumption, and its AP row is offset share
-- by share.

-- Every posted AP row on no PO line as it stands in CURRENT or HISTORY, with the key that outlives both: as
-- outbox.mirrored_ap_row says of those on a line.
create view outbox.loose_ap_row with (security_invoker = true) as
with standing as (
    select
        t.*,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.distribution_sequence, t.commitment,
                t.transaction_date, t.accounting_date, t.source
            order by t.run, t.sequence, t.row_id
        ) as place
    from core.job_cost_transaction as t
    where
        t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY')
        and not exists (
            select
            from recon.ap_row_of_line as l
            where l.company_id = t.company_id and l.row_id = t.row_id
        )
        and (
            t.gone_at is null
            or exists (
                select
                from audit.watermark as w
                where w.company_id = t.company_id and w.flow in ('JCT', 'JCH') and w.landed_at <= t.gone_at
            )
        )
),

paired as (
    select
        s.*,
        max(s.transfer_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.commitment,
                s.transaction_date, s.accounting_date, s.place
        ) as history_transfer_id,
        max(s.row_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.commitment,
                s.transaction_date, s.accounting_date, s.place
        ) as history_row_id
    from standing as s
),

counted as (
    select
        p.*,
        row_number() over (
            partition by
                p.company_id, p.vendor, p.invoice, p.distribution_sequence, p.commitment,
                p.transaction_date, p.accounting_date
            order by p.run, p.sequence, p.row_id
        ) as occurrence
    from paired as p
    left join audit.transfer as h on h.transfer_id = p.history_transfer_id
    where
        p.source = 'HISTORY'
        or p.history_transfer_id is null
        or recon.has_moved(p.company_id, p.history_row_id)
        or (
            p.gone_at is null
            and exists (
                select
                from audit.watermark as w
                where w.company_id = p.company_id and w.flow = 'JCT' and w.landed_at > h.finished_at
            )
        )
)

select
    c.company_id,
    c.row_id,
    c.vendor,
    c.invoice,
    c.commitment,
    c.tax_id,
    c.description,
    c.gone_at is null as is_present,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.transaction_date,
    c.accounting_date,
    c.debit_account,
    c.units,
    c.amount,
    concat_ws(
        '|', c.vendor, c.invoice, coalesce(c.distribution_sequence, 0), c.commitment,
        to_char(c.transaction_date, 'YYYYMMDD'), to_char(c.accounting_date, 'YYYYMMDD'), c.occurrence
    ) as source_key
from counted as c;

-- Over which lines: those that the same invoice bills (of the order, where the row names one), by what it bills of
-- each; else the lines of the order it names, by their amounts as they stand. A row that leads to no line is not
-- spread. Shares are cumulative, so that they add up to the row to the cent. What lies before a line's cutover stays.
-- A function, so that nothing of it is planned for a company that leaves freight at its date.
create function outbox.freight_shares(wanted_company text)
returns table (
    row_id text, vendor text, invoice text, commitment text, item_number integer, job text, extra text, cost_code text,
    category text, transaction_date date, accounting_date date, debit_account text, amount numeric, source_key text,
    is_present boolean
)
language plpgsql stable parallel safe as $$
#variable_conflict use_column
begin
    return query
    with freight as (
        select a.*
        from outbox.loose_ap_row as a
        inner join lateral (
            select u.kind
            from core.ap_rule as u
            where
                u.company_id = a.company_id
                and (coalesce(u.tax_id, '') = '' or u.tax_id = a.tax_id)
                and (coalesce(u.debit_account, '') = '' or u.debit_account = a.debit_account)
                and (coalesce(u.cost_code, '') = '' or u.cost_code = a.cost_code)
                and (
                    coalesce(u.description_pattern, '') = ''
                    or a.description ~* replace(u.description_pattern, '\b', '\y')
                )
            order by u.rule_no
            limit 1
        ) as k on k.kind = 'freight'
        where a.company_id = wanted_company
    ),

    invoice_line as (
        select
            f.company_id,
            f.row_id,
            l.commitment,
            l.item_number,
            sum(l.amount) as amount
        from freight as f
        inner join outbox.mirrored_ap_row as l
            on
                l.company_id = f.company_id and l.vendor = f.vendor and l.invoice = f.invoice
                and f.commitment in ('', l.commitment)
        group by f.company_id, f.row_id, l.commitment, l.item_number
        having sum(l.amount) > 0
    ),

    order_line as (
        select
            f.company_id,
            f.row_id,
            i.commitment,
            i.item_number,
            i.amount + coalesce(c.amount, 0) as amount
        from freight as f
        inner join core.commitment_item as i on i.company_id = f.company_id and i.commitment = f.commitment
        left join lateral (
            select sum(x.amount) as amount
            from core.change_order_item as x
            inner join core.change_order as o
                on o.company_id = x.company_id and o.commitment = x.commitment and o.change_order = x.change_order
            where
                x.company_id = i.company_id and x.commitment = i.commitment and x.item_number = i.item_number
                and o.status = 'Approved'
        ) as c on true
        where
            i.amount + coalesce(c.amount, 0) > 0
            and not exists (
                select
                from invoice_line as l
                where l.company_id = f.company_id and l.row_id = f.row_id
            )
    ),

    basis as (
        select * from invoice_line
        union all
        select * from order_line
    ),

    placed as (
        select
            b.company_id,
            b.row_id,
            b.commitment,
            b.item_number,
            b.amount,
            sum(b.amount) over (
                partition by b.company_id, b.row_id order by b.commitment collate "C", b.item_number
            ) as amount_up_to,
            sum(b.amount) over (partition by b.company_id, b.row_id) as amount_in_all
        from basis as b
    ),

    share as (
        select
            p.company_id,
            p.row_id,
            p.commitment,
            p.item_number,
            ledger.layer_share(f.amount, p.amount_in_all, p.amount_up_to)
            - ledger.layer_share(f.amount, p.amount_in_all, p.amount_up_to - p.amount) as amount
        from placed as p
        inner join freight as f on f.company_id = p.company_id and f.row_id = p.row_id
    )

    select
        f.row_id,
        f.vendor,
        f.invoice,
        s.commitment,
        s.item_number,
        f.job,
        f.extra,
        f.cost_code,
        f.category,
        f.transaction_date,
        f.accounting_date,
        f.debit_account,
        s.amount,
        concat_ws('|', f.source_key, s.commitment, s.item_number) as source_key,
        f.is_present
    from share as s
    inner join freight as f on f.company_id = s.company_id and f.row_id = s.row_id
    where
        s.amount <> 0
        and not exists (
            select
            from ledger.line_policy as y
            where
                y.company_id = s.company_id and y.commitment = s.commitment and y.item_number = s.item_number
                and f.transaction_date < y.cutover
        );
end
$$;
comment on function outbox.freight_shares is 'Rows of outbox.freight_share of one company, whatever its profile says';

create view outbox.freight_share with (security_invoker = true) as
select
    y.company_id,
    f.row_id,
    f.vendor,
    f.invoice,
    f.commitment,
    f.item_number,
    f.job,
    f.extra,
    f.cost_code,
    f.category,
    f.transaction_date,
    f.accounting_date,
    f.debit_account,
    f.amount::numeric(14, 2) as amount,
    f.source_key,
    f.is_present
from core.company as y
cross join lateral outbox.freight_shares(y.company_id) as f
where y.profile ->> 'freight' = 'by value';

create or replace view ledger.billed_row with (security_invoker = true) as
select
    r.company_id,
    r.commitment,
    r.item_number,
    r.vendor || E'\x1f' || r.invoice || case when r.units = 0 then E'\x1f' else '' end as bill,
    r.transaction_date as day,
    r.units,
    r.amount,
    r.units = 0 as is_without_units
from outbox.mirrored_ap_row as r
left join ledger.opening_balance as o
    on o.company_id = r.company_id and o.commitment = r.commitment and o.item_number = r.item_number
where o.opened_on is null or r.transaction_date >= o.opened_on
union all
select
    o.company_id,
    o.commitment,
    o.item_number,
    case when o.units_invoiced = 0 then E'\x1f' else '' end as bill,
    o.opened_on - 1 as day,
    o.units_invoiced as units,
    o.amount_invoiced as amount,
    o.units_invoiced = 0 as is_without_units
from ledger.opening_balance as o
where o.units_invoiced <> 0 or o.amount_invoiced <> 0
union all
-- The share of freight is price and nothing else: a bill of its own that asks money and charges no units.
select
    f.company_id,
    f.commitment,
    f.item_number,
    f.vendor || E'\x1f' || f.invoice || E'\x1ffreight' as bill,
    f.transaction_date as day,
    0::numeric(18, 4) as units,
    f.amount,
    false as is_without_units
from outbox.freight_share as f;

comment on view outbox.loose_ap_row
is 'Posted AP rows on no PO line with the key that an offset of theirs carries; key: company_id, row_id';
comment on column outbox.loose_ap_row.company_id is 'The company: one Sage data folder';
comment on column outbox.loose_ap_row.row_id is 'Row id of the job cost transaction in Sage';
comment on column outbox.loose_ap_row.vendor is 'Vendor in Sage';
comment on column outbox.loose_ap_row.invoice is 'Invoice number';
comment on column outbox.loose_ap_row.commitment is 'Commitment (purchase order) it names; empty: none';
comment on column outbox.loose_ap_row.tax_id is 'Tax of a row that is on no line';
comment on column outbox.loose_ap_row.description is 'Description of a row that is on no line';
comment on column outbox.loose_ap_row.is_present
is 'Whether the last extract holds it; one that does not still counts until the other extract has come';
comment on column outbox.loose_ap_row.job is 'Job the row stands on';
comment on column outbox.loose_ap_row.extra is 'Extra of the job';
comment on column outbox.loose_ap_row.cost_code is 'Cost code the row stands on';
comment on column outbox.loose_ap_row.category is 'Category the row stands on';
comment on column outbox.loose_ap_row.transaction_date is 'Day of the invoice';
comment on column outbox.loose_ap_row.accounting_date is 'Day that decides the month in Sage';
comment on column outbox.loose_ap_row.debit_account is 'GL account debited: the cost account';
comment on column outbox.loose_ap_row.units is 'Units billed, signed; 0 where the invoice carries none';
comment on column outbox.loose_ap_row.amount is 'Money billed, gross of retainage, signed';
comment on column outbox.loose_ap_row.source_key
is 'Vendor, invoice, distribution, line, dates and occurrence: the same in CURRENT and HISTORY';
comment on view outbox.freight_share
is 'Shares of freight rows that are spread over PO lines by value, empty where the profile leaves freight at its date; '
'key: company_id, row_id, commitment, item_number';
comment on column outbox.freight_share.company_id is 'The company: one Sage data folder';
comment on column outbox.freight_share.row_id is 'Row id of the freight in Sage';
comment on column outbox.freight_share.vendor is 'Vendor in Sage';
comment on column outbox.freight_share.invoice is 'Invoice number';
comment on column outbox.freight_share.commitment is 'Commitment (purchase order) of the line that bears the share';
comment on column outbox.freight_share.item_number is 'Item number of the commitment (PO line)';
comment on column outbox.freight_share.job is 'Job the freight stands on';
comment on column outbox.freight_share.extra is 'Extra of the job';
comment on column outbox.freight_share.cost_code is 'Cost code the freight stands on';
comment on column outbox.freight_share.category is 'Category the freight stands on';
comment on column outbox.freight_share.transaction_date is 'Day of the freight in Sage';
comment on column outbox.freight_share.accounting_date is 'Day that decides the month in Sage';
comment on column outbox.freight_share.debit_account is 'GL account debited: the cost account';
comment on column outbox.freight_share.amount is 'Share in company currency, signed as the row';
comment on column outbox.freight_share.source_key is 'Key of the freight row, with the line';
comment on column outbox.freight_share.is_present is 'Whether the last extract holds the row';
