-- Files among the given names that need no second look; one row per name and stamp on the server.
select
    file_name,
    server_stamp
from audit.transfer
where
    company_id = %(company_id)s
    and environment = %(environment)s
    and direction = 'in'
    and file_name = any(%(names)s)
    and state = any(%(states)s)
