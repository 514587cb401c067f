// The table of platforms: search, sort and filters, kept in the address.
