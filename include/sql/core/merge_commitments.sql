-- Land commitments of one transfer; one row per commitment. Rows that do not differ are not touched.
merge into core.commitment as t
using (
    select
        "Commitment" as commitment,
        coalesce("Description", '') as description,
        "Commitment_Type" as commitment_type,
        coalesce("Vendor", '') as vendor,
        coalesce("Job", '') as job,
        "Commitment_Date"::date as commitment_date,
        lower(coalesce("Closed", '0')) in ('1', 'true') as is_closed,
        coalesce("Amount", '0')::numeric(14, 2) as amount_original,
        coalesce("Approved_Changes", '0')::numeric(14, 2) as amount_approved_changes,
        coalesce("Amount_Invoiced", '0')::numeric(14, 2) as amount_invoiced
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.commitment = a.commitment
when matched and
row(
    t.description, t.commitment_type, t.vendor, t.job, t.commitment_date, t.is_closed, t.amount_original,
    t.amount_approved_changes, t.amount_invoiced
)
is distinct from row(
    a.description, a.commitment_type, a.vendor, a.job, a.commitment_date, a.is_closed, a.amount_original,
    a.amount_approved_changes, a.amount_invoiced
)
then
    update
        set
            description = a.description,
            commitment_type = a.commitment_type,
            vendor = a.vendor,
            job = a.job,
            commitment_date = a.commitment_date,
            is_closed = a.is_closed,
            amount_original = a.amount_original,
            amount_approved_changes = a.amount_approved_changes,
            amount_invoiced = a.amount_invoiced,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, commitment, description, commitment_type, vendor, job, commitment_date, is_closed,
        amount_original, amount_approved_changes, amount_invoiced, transfer_id
    )
    values (
        %(company_id)s, a.commitment, a.description, a.commitment_type, a.vendor, a.job, a.commitment_date,
        a.is_closed, a.amount_original, a.amount_approved_changes, a.amount_invoiced, %(transfer_id)s
    )
