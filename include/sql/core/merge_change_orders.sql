-- Land commitment change orders of one transfer; one row per commitment, change order. Rows that do not differ are
-- not touched. A change takes its place in the canonical order at its stamp (the Sage server's clock), if that fits
-- its date; else at the start of its day. close_count is that of the moment it became known as what it is.
merge into core.change_order as t
using (
    select
        s."Commitment" as commitment,
        s."Commitment_CO" as change_order,
        coalesce(s."Description", '') as description,
        s."Date"::date as change_order_date,
        s."Status" as status,
        case
            when abs((s.stamped_at at time zone 'UTC')::date - s."Date"::date) <= 1 then s.stamped_at
            else s."Date"::timestamp at time zone %(time_zone)s
        end as approved_at,
        (
            select coalesce(max(p.close_no), 0)
            from ledger.period_close as p
            where p.company_id = %(company_id)s
        ) as close_count
    from (
        select
            l.*,
            (l."Date_Stamp" || ' ' || l."Time_Stamp")::timestamp at time zone %(zone)s as stamped_at
        from landable as l
    ) as s
) as a
    on
        t.company_id = %(company_id)s
        and t.commitment = a.commitment
        and t.change_order = a.change_order
when matched and
row(t.description, t.change_order_date, t.status, t.approved_at)
is distinct from row(a.description, a.change_order_date, a.status, a.approved_at)
then
    update
        set
            description = a.description,
            change_order_date = a.change_order_date,
            status = a.status,
            approved_at = a.approved_at,
            close_count = case when t.status <> a.status then a.close_count else t.close_count end,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id,
        commitment,
        change_order,
        description,
        change_order_date,
        status,
        approved_at,
        close_count,
        transfer_id
    )
    values (
        %(company_id)s, a.commitment, a.change_order, a.description, a.change_order_date, a.status, a.approved_at,
        a.close_count, %(transfer_id)s
    )
