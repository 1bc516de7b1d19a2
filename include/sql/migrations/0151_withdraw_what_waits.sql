-- An event that waits and is taken back in full is withdrawn, with the reversals that do so: no exception asks for it.
insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'withdrawn', 'nobody',
    '%1$s of %2$s %3$s of commitment %4$s item %5$s was taken back before it could be valued, or takes such a one back',
    'nothing: it moves nothing, and takes part again if what it waited for is cured'
);
