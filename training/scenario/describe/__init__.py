"""A page that shows a drawn period to an officer."""
