"""The other side: everything here speaks the domain's words inwards and the exchange's outwards."""
