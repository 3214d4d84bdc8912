"""The records as other systems export them, and the truth beside them."""
