-- Make the lines of approved journal proposals, entry and reversal, in parts of at most what one line may hold; one
-- row per line. A reference follows from month, PO line, side and the number of the line among those, so that it is
-- the same after a restore.
with approved as (
    select
        j.*,
        abs(j.amount) as amount_whole,
        ceil(abs(j.amount) / %(amount_limit)s)::integer as parts
    from recon.journal as j
    where
        j.company_id = %(company_id)s and j.state = 'approved'
        and not exists (
            select
            from outbox.journal_line as l
            where l.company_id = j.company_id and l.proposal_id = j.proposal_id
        )
),

part as (
    select
        a.*,
        g.part_no,
        least(%(amount_limit)s, a.amount_whole - (g.part_no - 1) * %(amount_limit)s) as amount_part,
        row_number() over (
            partition by a.period, a.commitment, a.item_number, a.side order by a.proposal_id, g.part_no
        ) + (
            select count(*)
            from outbox.journal_line as l
            inner join recon.journal as o on o.company_id = l.company_id and o.proposal_id = l.proposal_id
            where
                l.company_id = a.company_id and l.period = a.period and l.commitment = a.commitment
                and l.item_number = a.item_number and o.side = a.side and l.kind = 'journal'
        ) as difference_no
    from approved as a
    cross join lateral generate_series(1, a.parts) as g (part_no)
),

entry as (
    select
        p.*,
        'journal' as kind,
        (to_date(p.period || '-01', 'YYYY-MM-DD') + interval '1 month' - interval '1 day')::date as accounting_date,
        p.debit_account as debited,
        p.credit_account as credited
    from part as p
    union all
    select
        p.*,
        'journal_reversal' as kind,
        (to_date(p.period || '-01', 'YYYY-MM-DD') + interval '1 month')::date as accounting_date,
        p.credit_account as debited,
        p.debit_account as credited
    from part as p
),

keyed as (
    select
        e.*,
        outbox.natural_key(
            e.company_id, e.kind, e.accounting_date, '', '', '', '', e.commitment, e.item_number, e.side,
            e.difference_no::integer
        ) as natural_key
    from entry as e
),

named as (
    select
        k.*,
        -- The first of the salts whose reference no line has, nearly always 0; two new lines that meet are refused by
        -- their key.
        coalesce(
            (
                select f.reference
                from (select outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, 0)) as reference) as f
                where
                    not exists (
                        select
                        from outbox.journal_line as l
                        where l.company_id = k.company_id and l.reference = f.reference
                    )
            ),
            (
                select outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, s.salt))
                from generate_series(1, 63) as s (salt)
                where
                    not exists (
                        select
                        from outbox.journal_line as l
                        where
                            l.company_id = k.company_id
                            and l.reference
                            = outbox.reference_text(k.kind, outbox.reference_number(k.natural_key, s.salt))
                    )
                order by s.salt
                limit 1
            )
        ) as reference
    from keyed as k
)

insert into outbox.journal_line (
    company_id, reference, kind, proposal_id, part_no, period, accounting_date, commitment, item_number, description,
    amount, debit_account, credit_account
)
select
    n.company_id,
    n.reference,
    n.kind,
    n.proposal_id,
    n.part_no,
    n.period,
    n.accounting_date,
    n.commitment,
    n.item_number,
    n.reference || ' ' || n.commitment || '/' || n.item_number as description,
    n.amount_part,
    n.debited,
    n.credited
from named as n
order by n.accounting_date, n.commitment, n.item_number, n.side, n.part_no
