-- Where each cost code stands if nothing else happens, beside what Sage's own master says of it. Sage adds to job cost
-- what is still to be invoiced and does not know that lines of ours have their counterpart in clearing (domain 5).
create view mart.exposure with (security_invoker = true) as
with newest as (
    select
        j.company_id,
        max(j.period) as period
    from mart.job_cost_by_period as j
    group by j.company_id
),

ours as (
    select
        j.company_id,
        j.job,
        j.extra,
        j.cost_code,
        sum(j.amount_sage_job_cost) as amount_sage_job_cost,
        sum(j.amount_committed - j.amount_invoiced) as amount_to_invoice,
        sum(j.amount_posted_by_runblu) as amount_posted_by_runblu,
        sum(j.amount_exposure) as amount_exposure
    from mart.job_cost_by_period as j
    inner join newest as n on n.company_id = j.company_id and n.period = j.period
    group by j.company_id, j.job, j.extra, j.cost_code
)

select
    o.company_id,
    o.job,
    b.description as job_name,
    o.extra,
    o.cost_code,
    k.description as cost_code_name,
    k.amount_original_estimate::numeric(14, 2) as amount_estimate,
    o.amount_sage_job_cost::numeric(14, 2) as amount_sage_job_cost,
    o.amount_to_invoice::numeric(14, 2) as amount_to_invoice,
    o.amount_posted_by_runblu::numeric(14, 2) as amount_posted_by_runblu,
    o.amount_exposure::numeric(14, 2) as amount_exposure,
    (k.amount_job_to_date_cost + k.amount_revised_commitment - k.amount_commitment_invoiced)::numeric(14, 2)
        as amount_sage_forecast,
    (
        k.amount_job_to_date_cost + k.amount_revised_commitment - k.amount_commitment_invoiced
        - o.amount_exposure - o.amount_posted_by_runblu
    )::numeric(14, 2) as amount_difference
from ours as o
left join core.cost_code as k
    on k.company_id = o.company_id and k.job = o.job and k.extra = o.extra and k.cost_code = o.cost_code
left join core.job as b on b.company_id = o.company_id and b.job = o.job;
comment on view mart.exposure
is 'Exposure of each cost code beside Sage''s own forecast; key: company_id, job, extra, cost_code';
comment on column mart.exposure.company_id is 'The company: one Sage data folder';
comment on column mart.exposure.job is 'Job in Sage';
comment on column mart.exposure.job_name is 'Description of the job';
comment on column mart.exposure.extra is 'Extra of the job; empty where none';
comment on column mart.exposure.cost_code is 'Cost code in Sage';
comment on column mart.exposure.cost_code_name is 'Description of the cost code';
comment on column mart.exposure.amount_estimate is 'Original estimate, as Sage''s master holds it';
comment on column mart.exposure.amount_sage_job_cost is 'All costs in Sage, by its transactions';
comment on column mart.exposure.amount_to_invoice is 'Committed with approved changes, less invoiced';
comment on column mart.exposure.amount_posted_by_runblu
is 'What we posted: its counterpart is on clearing, so it is no cost to come';
comment on column mart.exposure.amount_exposure is 'Job cost + to invoice - what we posted';
comment on column mart.exposure.amount_sage_forecast
is 'Sage''s own: cost to date + revised commitment - invoiced, as its master held them when it was read last';
comment on column mart.exposure.amount_difference
is 'Sage''s forecast less exposure less what we posted: 0.00 where master and transactions are of one moment';
grant select on mart.exposure to finance, oncall, analyst, auditor;
