-- Sets up a job; grain: one job.
insert into JCM_MASTER__JOB (Job, Description, Status, On_Hold, Cost_Account_Prefix)
values (:Job, :Description, :Status, :On_Hold, '')
