-- Which customers bring in most?
-- The ten customers with the highest charges of all time; top_klanten(n := 5, maand := '2026-10') asks for one month.
from top_klanten()
