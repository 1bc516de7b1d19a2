-- Work table of one run: every posted cost row of Sage with what it is to us, worked out once for all that read it; one
-- row per Sage row that still stands. Gone at commit.
create temporary table work_sage_row on commit drop as
select
    s.row_id,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_type,
    s.transaction_date,
    s.accounting_date,
    s.description,
    s.amount,
    s.invoice,
    s.reference,
    s.posting_id,
    s.commitment,
    s.item_number,
    s.kind,
    s.is_accepted,
    s.operator_stamp
from recon.sage_cost_row as s
where s.company_id = %(company_id)s
