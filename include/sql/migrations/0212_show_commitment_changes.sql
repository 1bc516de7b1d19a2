-- Commitment change orders of ours for their readers: one row per line of a change order, with what became of it.
create view mart.commitment_change with (security_invoker = true) as
select
    w.company_id,
    l.reference,
    w.reference as change_order,
    w.commitment,
    l.item_number,
    w.change_date,
    l.units,
    l.amount,
    e.proposed_because,
    w.state,
    w.version_no,
    coalesce(w.hold_reason, w.reject_reason) as reason,
    b.file_name,
    e.proposed_by,
    a.decided_by as approved_by,
    a.decided_at,
    w.sealed_at,
    w.sent_at,
    w.accepted_at,
    w.posted_at
from outbox.change_order as w
inner join outbox.change_order_line as l on l.change_id = w.change_id
inner join audit.approval as a on a.approval_id = w.approval_id
inner join lateral (
    select
        string_agg(p.reason, '; ' order by p.proposal_id) as proposed_because,
        min(r.prepared_by) as proposed_by
    from outbox.change_order_proposal as c
    inner join recon.proposed_event as p on p.proposal_id = c.proposal_id
    inner join recon.run as r on r.run_no = p.run_no
    where c.change_id = l.change_id and c.item_number = l.item_number
) as e on true
left join outbox.batch_line as x
    on x.change_id = w.change_id and x.reference = l.reference and x.version_no = w.version_no
left join outbox.batch as b on b.batch_id = x.batch_id;
comment on view mart.commitment_change
is 'Lines of commitment change orders we send to Sage, with what became of them; key: company_id, reference';

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('mart.commitment_change', 'company_id', 'The company: one Sage data folder'),
            ('mart.commitment_change', 'reference', 'Our reference of the line: stands first in its description in Sage'),
            ('mart.commitment_change', 'change_order', 'Number of the change order in Sage, ours by its form'),
            ('mart.commitment_change', 'commitment', 'Commitment (purchase order) in Sage'),
            ('mart.commitment_change', 'item_number', 'Item number of the commitment (PO line)'),
            ('mart.commitment_change', 'change_date', 'Day of the change order: that of the approval'),
            ('mart.commitment_change', 'units', 'What it takes from the line, signed; 0 on a lump-sum line'),
            ('mart.commitment_change', 'amount', 'Money it takes from the line, signed, at the order''s price'),
            ('mart.commitment_change', 'proposed_because', 'Why reconciliation proposed it'),
            ('mart.commitment_change', 'state', 'State of the change order on its way to Sage; posted: Sage shows it'),
            ('mart.commitment_change', 'version_no', 'Raised by every re-send; number and references stay'),
            ('mart.commitment_change', 'reason', 'Why it is held, or was rejected'),
            ('mart.commitment_change', 'file_name', 'File that carries its last version'),
            ('mart.commitment_change', 'proposed_by', 'Who prepared the reconciliation'),
            ('mart.commitment_change', 'approved_by', 'Who approved it'),
            ('mart.commitment_change', 'decided_at', 'When it was approved'),
            ('mart.commitment_change', 'sealed_at', 'Last version sealed into a file'),
            ('mart.commitment_change', 'sent_at', 'First seen on the server'),
            ('mart.commitment_change', 'accepted_at', 'Accepted by Sage''s import'),
            ('mart.commitment_change', 'posted_at', 'Read back among the change orders of Sage'),
            ('recon.ordered_line', 'company_id', 'The company: one Sage data folder'),
            ('recon.ordered_line', 'commitment', 'Commitment (purchase order) in Sage'),
            ('recon.ordered_line', 'item_number', 'Item number of the commitment (PO line)'),
            ('recon.ordered_line', 'unit_cost', 'Unit cost as first ordered'),
            ('recon.ordered_line', 'is_lump_sum', 'The line has no units in Sage'),
            ('recon.ordered_line', 'is_closed', 'The commitment is closed: Sage takes no change order of it'),
            ('recon.ordered_line', 'units', 'Units ordered, approved change orders in it'),
            ('recon.ordered_line', 'amount', 'Money ordered, tax in it, approved change orders in it'),
            ('recon.ordered_line', 'units_of_others', 'The same without change orders of ours'),
            ('recon.ordered_line', 'amount_of_others', 'The same without change orders of ours'),
            ('recon.reduction_under_way', 'company_id', 'The company: one Sage data folder'),
            ('recon.reduction_under_way', 'commitment', 'Commitment (purchase order) in Sage'),
            ('recon.reduction_under_way', 'item_number', 'Item number of the commitment (PO line)'),
            ('recon.reduction_under_way', 'units', 'Units that will be taken out of the line'),
            ('recon.reduction_under_way', 'amount', 'Money that will be taken out of the line'),
            ('outbox.change_order', 'change_id', 'Our number of the change order'),
            ('outbox.change_order', 'company_id', 'The company: one Sage data folder'),
            ('outbox.change_order', 'reference', 'Number in Sage; stands first in the description too'),
            ('outbox.change_order', 'commitment', 'Commitment (purchase order) in Sage'),
            ('outbox.change_order', 'approval_id', 'Decision it carries out'),
            ('outbox.change_order', 'change_date', 'Day of the approval in the company''s zone'),
            ('outbox.change_order', 'description', 'Number and what it is, as written'),
            ('outbox.change_order', 'state', 'State of protocol 3; held = waits for a cure'),
            ('outbox.change_order', 'version_no', 'Raised by every re-send; number and references stay'),
            ('outbox.change_order', 'hold_rule', 'Rule that holds it'),
            ('outbox.change_order', 'hold_reason', 'Sentence for its reader'),
            ('outbox.change_order', 'reject_reason', 'What Sage''s side said of the last version'),
            ('outbox.change_order', 'created_at', 'Came into being'),
            ('outbox.change_order', 'sealed_at', 'Last version sealed into a file'),
            ('outbox.change_order', 'sent_at', 'First seen on the server'),
            ('outbox.change_order', 'received_at', 'Technical ack taken'),
            ('outbox.change_order', 'accepted_at', 'Accepted by Sage''s import'),
            ('outbox.change_order', 'posted_at', 'Read back among the change orders of Sage'),
            ('outbox.change_order_line', 'company_id', 'The company: one Sage data folder'),
            ('outbox.change_order_line', 'reference', 'The line in Sage: stands first in its description'),
            ('outbox.change_order_line', 'change_id', 'Change order'),
            ('outbox.change_order_line', 'item_number', 'Item number of the commitment (PO line)'),
            ('outbox.change_order_line', 'description', 'Reference and PO line, as written'),
            ('outbox.change_order_line', 'units', 'What it takes from the line, signed; 0 on a lump-sum line'),
            ('outbox.change_order_line', 'amount', 'Money it takes from the line, signed'),
            ('outbox.change_order_proposal', 'company_id', 'The company: one Sage data folder'),
            ('outbox.change_order_proposal', 'proposal_id', 'Proposal that was approved'),
            ('outbox.change_order_proposal', 'change_id', 'Change order that carries it out'),
            ('outbox.change_order_proposal', 'item_number', 'Line of it')
        ) as w (relation, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.meaning);
    end loop;
end
$$;
comment on table outbox.change_order is 'Commitment change orders on their way to Sage; key: change_id';
comment on table outbox.change_order_line is 'Lines of commitment change orders of ours; key: change_id, item_number';
comment on table outbox.change_order_proposal is 'Which approved proposals a line carries out; key: proposal_id';

grant select on mart.commitment_change to finance, oncall, analyst, auditor;
