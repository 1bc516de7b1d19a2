-- The roll-forward of a month: what was signed last, what moved since by component, what is there now (domain 7), for
-- both bridges and for the accounts of the balance sheet. Its figures are those that runs keep, so that a signed month
-- is read as it was signed.

-- What a run found on the accounts the bridge moves, cumulative to the month's end; one row per account, none where the
-- company has no journal.
create table recon.run_account (
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    account text not null,
    role_names text not null,
    amount_job_cost numeric(14, 2) not null,
    amount_journals numeric(14, 2) not null,
    amount_reversals numeric(14, 2) not null,
    amount_accepted numeric(14, 2) not null,
    amount_ledger numeric(14, 2) not null,
    primary key (run_no, account)
);
call core.protect_rows('recon.run_account');

-- What stands on the accounts at the end of a day, with the journal's entries and reversals apart.
create function recon.account_parts(wanted_company text, wanted_day date)
returns table (
    account text, role_names text, amount_job_cost numeric, amount_journals numeric, amount_reversals numeric,
    amount_accepted numeric, amount_ledger numeric
)
language sql stable as $$
    with taken_back as (
        select
            s.account,
            sum(s.amount) as amount
        from outbox.journal_line as l
        cross join lateral (
            values (l.debit_account, l.amount), (l.credit_account, -l.amount)
        ) as s (account, amount)
        where
            l.company_id = wanted_company and l.accounting_date <= wanted_day and l.state = 'posted'
            and l.kind = 'journal_reversal'
        group by s.account
    )

    select
        b.account,
        b.role_names,
        b.amount_job_cost,
        b.amount_journals - coalesce(t.amount, 0) as amount_journals,
        coalesce(t.amount, 0) as amount_reversals,
        b.amount_accepted,
        b.amount_ledger
    from recon.account_balance(wanted_company, wanted_day) as b
    left join taken_back as t on t.account = b.account
$$;
comment on function recon.account_parts(text, date)
is 'What stands on the accounts the bridge moves at the end of a day, entries of the journal and their reversals apart';

-- Months that were signed before runs kept it.
insert into recon.run_account (
    run_no, company_id, period, account, role_names, amount_job_cost, amount_journals, amount_reversals,
    amount_accepted, amount_ledger
)
select
    r.run_no,
    r.company_id,
    r.period,
    a.account,
    a.role_names,
    a.amount_job_cost,
    a.amount_journals,
    a.amount_reversals,
    a.amount_accepted,
    a.amount_ledger
from recon.run as r
cross join
    lateral recon.account_parts(
        r.company_id, (to_date(r.period || '-01', 'YYYY-MM-DD') + interval '1 month' - interval '1 day')::date
    ) as a
where r.state = 'signed' and r.scope = 'period' and recon.has_journals(r.company_id);

-- One row per company, month, statement (a bridge, or an account) and component. A step of a bridge moves by what it is
-- now less what it was in the month signed last; the end of the bridge is opening and closing. What these leave over is
-- the residual.
create view mart.roll_forward with (security_invoker = true) as
with month as (
    select
        r.company_id,
        r.period,
        r.run_no,
        o.period as opening_period,
        o.run_no as opening_run_no
    from recon.current_run as r
    left join lateral (
        select
            s.period,
            s.run_no
        from recon.current_run as s
        where s.company_id = r.company_id and s.period < r.period and s.state = 'signed'
        order by s.period desc
        limit 1
    ) as o on true
),

moved as (
    select
        m.company_id,
        m.period,
        m.opening_period,
        f.statement,
        f.component,
        f.role,
        sum(f.units) filter (where w.sign = 1) as units_closing,
        sum(f.amount) filter (where w.sign = 1) as amount_closing,
        sum(f.units) filter (where w.sign = -1) as units_opening,
        sum(f.amount) filter (where w.sign = -1) as amount_opening
    from month as m
    cross join lateral (values (m.run_no, 1), (m.opening_run_no, -1)) as w (run_no, sign)
    cross join
        lateral (
            select
                v.bridge as statement,
                v.component,
                v.role,
                sum(v.units) as units,
                sum(v.amount) as amount
            from recon.variance as v
            where v.run_no = w.run_no and v.role <> 'residual'
            group by v.bridge, v.component, v.role
            union all
            select
                'account ' || a.account as statement,
                p.component,
                p.role,
                0 as units,
                p.amount
            from recon.run_account as a
            cross join
                lateral (
                    values
                    ('job_cost', 'step', a.amount_job_cost),
                    ('journal', 'step', a.amount_journals),
                    ('journal_reversal', 'step', a.amount_reversals),
                    ('ledger_entry', 'step', a.amount_accepted),
                    ('ledger', 'end', a.amount_ledger)
                ) as p (component, role, amount)
            where a.run_no = w.run_no
        ) as f
    group by m.company_id, m.period, m.opening_period, f.statement, f.component, f.role
),

shown as (
    select
        d.company_id,
        d.period,
        d.opening_period,
        d.statement,
        p.place,
        p.component,
        sum(p.units) as units,
        sum(p.amount) as amount
    from (
        select
            m.*,
            coalesce(m.units_closing, 0) - coalesce(m.units_opening, 0) as units_moved,
            coalesce(m.amount_closing, 0) - coalesce(m.amount_opening, 0) as amount_moved
        from moved as m
    ) as d
    cross join
        lateral (
            values
            ('end', 'opening', 0, coalesce(d.units_opening, 0), coalesce(d.amount_opening, 0)),
            ('start', d.component, 1, d.units_moved, d.amount_moved),
            ('step', d.component, 2, d.units_moved, d.amount_moved),
            ('end', 'closing', 3, coalesce(d.units_closing, 0), coalesce(d.amount_closing, 0)),
            ('end', 'residual', 4, d.units_moved, d.amount_moved),
            ('start', 'residual', 4, -d.units_moved, -d.amount_moved),
            ('step', 'residual', 4, -d.units_moved, -d.amount_moved)
        ) as p (role, component, place, units, amount)
    where p.role = d.role
    group by d.company_id, d.period, d.opening_period, d.statement, p.place, p.component
)

select
    s.company_id,
    s.period,
    s.statement,
    s.component,
    s.place,
    s.opening_period,
    -- The cost bridge has no units.
    s.units::numeric(18, 4) as units,
    s.amount::numeric(14, 2) as amount
from shown as s
where s.place not in (1, 2) or s.units <> 0 or s.amount <> 0;

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('mart.roll_forward', 'company_id', 'The company: one Sage data folder'),
            ('mart.roll_forward', 'period', 'Month, YYYY-MM'),
            ('mart.roll_forward', 'statement', 'quantity, cost (the bridges), or account and its number'),
            (
                'mart.roll_forward', 'component',
                'opening, closing, residual, or what moved: a step of the bridge; job_cost, journal, journal_reversal,'
                ' ledger_entry of an account'
            ),
            ('mart.roll_forward', 'place', 'Where it is read: 0 opening, 1 and 2 movements, 3 closing, 4 residual'),
            ('mart.roll_forward', 'opening_period', 'Month signed last before; null: the opening is nothing'),
            ('mart.roll_forward', 'units', 'Units; 0 in money-only statements'),
            ('mart.roll_forward', 'amount', 'Money: opening + movements = closing, residual 0.00'),
            ('recon.run_account', 'run_no', 'Reconciliation that found it'),
            ('recon.run_account', 'company_id', 'The company: one Sage data folder'),
            ('recon.run_account', 'period', 'Month, cumulative to its last day'),
            ('recon.run_account', 'account', 'Account of the general ledger as Sage writes it'),
            ('recon.run_account', 'role_names', 'What the profile uses it for'),
            ('recon.run_account', 'amount_job_cost', 'What job cost rows put there: debits less credits'),
            ('recon.run_account', 'amount_journals', 'What entries of the journal that were read back put there'),
            ('recon.run_account', 'amount_reversals', 'What their reversals put there'),
            ('recon.run_account', 'amount_accepted', 'Entries by hand that a person lets stand'),
            ('recon.run_account', 'amount_ledger', 'What the general ledger shows: debits less credits')
        ) as w (relation, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.meaning);
    end loop;
end
$$;
comment on table recon.run_account
is 'What a reconciliation found on the accounts the bridge moves; key: run_no, account';
comment on view mart.roll_forward
is 'From the month signed last: opening, movements, closing; key: company_id, period, statement, component';
grant select on mart.roll_forward to finance, oncall, analyst, auditor;
