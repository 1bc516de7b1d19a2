-- Begin the numbering of a lane; no effect where it has begun.
insert into outbox.file_counter (company_id, flow, environment, last_seq, last_sha256)
values (%(company_id)s, %(flow)s, %(environment)s, 0, '')
on conflict (company_id, flow, environment) do nothing
