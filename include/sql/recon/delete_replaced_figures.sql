-- Remove the bridges of previews and given-up runs that a later run of the month replaced long ago; one row, how many.
select recon.remove_replaced_figures(%(kept_days)s) as figures
