-- Keep the rows that break one of the given rules out of the landing.
insert into staged_quarantine (row_no)
select distinct row_no
from staged_violation
where rule = any(%(rules)s)
