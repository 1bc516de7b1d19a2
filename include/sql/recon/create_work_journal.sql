-- Work table of one run: what the journal of its month must say of each PO line, and what of it is not approved yet;
-- one row per line and side, none for a preview. Gone at commit.
create temporary table work_journal on commit drop as
select
    d.commitment,
    d.item_number,
    d.side,
    d.amount_target,
    d.amount_due
from recon.journal_due(%(company_id)s, %(period)s, %(run_no)s) as d
where %(mode)s <> 'preview'
