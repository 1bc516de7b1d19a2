-- AP rows in motion: what a person decided about a row follows it to the history under another row id, the void of a
-- linked invoice belongs to the same line, and a row on its way to the history is never mirrored twice (domain 5).

-- What a Sage row says without its id: a row that moves to the history keeps it.
create function recon.row_content(sage_row core.job_cost_transaction) returns text
language sql stable parallel safe
return concat_ws(
    E'\x1f', sage_row.company_id, sage_row.job, sage_row.extra, sage_row.cost_code, sage_row.category,
    sage_row.transaction_type, to_char(sage_row.transaction_date, 'YYYY-MM-DD'),
    to_char(sage_row.accounting_date, 'YYYY-MM-DD'), sage_row.units::text, sage_row.amount::text,
    sage_row.debit_account, sage_row.credit_account, sage_row.ref_1, sage_row.vendor, sage_row.invoice,
    coalesce(sage_row.distribution_sequence, 0)::text, sage_row.commitment, coalesce(sage_row.item_number, 0)::text,
    sage_row.description
);
comment on function recon.row_content
is 'What a Sage row says without its id and the place it stands in: the same before and after it moves to the history';

-- Whether we saw a row in CURRENT before it came to the history, so that it is no other row under a new id.
create function recon.has_moved(wanted_company text, wanted_row text) returns boolean
language sql stable
return exists (
    select
    from core.row_history as h
    where
        h.company_id = wanted_company and h.entity = 'job_cost_transaction' and h.row_key = wanted_row
        and h.row_before ->> 'source' = 'CURRENT'
);
comment on function recon.has_moved
is 'Whether a row of the history stood in the current file under the same row id';

-- What is decided about the rows of others as they stand: the newest approved decision, as long as the row is what it
-- was. Where such a row has left CURRENT, the next undecided HISTORY row of the same content takes its decision over.
create view recon.standing_decision as
with newest as (
    select distinct on (f.company_id, f.row_id)
        f.company_id,
        f.row_id,
        f.row_hash,
        f.decision,
        f.commitment,
        f.item_number
    from recon.foreign_decision as f
    where f.state = 'approved'
    order by f.company_id asc, f.row_id asc, f.decision_id desc
),

held as (
    select
        n.company_id,
        n.row_id,
        n.decision,
        n.commitment,
        n.item_number,
        t.vendor,
        t.invoice,
        t.source = 'CURRENT' and t.gone_at is not null as has_left,
        recon.row_content(t) as content
    from newest as n
    inner join core.job_cost_transaction as t on t.company_id = n.company_id and t.row_id = n.row_id
    where n.row_hash = recon.row_hash(t)
),

departed as (
    select
        h.*,
        row_number() over (partition by h.content order by h.row_id) as place
    from held as h
    where h.has_left
),

arrived as (
    select
        t.company_id,
        t.row_id,
        d.content,
        row_number() over (partition by d.content order by t.run, t.sequence, t.row_id) as place
    from (
        select distinct
            l.company_id,
            l.vendor,
            l.invoice,
            l.content
        from departed as l
    ) as d
    inner join core.job_cost_transaction as t
        on
            t.company_id = d.company_id and t.vendor = d.vendor and t.invoice = d.invoice
            and t.source = 'HISTORY' and t.gone_at is null and recon.row_content(t) = d.content
            and not recon.has_moved(t.company_id, t.row_id)
    where
        not exists (
            select
            from newest as n
            where n.company_id = t.company_id and n.row_id = t.row_id
        )
)

select
    h.company_id,
    h.row_id,
    h.decision,
    h.commitment,
    h.item_number,
    h.row_id as decided_row_id
from held as h
union all
select
    a.company_id,
    a.row_id,
    d.decision,
    d.commitment,
    d.item_number,
    d.row_id as decided_row_id
from arrived as a
inner join departed as d on d.content = a.content and d.place = a.place;

comment on view recon.standing_decision
is 'What people decided about cost rows of others, as it holds for the rows that stand; key: company_id, row_id';
comment on column recon.standing_decision.company_id is 'The company: one Sage data folder';
comment on column recon.standing_decision.row_id is 'Row id of the cost in Sage';
comment on column recon.standing_decision.decision
is 'accept: it stands; reverse: an adjustment takes it back; link: it is an invoice of the PO line';
comment on column recon.standing_decision.commitment is 'Of a link: commitment the row belongs to';
comment on column recon.standing_decision.item_number is 'Of a link: item number of that commitment';
comment on column recon.standing_decision.decided_row_id
is 'Row id of the row that was decided about: another one where that row has moved to the history';

-- The PO line that AP rows belong to by decision: linked rows, and the void of each: an AP row of the same vendor,
-- invoice, codes and account that takes back exactly its units and money, no earlier, and that nobody decided about.
create or replace view recon.ap_link as
with linked as (
    select
        d.company_id,
        d.row_id,
        d.commitment,
        d.item_number,
        t.vendor,
        t.invoice,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.debit_account,
        t.units,
        t.amount,
        t.transaction_date,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.job, t.extra, t.cost_code, t.category, t.debit_account, t.units,
                t.amount
            order by t.gone_at is not null, t.run, t.sequence, t.row_id
        ) as place
    from recon.standing_decision as d
    inner join core.job_cost_transaction as t on t.company_id = d.company_id and t.row_id = d.row_id
    where d.decision = 'link'
),

opposite as (
    select
        t.company_id,
        t.row_id,
        t.vendor,
        t.invoice,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.debit_account,
        t.units,
        t.amount,
        t.transaction_date,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.job, t.extra, t.cost_code, t.category, t.debit_account, t.units,
                t.amount
            order by t.gone_at is not null, t.run, t.sequence, t.row_id
        ) as place
    from core.job_cost_transaction as t
    where
        t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY') and t.item_number is null
        and (t.company_id, t.vendor, t.invoice) in (
            select
                l.company_id,
                l.vendor,
                l.invoice
            from linked as l
        )
        and not exists (
            select
            from recon.standing_decision as d
            where d.company_id = t.company_id and d.row_id = t.row_id
        )
)

select
    l.company_id,
    l.row_id,
    l.commitment,
    l.item_number
from linked as l
union all
select
    o.company_id,
    o.row_id,
    l.commitment,
    l.item_number
from linked as l
inner join opposite as o
    on
        o.company_id = l.company_id and o.vendor = l.vendor and o.invoice = l.invoice and o.job = l.job
        and o.extra = l.extra and o.cost_code = l.cost_code and o.category = l.category
        and o.debit_account = l.debit_account and o.units = -l.units and o.amount = -l.amount
        and o.transaction_date >= l.transaction_date and o.place = l.place;

-- Every posted cost row of Sage with what it is to us, as before; what was decided about a
-- row follows it to the history.
create or replace view recon.sage_cost_row as
with posted as (
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
    coalesce(d.decision = 'accept', false) as is_accepted,
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
left join recon.standing_decision as d on d.company_id = t.company_id and d.row_id = t.row_id;

-- Every posted AP row on a PO line as it stands in CURRENT or HISTORY, with the key that outlives both; one row per AP
-- row. A row that is gone counts until both extracts have come once more: it may be on its way to the history. There
-- it is counted once: a CURRENT row gives way to a HISTORY row of the same key that came under another row id, when it
-- is gone, or when CURRENT has not been extracted since the history came.
create or replace view outbox.mirrored_ap_row with (security_invoker = true) as
with standing as (
    select
        t.*,
        i.commitment as line_commitment,
        i.item_number as line_item_number,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.distribution_sequence, i.commitment, i.item_number,
                t.transaction_date, t.accounting_date, t.source
            order by t.run, t.sequence, t.row_id
        ) as place
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
),

paired as (
    select
        s.*,
        max(s.transfer_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.line_commitment, s.line_item_number,
                s.transaction_date, s.accounting_date, s.place
        ) as history_transfer_id,
        max(s.row_id) filter (where s.source = 'HISTORY') over (
            partition by
                s.company_id, s.vendor, s.invoice, s.distribution_sequence, s.line_commitment, s.line_item_number,
                s.transaction_date, s.accounting_date, s.place
        ) as history_row_id
    from standing as s
),

counted as (
    select
        p.*,
        row_number() over (
            partition by
                p.company_id, p.vendor, p.invoice, p.distribution_sequence, p.line_commitment, p.line_item_number,
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
    c.line_commitment as commitment,
    c.line_item_number as item_number,
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
        '|', c.vendor, c.invoice, coalesce(c.distribution_sequence, 0), c.line_commitment, c.line_item_number,
        to_char(c.transaction_date, 'YYYYMMDD'), to_char(c.accounting_date, 'YYYYMMDD'), c.occurrence
    ) as source_key
from counted as c;
