-- Views and functions that looked a row up by its number alone name its company too, as the keys do now; nothing they
-- show changes. Their statements stay what they are, under one condition more.
do $$
declare
    join_of_view record;
    lookup record;
    definition text;
begin
    -- The newest line of a posting says whose it is.
    execute 'create or replace view mart.cost_posting with (security_invoker = true) as '
    || replace(pg_get_viewdef('mart.cost_posting'::regclass), 'l_1.posting_id,', 'l_1.company_id, l_1.posting_id,');

    for join_of_view in
        select
            v.relation::regclass as relation,
            v.condition,
            case v.condition
                -- Where the other side has no company of its own.
                when 'a.run_no = w.run_no' then 'a.company_id = m.company_id'
                when 'v.run_no = w.run_no' then 'v.company_id = m.company_id'
                when 'd.run_no = p.run_no' then 'd.company_id = r.company_id'
                else regexp_replace(v.condition, '^(\w+)\.\w+ = (\w+)\.\w+$', '\1.company_id = \2.company_id')
            end as company
        from (
            values
            ('mart.adjustment', 'v.approval_id = a.approval_id'),
            ('mart.adjustment', 'p.adjustment_id = a.adjustment_id'),
            ('mart.commitment_change', 'l.change_id = w.change_id'),
            ('mart.commitment_change', 'a.approval_id = w.approval_id'),
            ('mart.commitment_change', 'p.proposal_id = c.proposal_id'),
            ('mart.commitment_change', 'r.run_no = p.run_no'),
            ('mart.commitment_change', 'c.change_id = l.change_id'),
            ('mart.commitment_change', 'x.change_id = w.change_id'),
            ('mart.commitment_change', 'b.batch_id = x.batch_id'),
            ('mart.cost_posting', 'b.batch_id = l_1.batch_id'),
            ('mart.cost_posting', 'n.posting_id = l_1.posting_id'),
            ('mart.cost_posting', 'l.posting_id = p.posting_id'),
            ('mart.event_posting', 'l.entry_id = v.entry_id'),
            ('mart.event_posting', 'p.posting_id = l.posting_id'),
            ('mart.go_live_check', 'c.run_no = r.run_no'),
            ('mart.go_live_check', 'v.approval_id = r.approval_id'),
            ('mart.job_demand', 'r.run_no = d.run_no'),
            ('mart.journal_line', 'j.proposal_id = l.proposal_id'),
            ('mart.journal_line', 'a.approval_id = j.approval_id'),
            ('mart.journal_line', 'x.journal_line_id = l.line_id'),
            ('mart.journal_line', 'b.batch_id = x.batch_id'),
            ('mart.mapping', 'p.proposal_no = m.proposal_no'),
            ('mart.material_event', 'l.entry_id = v.entry_id'),
            ('mart.material_event', 'p_1.posting_id = l.posting_id'),
            ('mart.proposal_line', 'd.run_no = p.run_no'),
            ('mart.proposal_line', 'v.approval_id = d.approval_id'),
            ('mart.roll_forward', 'a.run_no = w.run_no'),
            ('mart.roll_forward', 'v.run_no = w.run_no'),
            ('mart.sage_difference', 'r.run_no = d.run_no'),
            ('mart.sage_difference', 'r.proves_run_no = d.run_no'),
            ('mart.sage_difference', 'x.dismissal_id = d.dismissal_id'),
            ('mart.sage_difference', 'v.approval_id = x.approval_id'),
            ('mart.transfer', 'l.batch_id = b.batch_id'),
            ('outbox.change_in_sage', 'l.change_id = s.change_id'),
            ('outbox.consumption_due', 'p.posting_id = l.posting_id'),
            ('outbox.loose_ap_row', 'h.transfer_id = p.history_transfer_id'),
            ('outbox.mirrored_ap_row', 'h.transfer_id = p.history_transfer_id'),
            ('recon.monthly_movement', 'v.entry_id = t.entry_id'),
            ('recon.reduction_under_way', 'l.proposal_id = p.proposal_id'),
            ('recon.reduction_under_way', 'w.change_id = l.change_id')
        ) as v (relation, condition)
    loop
        definition := pg_get_viewdef(join_of_view.relation);
        if strpos(definition, '(' || join_of_view.condition || ')') = 0 then
            raise 'view % does not join by %', join_of_view.relation, join_of_view.condition;
        end if;
        execute format(
            'create or replace view %s with (security_invoker = true) as %s',
            join_of_view.relation,
            replace(
                definition,
                '(' || join_of_view.condition || ')',
                '(' || join_of_view.company || ' and ' || join_of_view.condition || ')'
            )
        );
    end loop;

    for lookup in
        select
            f.signature::regprocedure as signature,
            f.condition,
            f.company
        from (
            values
            (
                'core.mapping_locked_through(text, text, text)', 'x.entry_id = v.entry_id',
                'x.company_id = v.company_id'
            ),
            (
                'core.mapping_locked_through(text, text, text)', 'c.posting_id = x.posting_id',
                'c.company_id = x.company_id'
            ),
            ('recon.guard_line()', 'd.run_no = new.run_no', 'd.company_id = new.company_id'),
            (
                'recon.keep_signed_checks()', 'r.run_no = coalesce(new.run_no, old.run_no)',
                'r.company_id = coalesce(new.company_id, old.company_id)'
            )
        ) as f (signature, condition, company)
        union all
        select
            'recon.proposal_line(bigint)'::regprocedure as signature,
            l.alias || '.run_no = wanted_run' as condition,
            l.alias || '.company_id = (select r.company_id from recon.run as r where r.run_no = wanted_run)' as company
        from (values ('a'), ('d'), ('e'), ('j'), ('l'), ('x')) as l (alias)
    loop
        definition := pg_get_functiondef(lookup.signature);
        if strpos(definition, lookup.condition) = 0 then
            raise 'function % does not look up by %', lookup.signature, lookup.condition;
        end if;
        execute replace(definition, lookup.condition, lookup.company || ' and ' || lookup.condition);
    end loop;
end
$$;
