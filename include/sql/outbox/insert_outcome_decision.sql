-- Keep a decision two people took about a lane, bound to the content it is about; one row.
insert into audit.approval (
    company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, comment, dag_id, run_id
)
values (
    %(company_id)s, %(subject_kind)s, %(subject_id)s, %(content_hash)s, %(prepared_by)s, %(decided_by)s, 'approved',
    %(comment)s, '', ''
)
