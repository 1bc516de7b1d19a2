-- Comments of the marts, of reconciliation and of RunBlu's files.
do $$
declare
    wanted record;
begin
    for wanted in
        select *
        from (values
            ('mart.job_cost_by_period', 'Material cost by month and codes, cumulative to the month''s end by transaction date; key: company_id, period, job, extra, cost_code, category. A row per key from its first movement through the company''s last movement of any kind'),
            ('mart.commitment_position', 'Where every PO line stands now; key: company_id, commitment, item_number. Past days: mart.commitment_position_at'),
            ('mart.commitment_position_row', 'One row of mart.commitment_position and mart.commitment_position_at'),
            ('mart.material_event', 'The trace of every material event: tag, value, the posting that is least far and its row in Sage; key: company_id, event_id. All postings of an event: mart.event_posting'),
            ('mart.event_posting', 'Every share of an event that went out on a posting; key: company_id, event_id, posting_reference'),
            ('mart.cost_posting', 'Every cost line for Sage, with its batch, state and row in Sage; key: company_id, posting_reference'),
            ('mart.receiving_confirmation', 'Every receiving confirmation for Sage; key: company_id, event_id'),
            ('mart.period_variance', 'The two bridges of a month by PO line and codes, cumulative to the month''s end, as the signed run (else the newest) stored them; key: company_id, period, codes, line, bridge, component. Per key: start + steps = end, and the component residual is 0.00'),
            ('mart.sage_difference', 'Differences between our books and Sage, line by line, of the run that speaks for the month, and those it found cured; key: company_id, period, difference_id'),
            ('mart.adjustment', 'Correcting cost lines: proposed, decided, posted; key: company_id, adjustment_id'),
            ('mart.open_exception', 'Records that wait for a repair; key: company_id, exception_id'),
            ('mart.transfer', 'Every file received or sent; key: company_id, flow, seq, rev'),
            ('mart.audit_chain', 'The chain over the event log; key: company_id, batch'),
            ('recon.run', 'One reconciliation of a month, or the proof of one after its adjustments were posted; key: run_no'),
            ('recon.variance', 'Components of the two bridges of a run; key: run_no, codes, line, bridge, component'),
            ('recon.difference', 'Differences a run found; key: difference_id'),
            ('recon.adjustment', 'Correcting lines a run proposes; key: adjustment_id'),
            ('recon.foreign_decision', 'Decisions about cost rows of others: accept or reverse, bound to the row''s content; key: decision_id'),
            ('recon.proposed_event', 'Events proposed to RunBlu; key: proposal_id'),
            ('recon.signed_row', 'The rows a sign-off rests on, each as one hash; key: run_no, row_kind, row_key'),
            ('recon.sage_cost_row', 'Posted cost rows of Sage and what each is to us; key: company_id, row_id'),
            ('recon.monthly_movement', 'What moves the figures of job_cost_by_period; grain: company_id, month, codes, measure'),
            ('recon.current_run', 'The run that speaks for a month: the signed one, else the newest; key: company_id, period'),
            ('outbox.runblu_file', 'Files for RunBlu with their sealed bytes; key: file_id'),
            ('outbox.runblu_record', 'Which version of a record RunBlu was told last; key: company_id, flow, record_key')
        ) as words (relation, meaning)
    loop
        execute format(
            case (select c.relkind from pg_class as c where c.oid = wanted.relation::regclass)
                when 'v' then 'comment on view %s is %L'
                when 'c' then 'comment on type %s is %L'
                else 'comment on table %s is %L'
            end,
            wanted.relation, wanted.meaning
        );
    end loop;
end
$$;
