-- Approved proposals RunBlu was not told yet, at most %(most_rows)s; one row per proposal. The inner document has the
-- keys of an event, without its id and times: those are made by the person who confirms it. A change order proposed for
-- Sage comes too, so that the site knows why its order will shrink.
select
    p.proposal_id::text as record_key,
    'approved' as version,
    jsonb_build_object(
        'kind', case p.event_type when 'commitment_reduced' then 'proposed_change_order' else 'proposed_event' end,
        'company_id', %(company_id)s, 'version', 'approved',
        'record', jsonb_build_object(
            'proposal_id', p.proposal_id::text, 'period', p.period, 'reason', p.reason,
            'event', jsonb_build_object(
                'event_type', p.event_type, 'commitment', p.commitment, 'item_number', p.item_number,
                'standard_item', p.standard_item, 'quantity', p.quantity::text, 'unit', p.unit, 'job', p.job,
                'extra', p.extra, 'cost_code', p.cost_code, 'category', p.category
            )
        )
    )::text as document
from recon.proposed_event as p
left join outbox.runblu_record as t
    on t.company_id = %(company_id)s and t.flow = 'PROPOSAL' and t.record_key = p.proposal_id::text
where p.company_id = %(company_id)s and p.state in ('approved', 'posted') and t.version is null
order by p.proposal_id
limit %(most_rows)s
