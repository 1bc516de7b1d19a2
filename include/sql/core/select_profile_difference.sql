-- What a profile would change of the one in force; one row per setting.
with kept as (
    select y.profile
    from core.company as y
    where y.company_id = %(company_id)s
)

select
    d.setting,
    d.value_before,
    d.value_after
from core.profile_difference((select k.profile from kept as k), %(profile)s) as d
order by d.setting
