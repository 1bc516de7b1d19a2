-- Seal a file for RunBlu: its bytes never change from here on; one row.
insert into outbox.runblu_file (
    company_id, flow, environment, seq, file_name, content, manifest, sha256, row_count
)
values (
    %(company_id)s, %(flow)s, %(environment)s, %(seq)s, %(file_name)s, %(content)s, %(manifest)s, %(sha256)s,
    %(row_count)s
)
returning file_id
