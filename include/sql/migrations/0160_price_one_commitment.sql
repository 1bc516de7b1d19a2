-- What a page of one commitment asks is reckoned of that commitment alone: unit costs, and the AP rows on its lines.
-- Figures are as before; what differs from the functions and views before is said at each.

-- Read once when the profile is stored, not from the whole profile for every PO line.
alter table core.company add column tax_on_lines boolean not null
generated always as (coalesce((profile ->> 'tax_on_lines')::boolean, false)) stored;
comment on column core.company.tax_on_lines is 'From the profile: tax reaches the job on the rows of the line';

-- As before, but for that column.
create or replace view core.priced_item with (security_invoker = true) as
select
    i.company_id,
    i.commitment,
    i.item_number,
    case when i.units = 0 then coalesce(x.units, 0) else i.units end as units,
    i.unit_cost,
    case when y.tax_on_lines then i.amount else i.amount - i.amount_tax end as amount,
    i.units = 0 and coalesce(x.is_percent, false) as is_percent
from core.commitment_item as i
inner join core.company as y on y.company_id = i.company_id
left join core.expected_quantity as x
    on x.company_id = i.company_id and x.commitment = i.commitment and x.item_number = i.item_number;

-- The PO line that an AP row is on, by its own words or by a decision: apart, so that the rows of one commitment are
-- found by their index.
create view recon.ap_row_of_line with (security_invoker = true) as
select
    t.company_id,
    t.row_id,
    t.job,
    t.extra,
    t.cost_code,
    t.category,
    t.transaction_date,
    t.accounting_date,
    t.units,
    t.amount,
    t.debit_account,
    t.vendor,
    t.invoice,
    t.distribution_sequence,
    t.source,
    t.run,
    t.sequence,
    t.transfer_id,
    t.gone_at,
    i.commitment,
    i.item_number
from core.job_cost_transaction as t
inner join core.commitment_item as i
    on i.company_id = t.company_id and i.commitment = t.commitment and i.item_number = t.item_number
where
    t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY')
    and not exists (
        select
        from recon.ap_link as k
        where k.company_id = t.company_id and k.row_id = t.row_id
    )
union all
select
    t.company_id,
    t.row_id,
    t.job,
    t.extra,
    t.cost_code,
    t.category,
    t.transaction_date,
    t.accounting_date,
    t.units,
    t.amount,
    t.debit_account,
    t.vendor,
    t.invoice,
    t.distribution_sequence,
    t.source,
    t.run,
    t.sequence,
    t.transfer_id,
    t.gone_at,
    i.commitment,
    i.item_number
from recon.ap_link as k
inner join core.job_cost_transaction as t on t.company_id = k.company_id and t.row_id = k.row_id
inner join core.commitment_item as i
    on i.company_id = k.company_id and i.commitment = k.commitment and i.item_number = k.item_number
where t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY');

comment on view recon.ap_row_of_line
is 'Every AP cost row on a PO line, also those that are gone; key: company_id, row_id';
comment on column recon.ap_row_of_line.company_id is 'The company: one Sage data folder';
comment on column recon.ap_row_of_line.row_id is 'Row id of the job cost transaction in Sage';
comment on column recon.ap_row_of_line.job is 'Job it stands on';
comment on column recon.ap_row_of_line.extra is 'Extra of the job; empty = its base';
comment on column recon.ap_row_of_line.cost_code is 'Cost code it stands on';
comment on column recon.ap_row_of_line.category is 'Category it stands on';
comment on column recon.ap_row_of_line.transaction_date is 'Day of the invoice';
comment on column recon.ap_row_of_line.accounting_date is 'Day that decides the period';
comment on column recon.ap_row_of_line.units is 'Units billed';
comment on column recon.ap_row_of_line.amount is 'Money billed';
comment on column recon.ap_row_of_line.debit_account is 'Cost account';
comment on column recon.ap_row_of_line.vendor is 'Vendor in Sage';
comment on column recon.ap_row_of_line.invoice is 'Invoice of the vendor';
comment on column recon.ap_row_of_line.distribution_sequence is 'Number of the row within the invoice';
comment on column recon.ap_row_of_line.source is 'Where it stands: CURRENT or HISTORY';
comment on column recon.ap_row_of_line.run is 'Run of Sage that posted it';
comment on column recon.ap_row_of_line.sequence is 'Its number within the run';
comment on column recon.ap_row_of_line.transfer_id is 'Transfer it was last read from';
comment on column recon.ap_row_of_line.gone_at is 'When an extract came without it; null = it stands';
comment on column recon.ap_row_of_line.commitment is 'Commitment of the PO line it bills';
comment on column recon.ap_row_of_line.item_number is 'Item number of the commitment (PO line)';

-- As before, but from those rows.
create or replace view outbox.mirrored_ap_row with (security_invoker = true) as
with standing as (
    select
        t.*,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.distribution_sequence, t.commitment, t.item_number,
                t.transaction_date, t.accounting_date, t.source
            order by t.run, t.sequence, t.row_id
        ) as place
    from recon.ap_row_of_line as t
    where
        t.gone_at is null
        or exists (
            select
            from audit.watermark as w
            where w.company_id = t.company_id and w.flow in ('JCT', 'JCH') and w.landed_at <= t.gone_at
        )
),

paired as (
    select
        s.*,
        max(s.transfer_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.commitment, s.item_number,
                s.transaction_date, s.accounting_date, s.place
        ) as history_transfer_id,
        max(s.row_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.commitment, s.item_number,
                s.transaction_date, s.accounting_date, s.place
        ) as history_row_id
    from standing as s
),

counted as (
    select
        p.*,
        row_number() over (
            partition by
                p.company_id, p.vendor, p.invoice, p.distribution_sequence, p.commitment, p.item_number,
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
    c.item_number,
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
        '|', c.vendor, c.invoice, coalesce(c.distribution_sequence, 0), c.commitment, c.item_number,
        to_char(c.transaction_date, 'YYYYMMDD'), to_char(c.accounting_date, 'YYYYMMDD'), c.occurrence
    ) as source_key
from counted as c;

-- The functions of one commitment (null = all) say what those of the company said; these now ask them.
do $$
declare
    definition text;
    part record;
begin
    for part in
        select *
        from (
            values
            (
                'recon.unit_cost_at(text, date)',
                'FUNCTION recon.unit_cost_at(wanted_company text, as_of date)',
                'FUNCTION recon.unit_cost_of(wanted_company text, as_of date, wanted_commitment text)'
            ),
            (
                'ledger.unit_cost_step(text)',
                'FUNCTION ledger.unit_cost_step(wanted_company text)',
                'FUNCTION ledger.unit_cost_step_of(wanted_company text, wanted_commitment text)'
            )
        ) as parts (old_function, old_head, new_head)
    loop
        definition := replace(
            replace(
                replace(pg_get_functiondef(part.old_function::regprocedure), part.old_head, part.new_head),
                'where i.company_id = wanted_company',
                'where i.company_id = wanted_company '
                'and (wanted_commitment is null or i.commitment = wanted_commitment)'
            ),
            'where o.company_id = wanted_company',
            'where o.company_id = wanted_company '
            'and (wanted_commitment is null or o.commitment = wanted_commitment)'
        );
        execute definition;
    end loop;
end
$$;
comment on function recon.unit_cost_of is 'As recon.unit_cost_at, of one commitment or of all (null)';
comment on function ledger.unit_cost_step_of is 'As ledger.unit_cost_step, of one commitment or of all (null)';

create or replace function recon.unit_cost_at(wanted_company text, as_of date)
returns table (
    commitment text, item_number integer, units numeric, amount numeric, numerator numeric, denominator numeric
)
language sql stable parallel safe as $$
    select u.* from recon.unit_cost_of(wanted_company, as_of, null) as u
$$;

create or replace function ledger.unit_cost_step(wanted_company text)
returns table (
    commitment text, item_number integer, valid_from date, valid_to date, numerator numeric, denominator numeric
)
language sql stable parallel safe as $$
    select u.* from ledger.unit_cost_step_of(wanted_company, null) as u
$$;

do $$
declare
    wanted regprocedure;
    definition text;
    part record;
begin
    foreach wanted in array
        array['ledger.bill_cover_of(text, text)', 'mart.commitment_lines_at(text, date, text)']::regprocedure []
    loop
        definition := pg_get_functiondef(wanted);
        for part in
            select *
            from (
                values
                (
                    'ledger.bill_cover_of(text, text)'::regprocedure,
                    'ledger.unit_cost_step(wanted_company)',
                    'ledger.unit_cost_step_of(wanted_company, wanted_commitment)'
                ),
                (
                    'mart.commitment_lines_at(text, date, text)',
                    'recon.unit_cost_at($1, $2)',
                    'recon.unit_cost_of($1, $2, $3)'
                ),
                (
                    'mart.commitment_lines_at(text, date, text)',
                    'from recon.sage_cost_row as s',
                    'from recon.ap_row_of_line as s'
                ),
                (
                    'mart.commitment_lines_at(text, date, text)',
                    's.company_id = $1 and s.kind = ''invoice''',
                    's.company_id = $1 and s.gone_at is null'
                )
            ) as parts (changed, old_text, new_text)
            where parts.changed = wanted
        loop
            if strpos(definition, part.old_text) = 0 then
                raise exception '% is not the function this migration changes: no %', wanted, part.old_text;
            end if;
            definition := replace(definition, part.old_text, part.new_text);
        end loop;
        execute definition;
    end loop;
end
$$;
