"""Recorded markets: files of candles and trades, read and checked; kept by market and month; fetched."""
