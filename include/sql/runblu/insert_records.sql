-- Note which version of each record the sealed file tells; one row per record.
insert into outbox.runblu_record as t (company_id, flow, record_key, version, file_id)
select
    %(company_id)s,
    %(flow)s,
    r.record_key,
    r.version,
    %(file_id)s
from unnest(%(record_keys)s::text[], %(versions)s::text[]) as r (record_key, version)
on conflict (company_id, flow, record_key) do update set
    version = excluded.version,
    file_id = excluded.file_id
