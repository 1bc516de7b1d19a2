-- Opens a month in an application unless it is known; grain: one month of one application.
insert into PERIOD_STATUS (Period, Application, Status)
values (:Period, :Application, 'Open')
on conflict (Period, Application) do nothing
