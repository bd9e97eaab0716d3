-- One row per price list in use. Key: deck, the price list that answered; entry_deck of dim_number is the one asked first.
select
    name as deck,
    rows as price_rows,
    imported_at,
    digest as deck_digest
from core.decks
