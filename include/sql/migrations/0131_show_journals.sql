-- The journal for its readers: its lines with what became of each, and the accounts against the general ledger.

create view mart.journal_line with (security_invoker = true) as
select
    l.company_id,
    l.reference,
    l.period,
    l.kind,
    j.side,
    l.commitment,
    l.item_number,
    l.accounting_date,
    l.amount,
    l.debit_account,
    l.credit_account,
    l.state,
    l.version_no,
    coalesce(l.hold_reason, l.reject_reason) as reason,
    b.file_name,
    l.sage_transaction_id,
    j.proposed_by,
    a.decided_by as approved_by,
    a.decided_at,
    l.sealed_at,
    l.sent_at,
    l.accepted_at,
    l.posted_at
from outbox.journal_line as l
inner join recon.journal as j on j.proposal_id = l.proposal_id
left join audit.approval as a on a.approval_id = j.approval_id
left join outbox.batch_line as x on x.journal_line_id = l.line_id and x.version_no = l.version_no
left join outbox.batch as b on b.batch_id = x.batch_id;
comment on view mart.journal_line
is 'Lines of the period-end GL journal and of its reversal, with what became of them; key: company_id, reference';

create type mart.ledger_account_row as (
    company_id text,
    account text,
    role_names text,
    amount_job_cost numeric (14, 2),
    amount_journals numeric (14, 2),
    amount_accepted numeric (14, 2),
    amount_ledger numeric (14, 2),
    amount_difference numeric (14, 2)
);
comment on type mart.ledger_account_row is 'One row of mart.ledger_account and mart.ledger_account_at';

create function mart.ledger_account_at(company_id text, as_of date)
returns setof mart.ledger_account_row
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        $1 as company_id,
        b.account,
        b.role_names,
        b.amount_job_cost,
        b.amount_journals,
        b.amount_accepted,
        b.amount_ledger,
        b.amount_job_cost + b.amount_journals + b.amount_accepted - b.amount_ledger as amount_difference
    from recon.account_balance($1, $2) as b
    where core.sees($1)
$$;
comment on function mart.ledger_account_at(text, date)
is 'What the accounts the bridge moves must hold at the end of a day, and what the general ledger shows';

create view mart.ledger_account with (security_invoker = true) as
select r.* -- noqa: AM04
from core.company as y
cross join lateral mart.ledger_account_at(y.company_id, date 'infinity') as r;
comment on view mart.ledger_account
is 'Accounts the bridge moves: what they must hold and what the general ledger shows; key: company_id, account';

-- Data flows of the profile as rows, as before, with the journal; a company that was stored before has it off.
create or replace view core.data_flow with (security_invoker = true) as
select
    y.company_id,
    f.flow,
    f.direction,
    coalesce((y.profile #>> array['flows', f.flow, 'is_on'])::boolean, f.flow <> 'journals') as is_on,
    coalesce(
        y.profile #>> array['flows', f.flow, 'rhythm'],
        case when f.flow = 'journals' then 'on demand' else 'continuous' end
    ) as rhythm,
    coalesce(y.profile #>> array['flows', f.flow, 'transport'], 'files') as transport,
    y.time_zone
from core.company as y
cross join (
    values
    ('jobs', 'sage_to_core'),
    ('commitments', 'sage_to_core'),
    ('vendors_and_items', 'sage_to_core'),
    ('job_cost', 'sage_to_core'),
    ('results', 'sage_to_core'),
    ('material_events', 'runblu_to_core'),
    ('receipts', 'core_to_sage'),
    ('material_costs', 'core_to_sage'),
    ('adjustments', 'core_to_sage'),
    ('journals', 'core_to_sage'),
    ('master_data', 'core_to_runblu')
) as f (flow, direction);

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('mart.journal_line', 'company_id', 'The company: one Sage data folder'),
            ('mart.journal_line', 'reference', 'Our reference: stands first in the description of the entry in Sage'),
            ('mart.journal_line', 'period', 'Month whose journal it is'),
            ('mart.journal_line', 'kind', 'journal, or journal_reversal on the first day of the next month'),
            ('mart.journal_line', 'side', 'owed: received, not invoiced; claim: invoiced, not received'),
            ('mart.journal_line', 'commitment', 'Commitment (purchase order) in Sage'),
            ('mart.journal_line', 'item_number', 'Item number of the commitment (PO line)'),
            ('mart.journal_line', 'accounting_date', 'Day of the entry; decides the month'),
            ('mart.journal_line', 'amount', 'Money, always positive; the accounts say which way'),
            ('mart.journal_line', 'debit_account', 'Account that is debited'),
            ('mart.journal_line', 'credit_account', 'Account that is credited'),
            ('mart.journal_line', 'state', 'State of the line on its way to Sage'),
            ('mart.journal_line', 'version_no', 'Raised by every re-send; the reference stays'),
            ('mart.journal_line', 'reason', 'Why it is held, or was rejected'),
            ('mart.journal_line', 'file_name', 'File that carries its last version'),
            ('mart.journal_line', 'sage_transaction_id', 'Row of the general ledger that debits the account'),
            ('mart.journal_line', 'proposed_by', 'Who prepared the reconciliation'),
            ('mart.journal_line', 'approved_by', 'Who approved it'),
            ('mart.journal_line', 'decided_at', 'When it was approved'),
            ('mart.journal_line', 'sealed_at', 'Last version sealed into a file'),
            ('mart.journal_line', 'sent_at', 'First seen on the server'),
            ('mart.journal_line', 'accepted_at', 'Accepted by Sage''s import'),
            ('mart.journal_line', 'posted_at', 'Read back from the general ledger'),
            ('mart.ledger_account', 'company_id', 'The company: one Sage data folder'),
            ('mart.ledger_account', 'account', 'Account of the general ledger as Sage writes it'),
            ('mart.ledger_account', 'role_names', 'What the profile uses it for'),
            ('mart.ledger_account', 'amount_job_cost', 'What job cost rows put there: debits less credits'),
            ('mart.ledger_account', 'amount_journals', 'What journal lines that were read back put there'),
            ('mart.ledger_account', 'amount_accepted', 'Entries by hand that a person lets stand'),
            ('mart.ledger_account', 'amount_ledger', 'What the general ledger shows: debits less credits'),
            ('mart.ledger_account', 'amount_difference', 'Job cost + journals + accepted - ledger'),
            ('mart.ledger_account_row', 'company_id', 'The company: one Sage data folder'),
            ('mart.ledger_account_row', 'account', 'Account of the general ledger as Sage writes it'),
            ('mart.ledger_account_row', 'role_names', 'What the profile uses it for'),
            ('mart.ledger_account_row', 'amount_job_cost', 'What job cost rows put there: debits less credits'),
            ('mart.ledger_account_row', 'amount_journals', 'What journal lines that were read back put there'),
            ('mart.ledger_account_row', 'amount_accepted', 'Entries by hand that a person lets stand'),
            ('mart.ledger_account_row', 'amount_ledger', 'What the general ledger shows: debits less credits'),
            ('mart.ledger_account_row', 'amount_difference', 'Job cost + journals + accepted - ledger'),
            ('recon.journal', 'proposal_id', 'Number of the proposed line'),
            ('recon.journal', 'run_no', 'Reconciliation that proposes it'),
            ('recon.journal', 'company_id', 'The company: one Sage data folder'),
            ('recon.journal', 'period', 'Month whose journal it is'),
            ('recon.journal', 'commitment', 'Commitment (purchase order) in Sage'),
            ('recon.journal', 'item_number', 'Item number of the commitment (PO line)'),
            ('recon.journal', 'side', 'owed: received, not invoiced; claim: invoiced, not received'),
            ('recon.journal', 'amount', 'What the month must say less what is approved; negative takes back'),
            ('recon.journal', 'debit_account', 'Account that is debited with the amount without its sign'),
            ('recon.journal', 'credit_account', 'Account that is credited with the amount without its sign'),
            ('recon.journal', 'content_hash', 'Hash of the whole proposal'),
            ('recon.journal', 'proposed_by', 'Who prepared the run'),
            ('recon.journal', 'approval_id', 'Decision'),
            ('recon.journal', 'state', 'proposed, approved, refused, posted (read back from the general ledger)'),
            ('recon.journal', 'created_at', 'When it was proposed'),
            ('outbox.journal_line', 'line_id', 'Our number of the line'),
            ('outbox.journal_line', 'company_id', 'The company: one Sage data folder'),
            ('outbox.journal_line', 'reference', 'The line in Sage: stands first in the description'),
            ('outbox.journal_line', 'kind', 'journal, or journal_reversal on the first day of the next month'),
            ('outbox.journal_line', 'proposal_id', 'Proposal that was approved'),
            ('outbox.journal_line', 'part_no', 'Counts the parts of an amount above the limit of one line'),
            ('outbox.journal_line', 'period', 'Month whose journal it is'),
            ('outbox.journal_line', 'accounting_date', 'Last day of the month, or first day of the next'),
            ('outbox.journal_line', 'commitment', 'Commitment (purchase order) in Sage'),
            ('outbox.journal_line', 'item_number', 'Item number of the commitment (PO line)'),
            ('outbox.journal_line', 'description', 'Reference and PO line, as written'),
            ('outbox.journal_line', 'amount', 'Money, always positive'),
            ('outbox.journal_line', 'debit_account', 'Account that is debited'),
            ('outbox.journal_line', 'credit_account', 'Account that is credited'),
            ('outbox.journal_line', 'state', 'State of protocol 3; held = waits for a cure'),
            ('outbox.journal_line', 'version_no', 'Raised by every re-send; the reference stays'),
            ('outbox.journal_line', 'hold_rule', 'Rule that holds the line'),
            ('outbox.journal_line', 'hold_reason', 'Sentence for its reader'),
            ('outbox.journal_line', 'reject_reason', 'What Sage''s side said of the last version'),
            ('outbox.journal_line', 'sage_transaction_id', 'Row of the general ledger that debits the account'),
            ('outbox.journal_line', 'created_at', 'Came into being'),
            ('outbox.journal_line', 'sealed_at', 'Last version sealed into a file'),
            ('outbox.journal_line', 'sent_at', 'First seen on the server'),
            ('outbox.journal_line', 'received_at', 'Technical ack taken'),
            ('outbox.journal_line', 'accepted_at', 'Accepted by Sage''s import'),
            ('outbox.journal_line', 'posted_at', 'Read back from the general ledger')
        ) as w (relation, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.meaning);
    end loop;
end
$$;
comment on table recon.journal is 'Lines of the period-end journal as they were proposed; key: proposal_id';
comment on table outbox.journal_line is 'Lines of the period-end journal on their way to Sage; key: line_id';

revoke execute on function mart.ledger_account_at from public;
grant execute on function mart.ledger_account_at to pipeline, finance, oncall, analyst, auditor;
grant select on mart.journal_line, mart.ledger_account to finance, oncall, analyst, auditor;
