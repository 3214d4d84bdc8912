"""Who and what there is: posts, goods, firms, vehicles, and how they came to be."""
