-- Write down who signed or refused which report; one row. The table refuses a decision by who started it.
insert into audit.approval (
    company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, comment, dag_id, run_id,
    decided_at
)
values (
    %(company_id)s, 'recon.go_live_run', %(run_no)s::text, %(content_hash)s, %(started_by)s, %(decided_by)s,
    %(decision)s, %(comment)s, %(dag_id)s, %(dag_run_id)s, %(decided_at)s
)
returning approval_id
