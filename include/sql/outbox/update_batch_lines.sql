-- Record what became of each line of a file; one row per line.
update outbox.batch_line as l
set
    result = r.result,
    result_code = r.code,
    result_message = r.message
from
    unnest(%(lines)s::integer[], %(results)s::text[], %(codes)s::text[], %(messages)s::text[])
        as r (line_number, result, code, message)
where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s and l.line_number = r.line_number and l.result is null
