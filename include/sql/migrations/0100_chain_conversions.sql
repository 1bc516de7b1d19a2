-- Conversions go over several steps of the catalog (box -> each -> kg), exactly; where ways differ nothing is guessed.

-- Every way from one unit into another by the catalog: in force on the day, each dimension at most once, forwards or
-- backwards. Between two dimensions what is said of the item goes before what is said of every item, and of one pair of
-- units what began last. One row per way.
create function ledger.unit_way(wanted_company text, item text, from_text text, to_text text, on_day date)
returns table (way text, steps integer, numerator numeric, denominator numeric)
language sql stable parallel safe as $$
    with recursive named as (
        select
            f.unit as from_unit,
            t.unit as to_unit,
            f.dimension as from_dimension,
            t.dimension as to_dimension,
            f.numerator,
            f.denominator,
            t.numerator as numerator_to,
            t.denominator as denominator_to
        from core.unit as f
        cross join core.unit as t
        where
            f.unit = core.unit_of(wanted_company, from_text) and t.unit = core.unit_of(wanted_company, to_text)
            and f.dimension <> t.dimension
    ),

    said as (
        select distinct on (c.from_unit, c.to_unit)
            c.from_unit,
            c.to_unit,
            c.standard_item,
            c.numerator,
            c.denominator
        from core.unit_conversion as c
        where
            c.company_id = wanted_company and c.standard_item in (item, '')
            and on_day between c.effective_from and coalesce(c.effective_to, 'infinity')
        order by c.from_unit, c.to_unit, c.standard_item desc, c.effective_from desc
    ),

    ranked as (
        select
            s.*,
            f.dimension as from_dimension,
            t.dimension as to_dimension,
            -- One base unit of the first dimension in base units of the other.
            s.numerator * t.numerator * f.denominator as factor_top,
            s.denominator * t.denominator * f.numerator as factor_bottom,
            rank() over (
                partition by least(f.dimension, t.dimension), greatest(f.dimension, t.dimension)
                order by s.standard_item = ''
            ) as place
        from said as s
        inner join core.unit as f on f.unit = s.from_unit
        inner join core.unit as t on t.unit = s.to_unit
        where f.dimension <> t.dimension
    ),

    leg as (
        select
            w.from_unit,
            w.to_unit,
            w.from_dimension,
            w.to_dimension,
            w.factor_top,
            w.factor_bottom
        from ranked as r
        cross join lateral (
            values
            (r.from_unit, r.to_unit, r.from_dimension, r.to_dimension, r.factor_top, r.factor_bottom),
            (r.to_unit, r.from_unit, r.to_dimension, r.from_dimension, r.factor_bottom, r.factor_top)
        ) as w (from_unit, to_unit, from_dimension, to_dimension, factor_top, factor_bottom)
        where r.place = 1
    ),

    walk as (
        select
            n.from_unit as way,
            n.from_unit as last_unit,
            array[n.from_dimension] as dimensions,
            n.from_dimension as at_dimension,
            n.numerator,
            n.denominator
        from named as n
        union all
        select
            concat_ws(' -> ', w.way, nullif(g.from_unit, w.last_unit), g.to_unit) as way,
            g.to_unit as last_unit,
            w.dimensions || g.to_dimension as dimensions,
            g.to_dimension as at_dimension,
            w.numerator * g.factor_top as numerator,
            w.denominator * g.factor_bottom as denominator
        from walk as w
        inner join leg as g on g.from_dimension = w.at_dimension and g.to_dimension <> all (w.dimensions)
        inner join named as n on n.to_dimension <> w.at_dimension
        where cardinality(w.dimensions) < 5
    )

    select
        concat_ws(' -> ', w.way, nullif(n.to_unit, w.last_unit)) as way,
        cardinality(w.dimensions) - 1 as steps,
        w.numerator * n.denominator_to as numerator,
        w.denominator * n.numerator_to as denominator
    from walk as w
    inner join named as n on n.to_dimension = w.at_dimension
$$;
comment on function ledger.unit_way
is 'Every way of the catalog from one unit into another, for an item on a day, with what one unit is at its end, as an '
'exact fraction; at most four steps';

-- As before, and over several steps: a factor between the two kinds themselves goes first, and of the ways that count
-- all must say the same.
create or replace function ledger.unit_ratio(
    wanted_company text, item text, from_text text, to_text text, on_day date
)
returns table (numerator numeric, denominator numeric, rule text)
language sql stable parallel safe as $$
    with named as (
        select
            f.dimension = t.dimension as is_one_kind,
            f.numerator * t.denominator as numerator,
            f.denominator * t.numerator as denominator
        from core.unit as f
        cross join core.unit as t
        where f.unit = core.unit_of(wanted_company, from_text) and t.unit = core.unit_of(wanted_company, to_text)
    ),

    found as (
        select
            1 as place,
            1::numeric as numerator,
            1::numeric as denominator
        where core.unit_key(from_text) = core.unit_key(to_text)
        union all
        select
            2 as place,
            n.numerator,
            n.denominator
        from named as n
        where n.is_one_kind
        union all
        select
            2 + least(w.steps, 2) as place,
            w.numerator,
            w.denominator
        from ledger.unit_way(wanted_company, item, from_text, to_text, on_day) as w
    ),

    ranked as (
        select
            f.numerator,
            f.denominator,
            rank() over (order by f.place) as place
        from found as f
    ),

    best as (
        select
            min(r.numerator) as numerator,
            (array_agg(r.denominator order by r.numerator))[1] as denominator,
            bool_and(r.numerator * o.denominator = o.numerator * r.denominator) as is_one
        from ranked as r
        cross join (
            select
                a.numerator,
                a.denominator
            from ranked as a
            where a.place = 1
            limit 1
        ) as o
        where r.place = 1
    )

    select
        case when b.is_one then b.numerator end as numerator,
        case when b.is_one then b.denominator end as denominator,
        case
            when b.is_one then null
            when not b.is_one then 'unit_ambiguous'
            when not exists (select from named) then 'unit_unknown'
            else 'unit_without_factor'
        end as rule
    from best as b
$$;
comment on function ledger.unit_ratio
is 'One unit of the first kind is numerator / denominator of the second, for an item on a day, exactly; rule = why '
'not: unit_unknown (a spelling nobody listed), unit_without_factor, or unit_ambiguous (ways that differ)';

-- What differs, for the people who repair it.
create function ledger.unit_ways(wanted_company text, item text, from_text text, to_text text, on_day date)
returns text
language sql stable parallel safe as $$
    with found as (
        select
            w.way,
            w.numerator,
            w.denominator,
            rank() over (order by least(w.steps, 2)) as place
        from ledger.unit_way(wanted_company, item, from_text, to_text, on_day) as w
    )

    select
        string_agg(
            format('%s = %s', f.way, trim_scale(round(f.numerator / f.denominator, 6))), '; ' order by f.way collate "C"
        )
    from found as f
    where f.place = 1
$$;
comment on function ledger.unit_ways
is 'The ways from one unit into another that count, each with what it makes of one';

insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'unit_ambiguous', 'purchasing',
    '%1$s of %2$s %3$s of commitment %4$s item %5$s may be counted in ways that differ: %8$s',
    'end the factor that is wrong (effective_to in core.unit_conversion), or state the one between the two units'
);
