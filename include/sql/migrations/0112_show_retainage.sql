-- What is held back on the invoices of a PO line. Job cost and offsets are gross of it (domain 5): this is beside them.
create view mart.retainage with (security_invoker = true) as
select
    b.company_id,
    b.commitment,
    b.item_number,
    c.vendor,
    v.vendor_name,
    b.job,
    sum(b.amount)::numeric(14, 2) as amount_invoiced,
    sum(coalesce(t.amount_retainage, 0))::numeric(14, 2) as amount_retained,
    sum(b.amount - coalesce(t.amount_retainage, 0))::numeric(14, 2) as amount_due,
    min(b.transaction_date) filter (where t.amount_retainage <> 0) as oldest_invoice_date
from outbox.mirrored_ap_row as b
inner join core.job_cost_transaction as t
    on t.company_id = b.company_id and t.row_id = b.row_id and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
inner join core.commitment as c on c.company_id = b.company_id and c.commitment = b.commitment
left join core.vendor as v on v.company_id = c.company_id and v.vendor = c.vendor
group by b.company_id, b.commitment, b.item_number, c.vendor, v.vendor_name, b.job
having sum(coalesce(t.amount_retainage, 0)) <> 0;
comment on view mart.retainage
is 'PO lines on whose invoices something is held back; key: company_id, commitment, item_number, job';
comment on column mart.retainage.company_id is 'The company: one Sage data folder';
comment on column mart.retainage.commitment is 'Commitment (purchase order or subcontract) in Sage';
comment on column mart.retainage.item_number is 'Item number of the commitment (PO line)';
comment on column mart.retainage.vendor is 'Vendor in Sage';
comment on column mart.retainage.vendor_name is 'Name of the vendor';
comment on column mart.retainage.job is 'Job the invoices stand on';
comment on column mart.retainage.amount_invoiced is 'Money of its AP cost rows, gross of retainage, as in job cost';
comment on column mart.retainage.amount_retained is 'Part of it that is held back until the work is accepted';
comment on column mart.retainage.amount_due is 'Invoiced - retained';
comment on column mart.retainage.oldest_invoice_date is 'Day of the first invoice of which something is held back';
grant select on mart.retainage to finance, oncall, analyst, auditor;
