-- Sets up a catalog item; grain: one item.
insert into STANDARD_ITEM (Standard_Item, Description, Stocking_Unit, Material_Class, Standard_Cost)
values (:Standard_Item, :Description, :Stocking_Unit, :Material_Class, :Standard_Cost)
