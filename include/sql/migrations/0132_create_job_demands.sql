-- The end of a job (domain 7.8): what must be true before it is closed in Sage, each thing that is not as a row.
create table recon.job_demand (
    run_no bigint not null references recon.run,
    company_id text not null,
    job text not null,
    demand text not null check (demand in (
        'nothing_to_receive', 'nothing_owed', 'every_invoice_offset', 'no_stock_on_site', 'no_pending_credit',
        'no_open_exception', 'everything_posted'
    )),
    record_key text not null,
    expected text not null,
    found text not null,
    next_step text not null,
    owner text not null,
    amount numeric(14, 2) not null,
    primary key (run_no, demand, record_key)
);
call core.protect_rows('recon.job_demand');
comment on table recon.job_demand
is 'What a job''s end still lacks, as one run found it; key: run_no, demand, record_key';

-- The newest run of a job speaks for it.
create view mart.job_demand with (security_invoker = true) as
select
    d.company_id,
    d.job,
    d.demand,
    d.record_key,
    d.expected,
    d.found,
    d.next_step,
    d.owner,
    d.amount,
    r.run_no,
    r.finished_at
from recon.job_demand as d
inner join recon.run as r on r.run_no = d.run_no
where
    not exists (
        select
        from recon.run as n
        where
            n.company_id = r.company_id and n.job = r.job and n.scope = 'job' and n.state not in ('running', 'failed')
            and n.run_no > r.run_no
    )
    and r.state not in ('running', 'failed');
comment on view mart.job_demand
is 'What a job''s end still lacks, as its newest reconciliation found it; key: company_id, job, demand, record_key';

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('company_id', 'The company: one Sage data folder'),
            ('job', 'Job in Sage'),
            ('demand', 'What must be true at a job''s end'),
            ('record_key', 'What does not fulfil it: PO line, Sage row, posting or exception'),
            ('expected', 'What must be so'),
            ('found', 'What is so'),
            ('next_step', 'What cures it'),
            ('owner', 'Who has to act'),
            ('amount', 'Money it is about; 0 where it is none'),
            ('run_no', 'Reconciliation of the job that found it')
        ) as w (column_name, meaning)
    loop
        execute format('comment on column recon.job_demand.%I is %L', said.column_name, said.meaning);
        execute format('comment on column mart.job_demand.%I is %L', said.column_name, said.meaning);
    end loop;
end
$$;
comment on column mart.job_demand.finished_at is 'When the figures were computed';
grant select on mart.job_demand to finance, oncall, analyst, auditor;
