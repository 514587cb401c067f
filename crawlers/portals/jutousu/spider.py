"""聚投诉 is closed: nothing is fetched. Saved pages and old exports come in through `sinkrate import`."""
