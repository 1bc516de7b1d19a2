-- Sets up a standard category; grain: one category.
insert into JCM_MASTER__STANDARD_CATEGORY (Category, Description, Accumulate_As)
values (:Category, :Description, :Accumulate_As)
