"""What anybody's scores of a drawn period are worth."""
