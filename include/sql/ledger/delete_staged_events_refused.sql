-- Leave out of the landing what was judged as refused.
delete from staged_event as s
using typed_event as t
where t.row_no = s.row_no and t.rule is not null and t.rule <> 'repeat'
