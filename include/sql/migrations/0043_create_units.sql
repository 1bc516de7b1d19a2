-- Units of measure: what they are, how they are spelled, and what the catalog says one of them holds of another.

-- Units we support. Within a dimension one converts into another by exact fractions; a unit that is a dimension of its
-- own (a bag, a lot) converts by the catalog only.
create table core.unit (
    unit text primary key,
    unit_name text not null,
    dimension text not null,
    numerator numeric not null check (numerator > 0),
    denominator numeric not null check (denominator > 0)
);
comment on table core.unit is 'Units of measure we support; key: unit';
comment on column core.unit.unit is 'The unit as the catalog writes it';
comment on column core.unit.unit_name is 'Its name in words';
comment on column core.unit.dimension is 'What it measures; units of one dimension convert into each other';
comment on column core.unit.numerator
is 'numerator / denominator: how much of its dimension''s base (m, m2, m3, kg, each) it is';
comment on column core.unit.denominator is 'See numerator';
insert into core.unit (unit, unit_name, dimension, numerator, denominator) values
('IN', 'inch', 'length', 254, 10000),
('FT', 'foot', 'length', 3048, 10000),
('YD', 'yard', 'length', 9144, 10000),
('MI', 'mile', 'length', 1609344, 1000),
('MM', 'millimetre', 'length', 1, 1000),
('CM', 'centimetre', 'length', 1, 100),
('M', 'metre', 'length', 1, 1),
('KM', 'kilometre', 'length', 1000, 1),
('SI', 'square inch', 'area', 64516, 100000000),
('SF', 'square foot', 'area', 9290304, 100000000),
('SY', 'square yard', 'area', 83612736, 100000000),
('SQ', 'roofing square of 100 square feet', 'area', 9290304, 1000000),
('ACRE', 'acre', 'area', 40468564224, 10000000),
('M2', 'square metre', 'area', 1, 1),
('HA', 'hectare', 'area', 10000, 1),
('CF', 'cubic foot', 'volume', 28316846592, 1000000000000),
('CY', 'cubic yard', 'volume', 764554857984, 1000000000000),
('GAL', 'US gallon', 'volume', 3785411784, 1000000000000),
('QT', 'US liquid quart', 'volume', 946352946, 1000000000000),
('L', 'litre', 'volume', 1, 1000),
('M3', 'cubic metre', 'volume', 1, 1),
('BF', 'board foot', 'lumber', 1, 1),
('MBF', 'thousand board feet', 'lumber', 1000, 1),
('OZ', 'ounce', 'mass', 45359237, 1600000000),
('LB', 'pound', 'mass', 45359237, 100000000),
('CWT', 'hundredweight of 100 pounds', 'mass', 45359237, 1000000),
('TON', 'short ton of 2000 pounds', 'mass', 90718474, 100000),
('G', 'gram', 'mass', 1, 1000),
('KG', 'kilogram', 'mass', 1, 1),
('MT', 'metric ton', 'mass', 1000, 1),
('EA', 'each', 'count', 1, 1),
('PR', 'pair', 'count', 2, 1),
('DOZ', 'dozen', 'count', 12, 1),
('HUN', 'hundred', 'count', 100, 1),
('THOU', 'thousand', 'count', 1000, 1),
('HR', 'hour', 'HR', 1, 1),
('DAY', 'day', 'DAY', 1, 1),
('WK', 'week', 'WK', 1, 1),
('MO', 'month', 'MO', 1, 1),
('LS', 'lump sum', 'LS', 1, 1),
('LOT', 'lot', 'LOT', 1, 1),
('SET', 'set', 'SET', 1, 1),
('BAG', 'bag', 'BAG', 1, 1),
('BOX', 'box', 'BOX', 1, 1),
('BDL', 'bundle', 'BDL', 1, 1),
('CTN', 'carton', 'CTN', 1, 1),
('DRUM', 'drum', 'DRUM', 1, 1),
('PKG', 'package', 'PKG', 1, 1),
('PLT', 'pallet', 'PLT', 1, 1),
('ROLL', 'roll', 'ROLL', 1, 1),
('SHT', 'sheet', 'SHT', 1, 1),
('STK', 'stick', 'STK', 1, 1),
('TUBE', 'tube', 'TUBE', 1, 1),
('LOAD', 'truck load', 'LOAD', 1, 1);

-- How units are written by people, other systems and UN/ECE Recommendation 20 (only its common codes; where trade on
-- site means something else by the same letters, trade goes first: CY is a cubic yard).
create table core.unit_spelling (
    company_id text not null default '',
    spelling text not null check (spelling <> ''),
    unit text not null references core.unit,
    primary key (company_id, spelling)
);
comment on table core.unit_spelling is 'How units are written; key: company_id, spelling';
comment on column core.unit_spelling.company_id is 'Only for this company, before the general ones; empty = for all';
comment on column core.unit_spelling.spelling is 'As core.unit_key gives it: capitals, without blanks and points';
comment on column core.unit_spelling.unit is 'The unit that is meant';
insert into core.unit_spelling (spelling, unit) values
('AC', 'ACRE'), ('ACR', 'ACRE'), ('ACRE', 'ACRE'), ('ACRES', 'ACRE'), ('BAG', 'BAG'), ('BAGS', 'BAG'),
('BDFT', 'BF'), ('BDL', 'BDL'), ('BF', 'BF'), ('BFT', 'BF'), ('BG', 'BAG'), ('BOARDFEET', 'BF'),
('BOARDFOOT', 'BF'), ('BOX', 'BOX'), ('BOXES', 'BOX'), ('BUNDLE', 'BDL'), ('BUNDLES', 'BDL'), ('BX', 'BOX'),
('C62', 'EA'), ('CARTON', 'CTN'), ('CARTONS', 'CTN'), ('CEN', 'HUN'), ('CF', 'CF'), ('CFT', 'CF'), ('CM', 'CM'),
('CMT', 'CM'), ('CTN', 'CTN'), ('CUBICFEET', 'CF'), ('CUBICFOOT', 'CF'), ('CUBICMETER', 'M3'),
('CUBICYARD', 'CY'), ('CUBICYARDS', 'CY'), ('CUFT', 'CF'), ('CUM', 'M3'), ('CUYD', 'CY'), ('CUYDS', 'CY'),
('CWA', 'CWT'), ('CWT', 'CWT'), ('CY', 'CY'), ('CYD', 'CY'), ('CYDS', 'CY'), ('DAY', 'DAY'), ('DAYS', 'DAY'),
('DOZ', 'DOZ'), ('DOZEN', 'DOZ'), ('DRUM', 'DRUM'), ('DRUMS', 'DRUM'), ('DZ', 'DOZ'), ('DZN', 'DOZ'),
('EA', 'EA'), ('EACH', 'EA'), ('EACHES', 'EA'), ('FEET', 'FT'), ('FOOT', 'FT'), ('FOT', 'FT'), ('FT', 'FT'),
('FT2', 'SF'), ('FT3', 'CF'), ('FTK', 'SF'), ('FTLF', 'FT'), ('FTQ', 'CF'), ('G', 'G'), ('GAL', 'GAL'),
('GALLON', 'GAL'), ('GALLONS', 'GAL'), ('GALS', 'GAL'), ('GLL', 'GAL'), ('GRAM', 'G'), ('GRAMS', 'G'),
('GRM', 'G'), ('H87', 'EA'), ('HA', 'HA'), ('HAR', 'HA'), ('HECTARE', 'HA'), ('HECTARES', 'HA'), ('HOUR', 'HR'),
('HOURS', 'HR'), ('HR', 'HR'), ('HRS', 'HR'), ('HUN', 'HUN'), ('HUNDRED', 'HUN'), ('HUR', 'HR'), ('IN', 'IN'),
('IN2', 'SI'), ('INCH', 'IN'), ('INCHES', 'IN'), ('INH', 'IN'), ('INK', 'SI'), ('KG', 'KG'), ('KGM', 'KG'),
('KGS', 'KG'), ('KILOGRAM', 'KG'), ('KILOGRAMS', 'KG'), ('KM', 'KM'), ('KMT', 'KM'), ('L', 'L'), ('LB', 'LB'),
('LBR', 'LB'), ('LBS', 'LB'), ('LF', 'FT'), ('LFT', 'FT'), ('LINEALFEET', 'FT'), ('LINEARFEET', 'FT'),
('LINEARFOOT', 'FT'), ('LINEARFT', 'FT'), ('LINFT', 'FT'), ('LITER', 'L'), ('LITERS', 'L'), ('LITRE', 'L'),
('LITRES', 'L'), ('LNFT', 'FT'), ('LO', 'LOT'), ('LOAD', 'LOAD'), ('LOADS', 'LOAD'), ('LOT', 'LOT'),
('LOTS', 'LOT'), ('LS', 'LS'), ('LSUM', 'LS'), ('LTR', 'L'), ('LUMPSUM', 'LS'), ('M', 'M'), ('M2', 'M2'),
('M3', 'M3'), ('MBF', 'MBF'), ('METER', 'M'), ('METERS', 'M'), ('METRE', 'M'), ('METRES', 'M'),
('METRICTON', 'MT'), ('MI', 'MI'), ('MIL', 'THOU'), ('MILE', 'MI'), ('MILES', 'MI'), ('MM', 'MM'),
('MMT', 'MM'), ('MO', 'MO'), ('MON', 'MO'), ('MONTH', 'MO'), ('MONTHS', 'MO'), ('MOS', 'MO'), ('MT', 'MT'),
('MTK', 'M2'), ('MTQ', 'M3'), ('MTR', 'M'), ('M²', 'M2'), ('M³', 'M3'), ('ONZ', 'OZ'), ('OUNCE', 'OZ'),
('OUNCES', 'OZ'), ('OZ', 'OZ'), ('PACK', 'PKG'), ('PACKAGE', 'PKG'), ('PACKAGES', 'PKG'), ('PAIR', 'PR'),
('PAIRS', 'PR'), ('PALLET', 'PLT'), ('PALLETS', 'PLT'), ('PC', 'EA'), ('PCS', 'EA'), ('PIECE', 'EA'),
('PIECES', 'EA'), ('PK', 'PKG'), ('PKG', 'PKG'), ('PLT', 'PLT'), ('POUND', 'LB'), ('POUNDS', 'LB'),
('PR', 'PR'), ('QT', 'QT'), ('QTL', 'QT'), ('QTS', 'QT'), ('QUART', 'QT'), ('QUARTS', 'QT'), ('RL', 'ROLL'),
('ROLL', 'ROLL'), ('ROLLS', 'ROLL'), ('SET', 'SET'), ('SETS', 'SET'), ('SF', 'SF'), ('SFT', 'SF'),
('SHEET', 'SHT'), ('SHEETS', 'SHT'), ('SHORTTON', 'TON'), ('SHT', 'SHT'), ('SI', 'SI'), ('SKID', 'PLT'),
('SKIDS', 'PLT'), ('SMI', 'MI'), ('SQ', 'SQ'), ('SQFEET', 'SF'), ('SQFT', 'SF'), ('SQIN', 'SI'),
('SQINCH', 'SI'), ('SQM', 'M2'), ('SQMETER', 'M2'), ('SQS', 'SQ'), ('SQUARE', 'SQ'), ('SQUAREFEET', 'SF'),
('SQUAREFOOT', 'SF'), ('SQUAREMETER', 'M2'), ('SQUARES', 'SQ'), ('SQUAREYARD', 'SY'), ('SQUAREYARDS', 'SY'),
('SQYD', 'SY'), ('SQYDS', 'SY'), ('STICK', 'STK'), ('STICKS', 'STK'), ('STK', 'STK'), ('STN', 'TON'),
('SY', 'SY'), ('THOU', 'THOU'), ('THOUSAND', 'THOU'), ('TN', 'TON'), ('TNE', 'MT'), ('TON', 'TON'),
('TONNE', 'MT'), ('TONNES', 'MT'), ('TONS', 'TON'), ('TRUCKLOAD', 'LOAD'), ('TUBE', 'TUBE'), ('TUBES', 'TUBE'),
('UNIT', 'EA'), ('UNITS', 'EA'), ('WEE', 'WK'), ('WEEK', 'WK'), ('WEEKS', 'WK'), ('WK', 'WK'), ('WKS', 'WK'),
('YARD', 'YD'), ('YARDS', 'YD'), ('YD', 'YD'), ('YD2', 'SY'), ('YD3', 'CY'), ('YDK', 'SY'), ('YDQ', 'CY'),
('YDS', 'YD'), ('YRD', 'YD');

-- What the catalog says one unit of an item holds: one from_unit = numerator / denominator to_unit.
create table core.unit_conversion (
    company_id text not null references core.company,
    standard_item text not null,
    from_unit text not null references core.unit,
    to_unit text not null references core.unit,
    effective_from date not null,
    effective_to date check (effective_to >= effective_from),
    numerator numeric(18, 6) not null check (numerator > 0),
    denominator numeric(18, 6) not null default 1 check (denominator > 0),
    approved_by text not null check (approved_by <> ''),
    primary key (company_id, standard_item, from_unit, to_unit, effective_from),
    check (from_unit <> to_unit)
);
comment on table core.unit_conversion
is 'Catalog conversions; key: company_id, standard_item, from_unit, to_unit, effective_from';
comment on column core.unit_conversion.company_id is 'The company: one Sage data folder';
comment on column core.unit_conversion.standard_item is 'Standard item; empty = every item without one of its own';
comment on column core.unit_conversion.from_unit is 'One of these';
comment on column core.unit_conversion.to_unit is 'holds so many of these: numerator / denominator';
comment on column core.unit_conversion.effective_from is 'First day of events it holds for';
comment on column core.unit_conversion.effective_to is 'Last day; null = no end';
comment on column core.unit_conversion.numerator is 'numerator / denominator units of to_unit make one from_unit';
comment on column core.unit_conversion.denominator is 'See numerator';
comment on column core.unit_conversion.approved_by is 'Who approved it';
grant insert, update on core.unit_spelling, core.unit_conversion to finance;

create function core.unit_key(written text) returns text
language sql immutable parallel safe
return upper(regexp_replace(written, '[^[:alnum:]#²³]', '', 'g'));
comment on function core.unit_key
is 'A unit without what people differ in: capitals only, no blanks, points and dashes';

create function core.unit_of(wanted_company text, written text) returns text
language sql stable parallel safe
return (
    select s.unit
    from core.unit_spelling as s
    where s.company_id in (wanted_company, '') and s.spelling = core.unit_key(written)
    order by s.company_id desc
    limit 1
);
comment on function core.unit_of is 'The unit that somebody means by what is written; null = unknown';

create function ledger.unit_ratio(wanted_company text, item text, from_text text, to_text text, on_day date)
returns table (numerator numeric, denominator numeric, rule text)
language sql stable parallel safe as $$
    with named as (
        select
            f.unit as from_unit,
            t.unit as to_unit,
            f.dimension as from_dimension,
            t.dimension as to_dimension,
            f.numerator * t.denominator as numerator,
            f.denominator * t.numerator as denominator
        from core.unit as f
        cross join core.unit as t
        where f.unit = core.unit_of(wanted_company, from_text) and t.unit = core.unit_of(wanted_company, to_text)
    ),

    found as (
        select
            1 as place,
            '' as standard_item,
            null::date as effective_from,
            1::numeric as numerator,
            1::numeric as denominator
        where core.unit_key(from_text) = core.unit_key(to_text)
        union all
        select
            2 as place,
            '' as standard_item,
            null as effective_from,
            n.numerator,
            n.denominator
        from named as n
        where n.from_dimension = n.to_dimension
        union all
        -- The catalog, forwards or backwards, with the rest of the way within each dimension.
        select
            3 as place,
            c.standard_item,
            c.effective_from,
            n.numerator * w.numerator * p.numerator * q.denominator as numerator,
            n.denominator * w.denominator * p.denominator * q.numerator as denominator
        from named as n
        inner join core.unit_conversion as c
            on
                c.company_id = wanted_company and c.standard_item in (item, '')
                and on_day between c.effective_from and coalesce(c.effective_to, 'infinity')
        cross join lateral (
            values
            (c.from_unit, c.to_unit, c.numerator, c.denominator),
            (c.to_unit, c.from_unit, c.denominator, c.numerator)
        ) as w (from_unit, to_unit, numerator, denominator)
        inner join core.unit as q on q.unit = w.from_unit and q.dimension = n.from_dimension
        inner join core.unit as p on p.unit = w.to_unit and p.dimension = n.to_dimension
        where n.from_dimension <> n.to_dimension
    ),

    best as (
        select
            f.numerator,
            f.denominator
        from found as f
        order by f.place asc, f.standard_item desc, f.effective_from desc
        limit 1
    )

    select
        b.numerator,
        b.denominator,
        case
            when b.numerator is not null then null
            when not exists (select from named) then 'unit_unknown'
            else 'unit_without_factor'
        end as rule
    from (values (1)) as one (row_no)
    left join best as b on true
$$;
comment on function ledger.unit_ratio
is 'One unit of the first kind is numerator / denominator of the second, for an item on a day, exactly; rule = why '
'not: unit_unknown (a spelling nobody listed) or unit_without_factor';

create function ledger.convert_units(quantity numeric, numerator numeric, denominator numeric) returns numeric
language sql immutable parallel safe
return (
    sign(quantity) * div(abs(quantity) * numerator * 20000 + denominator, denominator * 2) * 0.0001
)::numeric(18, 4);
comment on function ledger.convert_units
is 'quantity x numerator / denominator, rounded once to the four places of quantities, half away from zero';

insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'unit_unknown', 'purchasing',
    '%1$s of %2$s is in %3$s, a unit nobody knows, or commitment %4$s item %5$s is',
    'add the spelling to core.unit_spelling or correct the unit at its source, then replay'
),
(
    'unit_too_small', 'RunBlu',
    '%1$s of %2$s %3$s is less than a ten-thousandth of the unit of commitment %4$s item %5$s',
    'record it in the unit of the commitment item'
);
